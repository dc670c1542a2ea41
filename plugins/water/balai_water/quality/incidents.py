"""What happens after a sample was beyond its limits, until a later one is within them. Every step is an event; what still has to
pass is folded from the events, those of withdrawn samples left out.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import select

from balai.api import Conflict, Invalid, NotFound, TenantSession, gettext, now, page_url, record_audit
from balai_water.notices import services as notices
from balai_water.quality.models import Incident, IncidentEvent, Sample
from balai_water.quality.parameters import PARAMETERS
from balai_water.quality.words import ADVICE
from balai_water.register.models import Connection, Zone

SUBJECT: Final = "water_quality_incident"
PUBLIC: Final = "/layanan/water/h/mutu"
LONGEST_NOTE: Final = 1000


def find(session: TenantSession, incident_id: UUID, *, lock: bool = False) -> Incident:
    """One incident; NotFound. lock: until the end of the transaction."""
    query = select(Incident).where(Incident.id == incident_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).first()
    if found is None:
        raise NotFound
    return found


def open_in(session: TenantSession, zone_id: UUID) -> Incident | None:
    """The incident that is open in a zone. Whoever changes something has locked the zone."""
    return session.scalars(select(Incident).where(Incident.zone_id == zone_id, Incident.state == "open")).first()


def events_of(session: TenantSession, incident: Incident) -> Sequence[IncidentEvent]:
    """Everything that happened, in order."""
    query = select(IncidentEvent).where(IncidentEvent.incident_id == incident.id)
    return session.scalars(query.order_by(IncidentEvent.at, IncidentEvent.id)).all()


def remaining(events: Sequence[IncidentEvent], withdrawn: Collection[UUID] = ()) -> list[str]:
    """Parameters that failed and haven't passed since. A sample that was withdrawn never counted."""
    left: dict[str, None] = {}
    for event in events:
        if event.sample_id is None or event.sample_id in withdrawn:
            continue
        left |= dict.fromkeys(event.data.get("failed", ()))
        for key in event.data.get("passed", ()):
            left.pop(key, None)
    return list(left)


def still_failing(session: TenantSession, incident: Incident) -> list[str]:
    """What a re-sample has yet to pass."""
    return remaining(events_of(session, incident), _withdrawn(session, incident))


def followed_by(session: TenantSession, zone_id: UUID, taken_on: date) -> Incident:
    """The incident that a re-sample of that day is about. Raises Invalid where there is none, or it is older than what failed."""
    found = open_in(session, zone_id)
    if found is None:
        raise Invalid.field("again", gettext("Tidak ada hasil di luar batas yang menunggu uji ulang di zona ini."))
    failing = [e.sample_id for e in events_of(session, found) if e.data.get("failed") and e.sample_id is not None]
    days = select(Sample.taken_on).where(Sample.id.in_(failing), Sample.withdrawn_at.is_(None))
    latest = session.scalars(days.order_by(Sample.taken_on.desc())).first()
    if latest is not None and taken_on < latest:
        raise Invalid.field("taken_on", gettext("Uji ulang tidak boleh diambil sebelum contoh yang di luar batas."))
    return found


def note_sample(
    session: TenantSession,
    sample: Sample,
    *,
    failed: Sequence[str],
    passed: Sequence[str],
    followed: Incident | None,
    by: UUID | None,
) -> Incident | None:
    """What a new sample means for its zone: it opens an incident, joins the open one, or (re-sample of `followed`) may end it."""
    found = followed or open_in(session, sample.zone_id)
    if followed is not None:
        _say(session, followed, "resampled", by, sample.id, failed=list(failed), passed=list(passed))
    elif failed and found is not None:
        _say(session, found, "failed", by, sample.id, failed=list(failed))
    elif failed:
        found = _open(session, sample, failed, by)
    if found is None:
        return None
    found.parameters = list(dict.fromkeys([*found.parameters, *failed]))
    if followed is not None and not still_failing(session, found):
        _end(session, found, "passed", by, sample.id)
    session.flush()
    return found


def _open(session: TenantSession, sample: Sample, failed: Sequence[str], by: UUID | None) -> Incident:
    found = Incident(zone_id=sample.zone_id, sample_id=sample.id, parameters=list(failed))
    session.add(found)
    session.flush()
    _say(session, found, "opened", by, sample.id, failed=list(failed))
    data = {"failed": list(failed)}
    record_audit(session, "water.incident_opened", subject_kind=SUBJECT, subject_id=found.id, data=data)
    return found


def _withdrawn(session: TenantSession, incident: Incident) -> set[UUID]:
    ids = [e.sample_id for e in events_of(session, incident) if e.sample_id is not None]
    return set(session.scalars(select(Sample.id).where(Sample.id.in_(ids), Sample.withdrawn_at.is_not(None))))


