"""Figures that plugins measure themselves: asked month by month, checked against what they declared, kept beside the facts."""

import logging
import re
from datetime import date
from decimal import Decimal
from typing import Final

from balai import places, plugins
from balai.cases import units
from balai.clock import now
from balai.contracts import Metric, MetricValue
from balai.db import TenantSession
from balai.evidence.facts import queries
from balai.tenancy import Tenant

log = logging.getLogger(__name__)
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_MOST: Final = Decimal(10) ** 15


def collect(session: TenantSession, tenant: Tenant) -> int:
    """Ask every open plugin for the open months and keep what is sound; answers how many values. Closed months stay."""
    state = queries.state(session)
    this = units.calendar(session).today(now()).replace(day=1)
    first = max(state.open_from, date(this.year - 1, this.month, 1)) if state else this
    known = {area.code for area in places.districts(session)}
    kept = 0
    while first <= this:
        for name in plugins.open_plugins(tenant):
            kept += _of_plugin(session, tenant, name, first, known)
        first = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return kept


def _of_plugin(session: TenantSession, tenant: Tenant, name: str, month: date, known: set[str]) -> int:
    plugin = plugins.manager().get(name)
    declared = {m.key: m for m in plugin.brought.metrics} if plugin else {}
    if not declared:
        return 0
    wanted = f"{month:%Y-%m}"
    answers = plugins.manager().relay([name]).collect_metric_values(tenant=tenant, session=session, month=wanted)
    values = [value for answer in answers for value in answer]
    sound = {(v.key, v.district or ""): v for v in values if _is_sound(name, v, declared, wanted, known)}
    queries.keep_metrics(session, name, month, list(sound.values()), now())
    return len(sound)


def _is_sound(name: str, value: MetricValue, declared: dict[str, Metric], month: str, known: set[str]) -> bool:
    fault = fault_of(value, declared, month, known)
    if fault:
        log.error("plugin %s: metric %s of %s left out: %s", name, value.key, value.month, fault)
    return not fault


def fault_of(value: MetricValue, declared: dict[str, Metric], month: str, known: set[str]) -> str:
    """What is wrong with a value, empty when it may be kept."""
    metric = declared.get(value.key)
    if metric is None:
        return "not declared"
    if value.month != month or not _MONTH.fullmatch(value.month):
        return "of another month"
    if value.district is not None and (metric.per != "district" or value.district not in known):
        return "of no district of this region"
    numbers = (value.numerator, value.denominator) if metric.kind == "ratio" else (value.value,)
    if any(n is None or not n.is_finite() or not 0 <= n <= _MOST for n in numbers):
        return "no sound number"
    return "" if value.source.strip() else "without a source"
