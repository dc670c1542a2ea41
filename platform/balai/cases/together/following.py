"""*Ikut melaporkan*: somebody joins an open report instead of filing the same once more.

They follow its code and see what everybody sees. What they wrote is kept for staff alone; a phone number or an e-mail address
is for news alone. The case's own number of rows doesn't move: an officer who is answering must not be stopped by every neighbour.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from balai import keys
from balai.cases import catalogue, units
from balai.cases.drafts import Reporter
from balai.cases.models import Case, CaseFollower
from balai.cases.moving import lock
from balai.cases.shown.queries import add_supporter
from balai.cases.values import ValueFault, clean_text, email, phone
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Conflict, FieldError, Invalid, NotFound
from balai.web import limits
from balai.web.i18n import gettext as _

_MOST_WORDS: Final = 2000
# As for ideas: a village behind one carrier's address gets through in a day, a script that makes up people doesn't.
_ONE_PER_DAY: Final = 100


@dataclass(frozen=True, slots=True)
class Heard:
    """What a follower wrote, as staff see it: numbers masked."""

    added_at: object
    words: str


def join(
    session: TenantSession,
    case_id: UUID,
    *,
    service_id: str,
    reporter: Reporter,
    words: str = "",
    client_id: UUID | None = None,
    language: str = "id",
) -> Case:
    """Count one more who reports the same. A second copy of the same form, or the same person again, changes nothing.

    Raises NotFound for whatever isn't public, Conflict when it was closed meanwhile, Invalid (phone, email).
    """
    case = lock(session, case_id)
    if case.published_at is None or case.visibility != "public" or case.is_test or case.service_id != service_id:
        raise NotFound
    if not case.is_open:
        raise Conflict(_("Laporan itu baru saja selesai. Silakan kirim laporan Anda sendiri."), slug="sudah-selesai")
    contact, given = _contact(reporter)
    year = units.calendar(session).today(now()).year
    person = keys.pseudonym(session, year, sub=given.sub, phone=given.phone or None, email=given.email or None)
    if _is_counted(session, case, person, client_id):
        return case
    row = CaseFollower(case_id=case.id, kind="also", person=person, client_id=client_id, language=language)
    row.wants_news, row.added_at = bool(contact), now()
    keys.seal(session, row, "contact", contact or None)
    keys.seal(session, row, "words", _words(words) or None)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # the other copy was faster by a moment
        return case
    count(session, case, 1)
    return case


def limit(case: Case) -> None:
    """What may come from one address for one case: it is a number that everybody sees. Raises TooMany."""
    limits.count(f"cases.support.{case.id}", allowed=_ONE_PER_DAY, seconds=86400)


def count(session: TenantSession, case: Case, change: int) -> None:
    """One more (or fewer) who reports the same; it is support that everybody may see."""
    case.followers = max(0, case.followers + change)
    session.flush()
    add_supporter(session, case.id, change)
    session.refresh(case, ["supporters"])


def _is_counted(session: TenantSession, case: Case, person: str | None, client_id: UUID | None) -> bool:
    if person is not None and person == case.pseudonym:
        return True
    wanted = []
    if person is not None:
        wanted.append(CaseFollower.person == person)
    if client_id is not None:
        wanted.append(CaseFollower.client_id == client_id)
    query = select(CaseFollower.id).where(CaseFollower.case_id == case.id)
    return any(session.scalars(query.where(one)).first() is not None for one in wanted)


def _contact(given: Reporter) -> tuple[str, Reporter]:
    faults: list[FieldError] = []
    values = {"phone": "", "email": ""}
    for name, check in (("phone", phone), ("email", email)):
        raw = getattr(given, name)
        if raw and raw.strip():
            try:
                values[name] = check(raw)
            except ValueFault as fault:
                faults.append(FieldError(name, str(fault)))
    if faults:
        raise Invalid(faults)
    return values["email"] or values["phone"], Reporter(sub=given.sub, **values)


def _words(text: str) -> str:
    try:
        return clean_text(text[:_MOST_WORDS], most=_MOST_WORDS)
    except ValueFault:
        return ""


def heard(session: TenantSession, case: Case, *, limit: int = 20) -> list[Heard]:
    """What followers wrote, newest first, people's numbers masked."""
    query = select(CaseFollower).where(CaseFollower.case_id == case.id, CaseFollower.words.is_not(None))
    rows = session.scalars(query.order_by(CaseFollower.id.desc()).limit(limit))
    return [Heard(row.added_at, keys.mask_traces(keys.reveal(session, row, "words") or "")) for row in rows]


def public_case(session: TenantSession, code: str) -> Case:
    """A case that may be joined, by its parsed code."""
    case = session.scalars(select(Case).where(Case.code == code)).first()
    if case is None or case.published_at is None or case.visibility != "public" or case.is_test:
        raise NotFound
    if catalogue.rules(session, case).audience != "public":
        raise NotFound
    return case
