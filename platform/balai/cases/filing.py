"""Filing a case: by whatever channel, by whomever, exactly once."""

import hashlib
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from balai import keys
from balai.cases import catalogue, telling, timeline, units
from balai.cases.access import name_reader
from balai.cases.clockwork import enter_state
from balai.cases.codes import new_code
from balai.cases.desk import Desk, desk_for
from balai.cases.drafts import Draft, Place, Reporter, check_draft
from balai.cases.gate import deciding
from balai.cases.models import Case, CaseEvent, CaseFile, Unit
from balai.cases.people import Person
from balai.cases.personal import consents, lookups
from balai.cases.personal.shield import LANDMARK, shield
from balai.cases.shown import words
from balai.clock import now
from balai.contracts import Service
from balai.db import TenantSession, announce, driver, fresh, insert, new_id
from balai.errors import Conflict
from balai.web.i18n import gettext as _
from balai.web.i18n import language

# About 277 m of latitude; in Indonesia (within 11 degrees of the equator) no less than 271 m of longitude.
COARSE_DEGREES = 0.0025
_SUMMARY = 140
# A phone keeps what waits for a signal for a month (static/phone/outbox.js).
REPEATED = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Filed:
    """What filing made. link_secret opens the reporter's view and is known only now ("" for a second copy of long ago);
    created is False for a second copy.
    """

    case: Case
    code: str
    link_secret: str
    created: bool = True


def file_case(
    session: TenantSession,
    service: Service,
    data: Mapping[str, Any],
    *,
    channel: str = "web",
    reporter: Reporter | None = None,
    anonymity: str = "named",
    visibility: str | None = None,
    place: Place | None = None,
    files: Mapping[str, Sequence[UUID]] | None = None,
    assisted_by: Person | None = None,
    is_test: bool = False,
    client_id: UUID | None = None,
    desk: Desk | None = None,
) -> Filed:
    """Take in a new case.

    anonymity: named | anonymous (then neither name nor account is stored); visibility: the filer may choose a stricter one than
    the service's; files: stored files by field key; assisted_by: the member who files for somebody; client_id: made by the
    phone, a second call with the same one answers the first case; desk: what `open_desk` has just said about this service.
    Raises Invalid (what to correct) or Conflict (not now).
    """
    if client_id is not None and _is_known(session, client_id):
        return _known(session, client_id)
    desk = desk or desk_for(session, service)
    accepted = desk.accepted
    if not accepted.open and not is_test:
        raise Conflict(
            accepted.reason, title=_("Layanan ini sedang tutup"), slug="layanan-tutup", call=accepted.call_instead
        )
    draft = check_draft(
        session,
        service,
        data,
        channel,
        reporter or Reporter(),
        anonymity,
        visibility,
        place,
        files or {},
        areas=desk.areas,
    )
    unit = accepted.unit or units.admin_unit(session)
    passes = assisted_by is not None or is_test
    verdict = None if passes else deciding.judge(session, service, draft, channel=channel, phone=accepted.call_instead)
    case = _make(session, desk, draft, unit=unit, channel=channel, is_test=is_test, client_id=client_id)
    case.assisted = assisted_by is not None
    hold(case, verdict)
    secret = _link_secret(session, client_id)
    case.link_hash = hash_secret(secret)
    event = timeline.first(case, assisted_by or Person("citizen"), data={"channel": channel})
    if not _insert(session, case, event):
        return _known(session, client_id)
    _publish_at_once(session, case, service)
    if verdict is not None:
        deciding.note(session, case.id, verdict)
    _attach(session, case, draft, event.id)
    _index(session, case, service, draft)
    consents.record(session, case, service, draft.checked.plain, draft.reporter)
    if case.visibility == "secret":
        _name_readers(session, case, unit)
    if case.held_at is None:
        telling.case_filed(session, case, service, draft.reporter, secret)
        announce(session, "case_filed", case.id)
    else:
        telling.case_held(session, case, service, draft.reporter)
    return Filed(case, case.code, secret)


def hold(case: Case, verdict: deciding.Verdict | None) -> None:
    """Keep a case out of the inbox where the gate says so: nobody is reminded of what nobody sees. A secret case is in no list
    anyway, and held it would be seen by nobody.
    """
    if verdict is not None and verdict.hold is not None and case.visibility != "secret":
        case.held_at, case.held_for = case.filed_at, verdict.hold
        case.next_timer_at = None


def _publish_at_once(session: TenantSession, case: Case, service: Service) -> None:
    """Where the service says so, and nothing speaks for a look first."""
    if service.publish == "at_once" and case.visibility == "public" and case.held_at is None and not case.is_test:
        case.published_at = case.moderated_at = case.filed_at
        words.keep_proposed(session, case, service, by_member=None)


def _is_known(session: TenantSession, client_id: UUID) -> bool:
    return session.scalars(select(Case.id).where(Case.client_id == client_id)).first() is not None


def _known(session: TenantSession, client_id: UUID | None) -> Filed:
    known = session.scalars(select(Case).where(Case.client_id == client_id)).one()
    # No phone repeats itself after that: whoever comes with an old id found it somewhere.
    secret = _link_secret(session, client_id) if now() - known.filed_at <= REPEATED else ""
    return Filed(known, known.code, secret, created=False)


