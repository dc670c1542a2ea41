"""Record a decision, name the reports and ideas that led to it, make it public, tell those who had reported: once per person."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import audit, jobs
from balai.cases import access, catalogue, units
from balai.cases.decisions import queries
from balai.cases.decisions.telling import tell_decision
from balai.cases.models import Case, Decision, DecisionCase
from balai.cases.officer import queries as inbox_queries
from balai.cases.officer.filters import Filters
from balai.cases.people import SYSTEM, Person
from balai.cases.shown.links import defang
from balai.cases.values import ValueFault, clean_text
from balai.clock import now
from balai.db import TenantSession, announce, new_id
from balai.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l

KINDS: Final[dict[str, Any]] = {
    "service_on": _l("Layanan dibuka"),
    "service_off": _l("Layanan ditutup"),
    "unit_cut": _l("Tahap pengurusan dipangkas"),
    "trial": _l("Uji coba"),
    "repair": _l("Program perbaikan"),
    "other": _l("Keputusan lain"),
}
IDEAS: Final = "usul"
MOST: Final = 1000
FOUND: Final = 50


def record(
    session: TenantSession,
    *,
    kind: str,
    title: str,
    reason: str,
    subject: str = "",
    person: Person = SYSTEM,
    on: date | None = None,
) -> Decision:
    """Write down what was decided. kind: one of KINDS; subject: what it is about ("plugin:feedback", "unit:<id>") or "";
    on: the day of the decision (today). Nobody is told and the public sees nothing until `make_public`. Raises Invalid.
    """
    errors: list[FieldError] = []
    if kind not in KINDS:
        errors.append(FieldError("kind", _("Pilih salah satu.")))
    made = Decision(id=new_id(), kind=kind, subject=subject[:200], member_id=person.member_id)
    made.title = " ".join(_clean("title", title, 5, 160, errors).split())
    made.reason = _clean("reason", reason, 3, 3000, errors)
    made.decided_at = _moment(session, on, errors)
    if errors:
        raise Invalid(errors)
    session.add(made)
    session.flush()
    audit.record(session, "decision.saved", subject_kind="decision", subject_id=made.id, data={"kind": kind})
    announce(session, "decision_made", made.id)
    return made


def change(session: TenantSession, decision_id: UUID, *, title: str, reason: str) -> Decision:
    """Other words, as long as the public hasn't read them. Raises Invalid, Conflict."""
    made = find(session, decision_id)
    if made.announced_at is not None:
        raise Conflict(_("Keputusan ini sudah diumumkan."), slug="sudah-diumumkan")
    errors: list[FieldError] = []
    title, reason = " ".join(_clean("title", title, 5, 160, errors).split()), _clean("reason", reason, 3, 3000, errors)
    if errors:
        raise Invalid(errors)
    made.title, made.reason = title, reason
    audit.record(session, "decision.saved", subject_kind="decision", subject_id=made.id, data={"kind": made.kind})
    return made


def find(session: TenantSession, decision_id: UUID, *, lock: bool = False) -> Decision:
    """One decision; NotFound."""
    query = select(Decision).where(Decision.id == decision_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).first()
    if found is None:
        raise NotFound
    return found


def _clean(name: str, raw: str, least: int, most: int, errors: list[FieldError]) -> str:
    try:
        return defang(clean_text(raw, least=least, most=most))
    except ValueFault as fault:
        errors.append(FieldError(name, str(fault)))
        return ""


def _moment(session: TenantSession, on: date | None, errors: list[FieldError]) -> datetime:
    if on is None:
        return now()
    calendar = units.calendar(session)
    today = calendar.today(now())
    if on == today:
        return now()
    if not today - timedelta(days=3660) <= on < today:
        errors.append(FieldError("on", _("Tulis hari ini atau hari yang sudah lewat.")))
        return now()
    return datetime.combine(on, time(12), tzinfo=calendar.zone)


# --- what led to it ---


def ideas_of(session: TenantSession) -> list[str]:
    """Ids of the services by which people propose things."""
    return [s.id for s in catalogue.services(session, every=True) if s.topic == IDEAS]


def search(session: TenantSession, person: Person, text: str, *, service_id: str = "") -> Sequence[Any]:
    """Reports and ideas with these words (or this code), newest first: all that this member finds in the inbox; who doesn't
    handle reports finds the published ones.
    """
    if not text.strip() and not service_id:
        return []
    if person.may("cases.work"):
        filters = Filters(queue="all", state="", service_id=service_id, text=text.strip()[:80])
        return inbox_queries.inbox(session, person, filters, limit=FOUND)
    return queries.published_with(session, text, service_id, limit=FOUND)


def add(session: TenantSession, person: Person, decision_id: UUID, codes: Sequence[str]) -> int:
    """Name reports and ideas that led to it; where it is public already, those who reported are told now. How many were new."""
    made = find(session, decision_id, lock=True)
    found = session.scalars(
        select(Case).where(
            Case.code.in_(set(codes[:MOST])), Case.visibility != "secret", Case.held_at.is_(None), Case.is_test.is_(False),
            access.listed(person) | (Case.published_at.is_not(None) & (Case.visibility == "public")),
        )
    ).all()  # fmt: skip
    if not found:
        raise Invalid.field("pilih", _("Pilih dulu satu atau lebih."))
    number = queries.add_cases(session, made.id, [(new_id(), case.id) for case in found])
    audit.record(
        session,
        "decision.saved",
        subject_kind="decision",
        subject_id=made.id,
        data={"added": [c.code for c in found][:20]},
    )
    if made.announced_at is not None and number:
        jobs.defer(session, tell_decision, lock=f"decision-{made.id}", decision_id=made.id)
    return number


def remove(session: TenantSession, decision_id: UUID, codes: Sequence[str]) -> int:
    """Take reports out again; who has been told stays. How many went."""
    made = find(session, decision_id, lock=True)
    rows = session.scalars(
        select(DecisionCase)
        .join(Case, (Case.tenant_id == DecisionCase.tenant_id) & (Case.id == DecisionCase.case_id))
        .where(DecisionCase.decision_id == made.id, DecisionCase.told_at.is_(None), Case.code.in_(set(codes)))
    ).all()
    for row in rows:
        session.delete(row)
    session.flush()
    if rows:
        audit.record(
            session,
            "decision.saved",
            subject_kind="decision",
            subject_id=made.id,
            data={"before": sorted(set(codes))[:20], "after": []},
        )
    return len(rows)


def make_public(session: TenantSession, person: Person, decision_id: UUID) -> Decision:
    """Show it on "Anda melapor, kami ubah" and tell those who reported; their messages are queued in this transaction."""
    if not person.may("plugins.switch"):
        raise Forbidden
    made = find(session, decision_id, lock=True)
    if made.announced_at is not None:
        raise Conflict(_("Keputusan ini sudah diumumkan."), slug="sudah-diumumkan")
    made.announced_at, made.public = now(), True
    session.flush()
    jobs.defer(session, tell_decision, lock=f"decision-{made.id}", decision_id=made.id)
    audit.record(session, "decision.announced", subject_kind="decision", subject_id=made.id, data={"title": made.title})
    return made