def without_sample(session: TenantSession, sample: Sample, *, reason: str, by: UUID | None) -> None:
    """A sample was withdrawn: its incident goes on without it, ends as mistaken, or is opened again. Conflict when the zone has
    another open one by now.
    """
    named = select(IncidentEvent.incident_id).where(IncidentEvent.sample_id == sample.id).distinct()
    for incident_id in session.scalars(named).all():
        incident = find(session, incident_id, lock=True)
        _say(session, incident, "withdrawn", by, None, note=reason, sample=str(sample.id))
        events, withdrawn = events_of(session, incident), _withdrawn(session, incident)
        counts = any(e.sample_id not in withdrawn and e.data.get("failed") for e in events if e.sample_id is not None)
        left = remaining(events, withdrawn)
        if incident.state == "open" and not counts:
            _end(session, incident, "mistaken", by, None)
        elif incident.state == "open" and not left:
            _end(session, incident, "passed", by, None)
        elif incident.state == "passed" and left:
            _open_again(session, incident, by)
    session.flush()


def _open_again(session: TenantSession, incident: Incident, by: UUID | None) -> None:
    if open_in(session, incident.zone_id) is not None:
        raise Conflict(gettext("Zona ini sudah punya hasil lain di luar batas. Selesaikan dulu yang itu."))
    incident.state, incident.closed_at, incident.closing_sample_id = "open", None, None
    _say(session, incident, "reopened", by, None)


def _end(session: TenantSession, incident: Incident, state: str, by: UUID | None, sample_id: UUID | None) -> None:
    incident.state, incident.closed_at, incident.closing_sample_id = state, now(), sample_id
    _say(session, incident, state, by, None)
    if incident.told_at is not None and incident.lifted_at is None:
        incident.lifted_at = incident.closed_at
        template = "water.quality_safe" if state == "passed" else "water.quality_mistaken"
        told = _tell(session, incident, template, f"lifted.{_times_told(session, incident)}")
        _say(session, incident, "lifted", by, None, messages=told)
    record_audit(session, "water.incident_ended", subject_kind=SUBJECT, subject_id=incident.id, data={"state": state})


def warn(session: TenantSession, incident_id: UUID, advice: str, *, by: UUID | None) -> int:
    """Tell the zone's customers what to do, and show it on the zone's page; how many messages were written.

    Raises Invalid for an unknown advice; Conflict when the incident has ended or the same warning is running.
    """
    incident = find(session, incident_id, lock=True)
    if advice not in ADVICE:
        raise Invalid.field("advice", gettext("Pilih salah satu."))
    if incident.state != "open":
        raise Conflict(gettext("Ini sudah selesai, jadi tidak ada yang perlu diumumkan."))
    if incident.advice == advice and incident.told_at is not None and incident.lifted_at is None:
        raise Conflict(gettext("Peringatan ini sudah diumumkan."))
    incident.advice, incident.told_at, incident.lifted_at = advice, now(), None
    told = _tell(session, incident, f"water.quality_{advice}", f"{advice}.{_times_told(session, incident) + 1}")
    _say(session, incident, "told", by, None, advice=advice, messages=told)
    session.flush()
    data = {"advice": advice, "messages": told}
    record_audit(session, "water.warning_published", subject_kind=SUBJECT, subject_id=incident.id, data=data)
    return told


def add_note(session: TenantSession, incident_id: UUID, words: str, *, by: UUID | None) -> None:
    """Write down what was done (pipe flushed, chlorine raised). Invalid when it is empty or too long."""
    incident = find(session, incident_id, lock=True)
    note = words.replace("\x00", "").strip()
    if not note:
        raise Invalid.field("note", gettext("Tulis dulu apa yang dilakukan."))
    if len(note) > LONGEST_NOTE:
        raise Invalid.field("note", gettext("Paling banyak %(most)s huruf.", most=LONGEST_NOTE))
    _say(session, incident, "noted", by, None, note=note)
    session.flush()


def _times_told(session: TenantSession, incident: Incident) -> int:
    return sum(event.kind == "told" for event in events_of(session, incident))


def _tell(session: TenantSession, incident: Incident, template: str, kind: str) -> int:
    zone = session.scalars(select(Zone).where(Zone.id == incident.zone_id)).one()
    query = select(Connection.id).where(Connection.zone_id == zone.id, Connection.state != "terminated")
    labels = ", ".join(str(PARAMETERS[key].label) for key in incident.parameters if key in PARAMETERS)
    link = page_url(session, f"{PUBLIC}/{quote(zone.key)}")
    return notices.tell(
        session, about=incident.id, kind=kind, connections=session.scalars(query).all(), template=template, about_kind=SUBJECT,
        values={"zona": zone.name, "sebab": labels, "link": link},
    )  # fmt: skip


def _say(
    session: TenantSession,
    incident: Incident,
    kind: str,
    by: UUID | None,
    sample_id: UUID | None,
    *,
    note: str = "",
    **data: Any,
) -> None:
    event = IncidentEvent(
        incident_id=incident.id, at=now(), kind=kind, sample_id=sample_id, member_id=by, note=note, data=data
    )
    session.add(event)
    session.flush()