def _insert(session: TenantSession, case: Case, event: CaseEvent) -> bool:
    """Write the case and how it began; False when the same phone's other copy was faster by a moment (a unique index decides)."""
    if case.client_id is None:
        insert(session, case, event, keep=(case,))
        return True
    try:
        # A savepoint of the driver's own: SQLAlchemy makes its one only when it speaks to the database itself.
        with driver(session).transaction():
            insert(session, case, event, keep=(case,))
    except IntegrityError:
        if not _is_known(session, case.client_id):
            raise
        return False
    return True


def hash_secret(secret: str) -> str:
    """What is stored of a link secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def coarse(degrees: float) -> float:
    """A coordinate snapped to the middle of its cell of about 277 m, for everybody but staff and reporter."""
    return round((math.floor(degrees / COARSE_DEGREES) + 0.5) * COARSE_DEGREES, 6)


def _make(
    session: TenantSession,
    desk: Desk,
    draft: Draft,
    *,
    unit: Unit,
    channel: str,
    is_test: bool,
    client_id: UUID | None,
) -> Case:
    tenant, service = catalogue.tenant_of(session), desk.service
    case = fresh(
        Case,
        id=new_id(),
        code=new_code(tenant.region_code or "0000"),
        client_id=client_id,
        service_id=service.id,
        service_version=desk.version,
        state=service.workflow.start,
        seq=0,
        unit_id=unit.id,
        region=draft.place.region,
        landmark=draft.place.landmark,
        latitude=draft.place.latitude,
        longitude=draft.place.longitude,
        channel=channel,
        is_test=is_test,
        anonymity=draft.anonymity,
        visibility=draft.visibility,
        language=language(),
        filed_at=draft.at,
        changed_at=draft.at,
    )
    if case.latitude is not None and case.longitude is not None:
        case.coarse_latitude, case.coarse_longitude = coarse(case.latitude), coarse(case.longitude)
    _write_answers(session, case, service, draft)
    _write_reporter(session, case, draft)
    enter_state(case, service, units.calendar(session), draft.at)
    return case


def _write_answers(session: TenantSession, case: Case, service: Service, draft: Draft) -> None:
    """Plain answers beside the case, people's numbers in them masked; personal ones sealed, and of a secret case all of them."""
    plain, personal = {**draft.checked.plain, LANDMARK: case.landmark}, draft.checked.personal
    if case.visibility == "secret":
        personal, plain = {**plain, **personal}, {LANDMARK: ""}
    shielded = shield(service, plain)
    plain, personal = shielded.plain, {**personal, **shielded.sealed}
    case.landmark = plain.pop(LANDMARK)
    case.data = dict(plain)
    if personal:
        keys.seal(session, case, "personal", msgspec.json.encode(personal).decode())
    case.summary = summarise(service, plain)


def summarise(service: Service, plain: Mapping[str, Any]) -> str:
    """One line for lists: the first written answer, else the service's title."""
    for kind in ("text", "longtext"):
        for asked in service.fields:
            if asked.type == kind and asked.required and not asked.show_if and plain.get(asked.key):
                text = " ".join(str(plain[asked.key]).split())
                return text if len(text) <= _SUMMARY else text[: _SUMMARY - 1].rsplit(" ", 1)[0] + "…"
    return service.title


def _write_reporter(session: TenantSession, case: Case, draft: Draft) -> None:
    reporter = draft.reporter
    for name in ("name", "phone", "email"):
        value = getattr(reporter, name)
        if value:
            keys.seal(session, case, f"contact_{name}", value)
    if reporter.sub:
        case.reporter_index = keys.blind_index(session, "sub", reporter.sub)
    year = units.calendar(session).today(draft.at).year
    case.pseudonym = keys.pseudonym(
        session, year, sub=reporter.sub, phone=reporter.phone or None, email=reporter.email or None
    )


def _attach(session: TenantSession, case: Case, draft: Draft, event_id: UUID) -> None:
    for key, given in draft.checked.files.items():
        for file_id in given:
            session.add(
                CaseFile(case_id=case.id, file_id=file_id, event_id=event_id, field=key, added_at=case.filed_at)
            )


def _index(session: TenantSession, case: Case, service: Service, draft: Draft) -> None:
    """Blind indexes: the reporter's contact, personal answers that identify, and numbers typed into free text."""
    reporter, checked = draft.reporter, draft.checked
    typed = shield(service, {**checked.plain, LANDMARK: draft.place.landmark}).traces
    lookups.add(
        session,
        case.id,
        lookups.of_reporter(session, phone=reporter.phone, email=reporter.email)
        | lookups.of_answers(session, service, checked.personal)
        | lookups.of_traces(session, typed),
    )


def _name_readers(session: TenantSession, case: Case, unit: Unit) -> None:
    """A secret case is first read by the head of its unit; without one by all who work there."""
    people = [unit.head_id] if unit.head_id else [m.id for m in units.members_of(session, unit.id)]
    for member_id in people:
        name_reader(session, case, member_id, case.filed_at)


def _link_secret(session: TenantSession, client_id: UUID | None) -> str:
    """128 bits. A phone that files with an id of its own gets the same secret again when it repeats: nothing is lost with a
    dropped answer, and the id (122 random bits) is known to nobody else.
    """
    return keys.blind_index(session, "case-link", str(client_id)) if client_id else secrets.token_hex(16)


__all__ = ["Filed", "Place", "Reporter", "coarse", "file_case", "hash_secret", "summarise"]
