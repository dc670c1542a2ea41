"""`/kelola/water/angka`: the figures of a month as the evidence takes them, with where each comes from and what is missing."""

from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, request

from balai.api import MenuItem, MetricValue, NotFound, current_tenant, lazy_gettext, personal, render, require, session
from balai_water import months
from balai_water.metrics.values import HOUSEHOLDS, METRICS, values

PATH: Final = "/kelola/water/angka"
MENU: Final = (MenuItem(lazy_gettext("Angka air"), "water_metrics.overview", "chart", "water.view", 68),)
blueprint = Blueprint("water_metrics", __name__, url_prefix=PATH, template_folder="../templates")


@blueprint.before_request
def _kept_nowhere() -> None:
    personal()


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric as people read it. value: 0 to 1 for shares, else in its unit; None: not known; parts: what a share is of."""

    key: str
    meaning: Any
    unit: str
    value: float | None
    parts: tuple[float, float] | None
    source: str


def figures(found: list[MetricValue]) -> list[Figure]:
    """The whole region's figure of every metric, also of those that nobody knows."""
    whole = {value.key: value for value in found if value.district is None}
    shown = []
    for metric in METRICS:
        known = whole.get(metric.key)
        number, parts = None, None
        if known is not None and known.numerator is not None and known.denominator:
            parts = (float(known.numerator), float(known.denominator))
            number = parts[0] / parts[1]
        elif known is not None and known.value is not None:
            number = float(known.value)
        shown.append(Figure(metric.key, metric.meaning, metric.unit, number, parts, known.source if known else ""))
    return shown


@blueprint.get("")
@require("water.view")
def overview() -> Response:
    """One month, the last whole one unless the address names another."""
    tenant, month = current_tenant(), months.asked(request.args.get("bulan", ""))
    if tenant is None:
        raise NotFound
    found = values(session(), tenant, f"{month:%Y-%m}")
    return render(
        "water/metrics/overview.html", month=month, figures=figures(found), before=months.shift(month, -1),
        after=months.shift(month, 1) if month < months.this_month() else None, households=HOUSEHOLDS,
    )  # fmt: skip
