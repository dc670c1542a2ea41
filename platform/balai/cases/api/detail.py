"""One case, as much of it as its reader may see.

staff: those who may read it; reporter: signed in as its filer or with its link secret; public: whoever knows the code sees the
state and public words, nothing of a case that isn't public besides.
"""

from dataclasses import dataclass
from typing import Literal, cast
from uuid import UUID

import msgspec

from balai import audit, auth, keys, tenancy
from balai.cases import access, catalogue, moving
from balai.cases.api import people, queries
from balai.cases.api.queries import Glance, Happening
from balai.cases.api.schemas import CaseDetail, FileItem, Position, StepItem, TimelineItem
from balai.cases.codes import CodeError, parse_code
from balai.cases.models import Case
from balai.cases.people import Person
from balai.cases.timeline import PUBLIC_WORDS
from balai.db import Driver, TenantSession, database, driver, reading
from balai.db import session as request_session
from balai.errors import NotFound

View = Literal["staff", "reporter", "public"]


def parse(code: str) -> str:
    """The one spelling of a code; NotFound for what can't be one: to the asker there is no difference."""
    try:
        return parse_code(code)
    except CodeError:
        raise NotFound from None


@dataclass(frozen=True, slots=True)
class Look:
    """A case as read for one request: who asks, how much of it they see, what happened, its files."""

    case: Glance
    who: Person
    view: View
    happenings: list[Happening]
    files: list[tuple[UUID, str, str, int]]


def look(code: str, session: TenantSession | None = None, *, whole: bool = True) -> Look:
    """The case behind a code as this request's person may see it; NotFound when there is none.

    session: where this request has written already; otherwise the case is read without one. whole: with what happened and its
    files, which nobody needs who only asks whether they may act.
    """
    tenant, principal = tenancy.current(), auth.current()
    assert tenant is not None  # noqa: S101 - the blueprint lives on regions' hosts only
    sub = principal.sub if principal is not None and principal.is_staff else None
    if session is not None:
        session.flush()
        rows = _rows(driver(session), tenant.id, parse(code), sub, whole=whole)
    else:
        with reading(database(), tenant.id) as connection:
            rows = _rows(connection, tenant.id, parse(code), sub, whole=whole)
    case, workplace, happenings, files = rows
    who, view = _reader(case, principal, workplace)
    return Look(case, who, view, happenings, files if view != "public" else [])


def _rows(
    connection: Driver, tenant_id: int, code: str, sub: str | None, *, whole: bool
) -> tuple[Glance, queries.Workplace, list[Happening], list[tuple[UUID, str, str, int]]]:
    found = queries.find_case(connection, tenant_id, code, sub)
    if found is None:
        raise NotFound
    case, workplace = found
    if not whole:
        return case, workplace, [], []
    files = queries.files(connection, tenant_id, case.id) if case.has_files else []
    return case, workplace, queries.timeline(connection, tenant_id, case.id), files


def _reader(case: Glance, principal: auth.Principal | None, workplace: queries.Workplace) -> tuple[Person, View]:
    # `access` and `moving` only read attributes, all of which a Glance has. A session connects only when it is asked something.
    as_case = cast("Case", case)
    if principal is not None and principal.is_staff:
        member = people.staff(principal, workplace)
        if access.may_read(request_session(), member, as_case):
            if case.visibility == "secret":
                data = {"code": case.code}
                audit.record(request_session(), "case.secret_read", subject_kind="case", subject_id=case.id, data=data)
            return member, "staff"
    citizen = people.reporter(principal, case.id, case.link_hash)
    return citizen, "reporter" if access.is_reporter(citizen, as_case) else "public"


def describe(seen: Look) -> CaseDetail:
    """The answer for its reader."""
    case, view = seen.case, seen.view
    session = request_session()
    service = catalogue.rules_of(session, case.service_id, case.service_version)
    whole = view != "public"
    if not whole and service.audience == "staff":
        raise NotFound  # what a member asked of their own office is nobody else's
    staff = view == "staff"
    # What others may read of a public case is decided by a human who publishes it (decision 34).
    told = whole or case.published_at is not None
    return CaseDetail(
        view=view,
        code=case.code,
        service=case.service_id,
        title=service.title,
        state=case.state,
        state_label=service.workflow.state(case.state).label,
        waits_for=case.waits_for,
        outcome=case.outcome,
        seq=case.seq,
        summary=case.summary if told else "",
        data=case.data if whole else {},
        region=case.region if told else "",
        landmark=case.landmark if whole else "",
        position=_position(case, exact=whole) if told else None,
        channel=case.channel,
        visibility=case.visibility,
        anonymous=case.anonymity == "anonymous",
        unit=case.unit_id if staff else None,
        assignee=case.assignee_id if staff else None,
        filed_at=case.filed_at,
        changed_at=case.changed_at,
        due_at=case.due_at,
        overdue=case.is_open and case.overdue_at is not None,
        closed_at=case.closed_at,
        rating=case.rating if whole else None,
        steps=_steps(session, case, seen.who) if whole else [],
        timeline=_timeline(session, seen),
        files=[FileItem(*row) for row in seen.files],
    )


def _position(case: Glance, *, exact: bool) -> Position | None:
    latitude, longitude = (case.latitude, case.longitude) if exact else (case.coarse_latitude, case.coarse_longitude)
    return Position(latitude, longitude) if latitude is not None and longitude is not None else None


def _steps(session: TenantSession, case: Glance, who: Person) -> list[StepItem]:
    return [StepItem(s.key, s.label, list(s.demands)) for s in moving.steps(session, cast("Case", case), who)]


def _timeline(session: TenantSession, seen: Look) -> list[TimelineItem]:
    case, view = seen.case, seen.view
    return [
        TimelineItem(
            seq=row.seq,
            kind=row.kind,
            at=row.at,
            by=row.actor_kind,
            unit=row.unit if view == "staff" else None,
            from_state=row.from_state,
            to_state=row.to_state,
            words=_words(session, case, row, view),
            redacted=row.redacted_at is not None,
        )
        for row in seen.happenings
        if _is_shown(row, view)
    ]


def _is_shown(row: Happening, view: View) -> bool:
    return row.public or view == "staff" or (view == "reporter" and row.actor_kind == "citizen")


def _words(session: TenantSession, case: Glance, row: Happening, view: View) -> dict[str, str]:
    if row.body is None or (view == "public" and case.visibility != "public"):
        return {}
    text = keys.decrypt(session, row.body, table="case_text", column="body", row_id=row.id)
    written: dict[str, str] = msgspec.json.decode(text)
    if view == "staff" and case.visibility != "secret":
        # As on the console's page: numbers in full are shown there alone, for a stated reason.
        return {key: keys.mask_traces(word) for key, word in written.items()}
    return written if view != "public" else {key: word for key, word in written.items() if key in PUBLIC_WORDS}
