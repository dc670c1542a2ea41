"""Moderation (publish, publish with other words, refuse with a reason) and support for ideas."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from balai import audit, keys
from balai.cases import access, acting, catalogue, telling, timeline, units
from balai.cases.models import Case, CaseFollower
from balai.cases.moving import lock
from balai.cases.people import Person
from balai.cases.shown import queries, words
from balai.cases.values import ValueFault, clean_text, email, phone
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.web.i18n import gettext as _


def waiting(session: TenantSession, person: Person, *, before: UUID | None = None) -> list[queries.Waiting]:
    """What this member may decide on, newest first, a page and one more."""
    return queries.waiting(session, _units(session, person), before=before)


def count_waiting(session: TenantSession, person: Person) -> int:
    """How many, counted up to 100."""
    return len(queries.waiting(session, _units(session, person), limit=100))


def _units(session: TenantSession, person: Person) -> Sequence[UUID]:
    if not person.may("cases.work"):
        return []
    if person.is_admin:
        return [unit.id for unit in units.all_units(session, active=False)]
    return list(person.units | person.heads)


def publish(session: TenantSession, case_id: UUID, *, person: Person, title: str, body: str) -> Case:
    """Show it with these words. Raises Invalid, Conflict (private, restricted), Forbidden, NotFound."""
    case = acting.publish(session, case_id, person=person)
    words.keep(session, case, title, body, by_member=person.member_id)
    return case


def refuse(session: TenantSession, case_id: UUID, *, person: Person, reason: str) -> Case:
    """Don't show it, and tell its author why; it is handled all the same. Raises Invalid, Forbidden, NotFound."""
    case = lock(session, case_id)
    if not access.may_read(session, person, case):
        raise NotFound
    if not access.may_work(session, person, case):
        raise Forbidden(_("Laporan ini ditangani unit lain."))
    try:
        why = clean_text(reason, least=5, most=500)
    except ValueFault as fault:
        raise Invalid.field("reason", str(fault)) from None
    if case.visibility != "public":
        raise Conflict(_("Laporan rahasia tidak bisa ditampilkan."), slug="rahasia")
    case.published_at, case.moderated_at = None, now()
    queries.drop_words(session, case.id)
    data = {"of": "publication_refused"}
    timeline.append(session, case, "messaged", person, public=False, data=data, words={"reason": why})
    session.flush()
    telling.not_shown(session, case, catalogue.rules(session, case), why)
    audit.record(
        session, "case.publication_refused", subject_kind="case", subject_id=case.id, data={"code": case.code, "reason": why},
    )  # fmt: skip
    return case


# --- support ---


def supports(session: TenantSession, case_id: UUID, who: str | None) -> bool:
    """Whether this person (a keyed hash) supports the idea."""
    if who is None:
        return False
    query = select(CaseFollower.id).where(CaseFollower.case_id == case_id, CaseFollower.person == who)
    return session.scalars(query).first() is not None


def support(session: TenantSession, case_id: UUID, who: str, *, contact: str = "", language: str = "id") -> int:
    """One person's support for a published, unanswered idea, once; with a contact they hear of the answer. How many then.

    Raises Invalid (contact), Conflict (answered already), NotFound (not public).
    """
    case = _public(session, case_id)
    if not case.is_open:
        raise Conflict(_("Usul ini sudah dijawab."), slug="sudah-selesai")
    given = _contact(contact)
    if supports(session, case.id, who):
        return case.supporters
    row = CaseFollower(case_id=case.id, kind="supports", person=who, added_at=now(), language=language)
    row.wants_news = bool(given)
    keys.seal(session, row, "contact", given or None)
    session.add(row)
    session.flush()
    return _counted(session, case, 1)


def withdraw(session: TenantSession, case_id: UUID, who: str) -> int:
    """Take the support back; nothing of the person stays. How many then."""
    case = _public(session, case_id)
    query = select(CaseFollower).where(
        CaseFollower.case_id == case.id, CaseFollower.person == who, CaseFollower.kind == "supports"
    )
    row = session.scalars(query).first()
    if row is None:
        return case.supporters
    session.delete(row)
    session.flush()
    return _counted(session, case, -1)


def _public(session: TenantSession, case_id: UUID) -> Case:
    case = lock(session, case_id)
    if case.published_at is None or case.visibility != "public" or case.is_test:
        raise NotFound
    return case


def _counted(session: TenantSession, case: Case, change: int) -> int:
    number = queries.add_supporter(session, case.id, change)
    session.refresh(case, ["supporters"])
    return number


def _contact(raw: str) -> str:
    if not raw.strip():
        return ""
    try:
        return email(raw.strip()) if "@" in raw else phone(raw.strip())
    except ValueFault as fault:
        raise Invalid.field("contact", str(fault)) from None
