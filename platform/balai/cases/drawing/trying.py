"""Trying a drawing out: marked test cases under an owner of their own.

`daerah-uji` is no owner that anything else knows: what is filed there is in no catalogue, on no public list and in no figure,
while inbox, tracking and the steps of the workflow are the real ones. The hyphen keeps it out of reach of plugins' names.
"""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai.cases import units
from balai.cases.drawing import checking
from balai.cases.drawing.models import Drawing
from balai.cases.models import Case
from balai.contracts import Service
from balai.db import TenantSession
from balai.errors import Conflict
from balai.web.i18n import gettext as _

OWNER: Final = "daerah-uji"


def trial_id(drawing: Drawing) -> str:
    """Service id of a drawing's test cases."""
    owner, _dot, key = drawing.service_id.partition(".")
    return f"{OWNER}.{key if drawing.kind == 'new' else f'{owner}-{key}'}"


def trial(session: TenantSession, drawing: Drawing, member: UUID | None) -> Service:
    """The drawn service for a try-out, every slot with the unit of whoever tries it; Conflict while it has faults."""
    found = checking.notes(drawing)
    if found:
        raise Conflict(
            _("Perbaiki dulu %(num)s hal yang ditandai, lalu coba lagi.", num=len(found)), slug="belum-lengkap"
        )
    service = checking.service_of(drawing)
    key = trial_id(drawing).partition(".")[2]
    titles = {language: f"Uji coba: {title}" for language, title in service.titles.items()}
    tried = replace(service, owner=OWNER, key=key, titles=titles)
    home = next(iter(units.units_of(session, member)), None) if member else None
    home = home or units.admin_unit(session)
    present = units.slots(session, tried.id)
    for slot in tried.slots:
        if present.get(slot) != home.id:
            units.map_slot(session, tried.id, slot, home.id)
    return tried


def tried_cases(session: TenantSession, drawing: Drawing) -> list[Any]:
    """Test cases of a drawing, newest first."""
    query = select(Case.code, Case.summary, Case.filed_at, Case.closed_at, Case.outcome).where(
        Case.service_id == trial_id(drawing), Case.is_test.is_(True)
    )
    return list(session.execute(query.order_by(Case.id.desc()).limit(20)))
