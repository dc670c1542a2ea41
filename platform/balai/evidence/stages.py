"""The order of stages: basic services first. While they fall short, a later one asks for a reason that is published."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import audit, plugins
from balai.clock import now
from balai.contracts import Refusal, Stage
from balai.db import TenantSession
from balai.errors import Invalid, NotFound
from balai.evidence.models import StageReason
from balai.evidence.needs.services import Basic, falling_short
from balai.web.i18n import gettext as _

LATER: Final = frozenset({Stage.MOBILITY, Stage.LIVABILITY})
# A reason is for the switch that follows it, not for one years later.
HOLDS: Final = timedelta(days=30)
LEAST, MOST = 20, 2000


def stage_of(plugin: str) -> Stage:
    """Stage of an installed plugin, from the platform's list of sectors. NotFound."""
    found = plugins.manager().get(plugin)
    if found is None or found.manifest is None:
        raise NotFound
    return found.manifest.stage


def check(session: TenantSession, plugin: str) -> Refusal | None:
    """Why `plugin` can't be switched on yet: of a later stage, basic services fall short, and nobody has said why."""
    found = plugins.manager().get(plugin)
    if found is None or found.manifest is None or found.manifest.stage not in LATER:
        return None
    short = falling_short(session)
    if not short or reason_for(session, plugin) is not None:
        return None
    names = ", ".join(basic.topic.label for basic in short)
    return Refusal(
        _(
            "Layanan dasar masih kurang: %(names)s. Tulis dulu alasannya di %(page)s; alasan itu diumumkan.",
            names=names, page=f"/kelola/manfaat/tahap/{plugin}",
        )
    )  # fmt: skip


def reason_for(session: TenantSession, plugin: str) -> StageReason | None:
    """The reason that was written for switching it on now."""
    query = select(StageReason).where(StageReason.plugin == plugin, StageReason.at > now() - HOLDS)
    return session.scalars(query.order_by(StageReason.at.desc()).limit(1)).first()


def write_reason(session: TenantSession, plugin: str, words: str, *, by: UUID | None) -> StageReason:
    """Write down, and publish, why a later stage goes first. Raises Invalid, NotFound."""
    stage, text = stage_of(plugin), " ".join(words.split())
    if stage not in LATER:
        raise NotFound
    if not LEAST <= len(text) <= MOST:
        raise Invalid.field(
            "alasan", _("Tulis alasannya dalam %(least)s sampai %(most)s huruf.", least=LEAST, most=MOST)
        )
    short: list[Basic] = list(falling_short(session))
    row = StageReason(
        plugin=plugin, stage=stage.value, reason=text, short=[b.topic.key for b in short], at=now(), by_member=by
    )
    session.add(row)
    session.flush()
    audit.record(
        session, "evidence.stage_reasoned", subject_kind="plugin", subject_id=plugin, data={"short": row.short}
    )
    return row
