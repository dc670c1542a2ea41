"""What staff do about held reports and hostile senders: let through, mark as spam, take that back, block, unblock. Audited."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import audit, keys
from balai.cases import access, catalogue, telling, timeline, units
from balai.cases.clockwork import plan_timer
from balai.cases.gate import queries
from balai.cases.gate.models import FilerBlock
from balai.cases.models import Case
from balai.cases.moving import lock
from balai.cases.people import Person
from balai.cases.values import ValueFault, clean_text, email, phone
from balai.clock import now
from balai.db import TenantSession, announce
from balai.errors import FieldError, Forbidden, Invalid, NotFound
from balai.web.i18n import gettext as _

MOST: Final = 500
PAGE: Final = 50
# An address is shared by a street or by all customers of a carrier: a short block hits the sender, a long one hits the others.
LONGEST: Final = {"phone": 90, "email": 90, "device": 30, "address": 1}


def held(session: TenantSession, person: Person, *, spam: bool = False, before: UUID | None = None) -> Sequence[Case]:
    """Held cases that this member may find, newest first, PAGE + 1 of them; spam: those marked as such instead."""
    query = select(Case).where(
        access.listed(person), Case.held_at.is_not(None), Case.closed_at.is_not(None) if spam else Case.closed_at.is_(None)
    )  # fmt: skip
    if before is not None:
        query = query.where(Case.id < before)
    return session.scalars(query.order_by(Case.id.desc()).limit(PAGE + 1)).all()


def count_held(session: TenantSession, person: Person) -> int:
    """How many wait to be looked at, counted up to 100."""
    query = select(Case.id).where(access.listed(person), Case.held_at.is_not(None), Case.closed_at.is_(None))
    return len(session.scalars(query.limit(100)).all())


def release(session: TenantSession, person: Person, codes: Sequence[str]) -> int:
    """Into the inbox, as if they had just come through the gate; also those marked as spam. How many."""
    return _each(session, person, codes, "case.released", _let_through)


def mark_spam(session: TenantSession, person: Person, codes: Sequence[str]) -> int:
    """Out of everything that is counted; kept, so that a mistake can be taken back. How many."""
    return _each(session, person, codes, "case.marked_spam", _put_away)


def alike(session: TenantSession, person: Person, code: str, *, by: str) -> list[str]:
    """Codes of held cases from the same device or address as this one. by: device | address."""
    case = _found(session, person, [code])
    if not case:
        raise NotFound
    ids = queries.held_like(session, case[0].id, by=by, limit=MOST)
    known = session.scalars(select(Case).where(Case.id.in_(ids), access.listed(person)).order_by(Case.id)).all()
    return [c.code for c in known]


def _each(
    session: TenantSession,
    person: Person,
    codes: Sequence[str],
    action: str,
    act: Callable[[TenantSession, Case, Person], None],
) -> int:
    found = _found(session, person, codes[:MOST])
    if not found:
        raise Invalid.field("pilih", _("Pilih dulu satu atau lebih."))
    done = []
    for one in found:
        case = lock(session, one.id)
        if case.held_at is None or (action == "case.marked_spam" and case.closed_at is not None):
            continue
        act(session, case, person)
        done.append(case.code)
    session.flush()
    audit.record(session, action, subject_kind="case", data={"codes": done[:20], "count": len(done)})
    return len(done)


def _found(session: TenantSession, person: Person, codes: Sequence[str]) -> Sequence[Case]:
    query = select(Case).where(Case.code.in_(set(codes)), Case.held_at.is_not(None), access.listed(person))
    # In the order of ids everywhere, so that two officers' locks never wait for each other in a ring.
    return session.scalars(query.order_by(Case.id)).all()


def _let_through(session: TenantSession, case: Case, person: Person) -> None:
    service = catalogue.rules(session, case)
    if case.closed_at is not None:
        case.outcome = case.closed_at = case.forget_at = None
        case.is_test = False
    case.held_at = case.held_for = None
    plan_timer(case, service, units.calendar(session))
    timeline.append(session, case, "noted", person, public=False, data={"gate": "released"})
    queries.release_origin(session, case.id)
    session.flush()
    telling.case_released(session, case, service)
    announce(session, "case_filed", case.id)


def _put_away(session: TenantSession, case: Case, person: Person) -> None:
    """Closed without an answer and counted nowhere: every figure leaves tests out."""
    case.outcome, case.closed_at, case.is_test = "lapsed", now(), True
    case.due_at = case.next_timer_at = case.overdue_at = None
    timeline.append(session, case, "noted", person, public=False, data={"gate": "spam"})


# --- the block list ---


def blocks(session: TenantSession, *, before: UUID | None = None) -> Sequence[FilerBlock]:
    """Blocks, newest first, also those that have ended; PAGE + 1 of them."""
    query = select(FilerBlock)
    if before is not None:
        query = query.where(FilerBlock.id < before)
    return session.scalars(query.order_by(FilerBlock.id.desc()).limit(PAGE + 1)).all()


def is_active(row: FilerBlock) -> bool:
    """Whether it holds now."""
    return row.ended_at is None and row.until > now()


def block_contact(session: TenantSession, person: Person, *, contact: str, days: str, reason: str) -> FilerBlock:
    """Take nothing from this phone number or e-mail address for some days. Raises Invalid."""
    _require(person)
    errors: list[FieldError] = []
    kind, value, hint = "phone", "", ""
    try:
        kind, value = ("email", email(contact.strip())) if "@" in contact else ("phone", phone(contact.strip()))
        hint = keys.mask_email(value) if kind == "email" else keys.mask_phone(value)
    except ValueFault as fault:
        errors.append(FieldError("contact", str(fault)))
    until, why = _until(kind, days, errors), _reason(reason, errors)
    if errors:
        raise Invalid(errors)
    return _block(session, person, kind, keys.blind_index(session, kind, value), hint, until, why)


def block_source(session: TenantSession, person: Person, code: str, *, kind: str, days: str, reason: str) -> FilerBlock:
    """The same for the device or address that a held report came from. Raises Invalid, NotFound when it is forgotten by now."""
    _require(person)
    errors: list[FieldError] = []
    if kind not in {"device", "address"}:
        raise NotFound
    until, why = _until(kind, days, errors), _reason(reason, errors)
    if errors:
        raise Invalid(errors)
    case = _found(session, person, [code])
    source = queries.sources(session, [case[0].id]).get(case[0].id) if case else None
    index = getattr(source, kind) if source is not None else None
    if index is None:
        raise NotFound
    return _block(session, person, kind, index, code, until, why)


def unblock(session: TenantSession, person: Person, block_id: UUID) -> None:
    """End a block before its time."""
    _require(person)
    row = session.get(FilerBlock, (session.tenant_id, block_id))
    if row is None:
        raise NotFound
    if is_active(row):
        row.ended_at = now()
        audit.record(session, "filer.unblocked", subject_kind="filer_block", subject_id=row.id, data={"kind": row.kind})


def _require(person: Person) -> None:
    if not person.may("cases.assign"):
        raise Forbidden(_("Membatasi pengirim adalah hak kepala unit atau admin."))


def _until(kind: str, days: str, errors: list[FieldError]) -> datetime:
    most = LONGEST[kind]
    number = int(days) if days.isdecimal() and len(days) < 4 else 0  # noqa: PLR2004 - three digits
    if not 1 <= number <= most:
        errors.append(FieldError("days", _("Tulis berapa hari, 1 sampai %(most)s.", most=most)))
    return now() + timedelta(days=number)


def _reason(raw: str, errors: list[FieldError]) -> str:
    try:
        return clean_text(raw, least=5, most=500)
    except ValueFault as fault:
        errors.append(FieldError("reason", str(fault)))
        return ""


def _block(
    session: TenantSession, person: Person, kind: str, index: str, hint: str, until: datetime, reason: str
) -> FilerBlock:
    row = FilerBlock(kind=kind, value_index=index, hint=hint, until=until, by_member=person.member_id)
    keys.seal(session, row, "reason", reason)
    session.add(row)
    session.flush()
    told: dict[str, Any] = {"kind": kind, "until": until.date().isoformat()}
    audit.record(session, "filer.blocked", subject_kind="filer_block", subject_id=row.id, data=told)
    return row
