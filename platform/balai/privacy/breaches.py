"""Personal data got out, was lost or changed without right: who is told within 3 x 24 hours of noticing (UU 27/2022 pasal 46)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import audit, keys
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Conflict, FieldError, Invalid, NotFound
from balai.privacy.models import Breach
from balai.web.i18n import gettext as _

HOURS: Final = 72
TOLD: Final = ("people", "authority")
_LONGEST: Final = 5000
_MOST_PEOPLE: Final = 300_000_000


def deadline(breach: Breach) -> datetime:
    """Until when people and authority must know."""
    return breach.noticed_at + timedelta(hours=HOURS)


def breaches(session: TenantSession, *, limit: int = 200) -> Sequence[Breach]:
    """All of this region, newest first."""
    return session.scalars(select(Breach).order_by(Breach.noticed_at.desc(), Breach.id.desc()).limit(limit)).all()


def find_breach(session: TenantSession, breach_id: UUID) -> Breach:
    """One of them; NotFound when there is none."""
    found = session.scalars(select(Breach).where(Breach.id == breach_id)).first()
    if found is None:
        raise NotFound
    return found


def report_breach(
    session: TenantSession,
    *,
    noticed_at: datetime | None,
    story: str,
    kinds: str,
    measures: str = "",
    people: str = "",
    by_member: UUID | None = None,
) -> Breach:
    """Start the clock. noticed_at: aware, not in the future; Invalid names what is missing."""
    faults = []
    if noticed_at is None or noticed_at > now():
        faults.append(FieldError("noticed_at", _("Tulis kapan diketahui: tanggal dan jam yang sudah lewat.")))
    if len(story.strip()) < 10:  # noqa: PLR2004 - fewer letters tell nothing
        faults.append(FieldError("story", _("Tulis apa yang terjadi dan bagaimana, satu dua kalimat.")))
    if not kinds.strip():
        faults.append(FieldError("kinds", _("Tulis data apa saja, misalnya: nama dan nomor HP.")))
    count = people.replace(".", "").strip()
    if count and not (count.isdecimal() and int(count) <= _MOST_PEOPLE):
        faults.append(FieldError("people", _("Tulis dengan angka, atau kosongkan bila belum tahu.")))
    if faults or noticed_at is None:
        raise Invalid(faults)
    made = Breach(
        noticed_at=noticed_at,
        kinds=kinds.strip()[:300],
        people=int(count) if count else None,
        by_member=by_member,
        created_at=now(),
    )
    keys.seal(session, made, "story", story.strip()[:_LONGEST])
    keys.seal(session, made, "measures", measures.strip()[:_LONGEST])
    session.add(made)
    session.flush()
    audit.record(session, "privacy.breach_reported", subject_kind="breach", subject_id=made.id)
    return made


def note_told(session: TenantSession, breach: Breach, whom: str) -> Breach:
    """People or authority know now; the first time counts."""
    if whom not in TOLD:
        raise NotFound
    if getattr(breach, f"told_{whom}_at") is None:
        setattr(breach, f"told_{whom}_at", now())
        session.flush()
        audit.record(session, f"privacy.breach_told_{whom}", subject_kind="breach", subject_id=breach.id)
    return breach


def save_measures(session: TenantSession, breach: Breach, measures: str) -> Breach:
    """What is done about it, as far as it is known now."""
    keys.seal(session, breach, "measures", measures.strip()[:_LONGEST])
    session.flush()
    audit.record(session, "privacy.breach_changed", subject_kind="breach", subject_id=breach.id)
    return breach


def close_breach(session: TenantSession, breach: Breach) -> Breach:
    """It is dealt with; Conflict while people or authority don't know."""
    if breach.told_people_at is None or breach.told_authority_at is None:
        raise Conflict(_("Catat dulu bahwa orangnya dan lembaga sudah diberi tahu."), slug="belum-diberi-tahu")
    if breach.closed_at is None:
        breach.closed_at = now()
        session.flush()
        audit.record(session, "privacy.breach_closed", subject_kind="breach", subject_id=breach.id)
    return breach


def words_of(session: TenantSession, breach: Breach) -> tuple[str, str]:
    """(what happened, what is done about it)."""
    return keys.reveal(session, breach, "story") or "", keys.reveal(session, breach, "measures") or ""
