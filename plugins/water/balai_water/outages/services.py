"""What an officer does with an outage. Announcing tells everybody who is touched; whatever comes after tells the difference only.

Each act takes the outage's row first, so that two officers, or one who presses twice, act one after the other: the second finds
nothing left to tell.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select

from balai.api import Conflict, FieldError, Invalid, NotFound, TenantSession, gettext, now, record_audit
from balai_water.notices import services as notices
from balai_water.outages import queries
from balai_water.outages.models import Outage, OutageConnection
from balai_water.outages.plans import Plan, check, end_faults
from balai_water.outages.selection import Selection
from balai_water.outages.words import values_of
from balai_water.register.models import Connection

# How long the public list still shows what is over.
SHOWN_AFTER: Final = timedelta(days=7)
SUBJECT: Final = "water_outage"


@dataclass(frozen=True, slots=True)
class Change:
    """Connections that a change adds, spares and leaves touched."""

    added: list[UUID]
    spared: list[UUID]
    kept: list[UUID]


def find(session: TenantSession, outage_id: UUID, *, lock: bool = False) -> Outage:
    """One outage of this region; NotFound. lock: until the end of the transaction."""
    query = select(Outage).where(Outage.id == outage_id)
    found = session.scalars(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if (outage := found.first()) is None:
        raise NotFound
    return outage


def prepare(session: TenantSession, plan: Plan, *, member: UUID | None, outage_id: UUID | None = None) -> Outage:
    """A draft, new or written anew; nobody is told yet. Invalid; Conflict when it has been announced meanwhile."""
    check(plan)
    outage = find(session, outage_id, lock=True) if outage_id else Outage(member_id=member)
    if outage_id and outage.state != "draft":
        raise Conflict(gettext("Gangguan ini sudah diumumkan. Buka halamannya untuk mengubah."))
    _write(outage, plan)
    session.add(outage)
    session.flush()
    return outage


def _write(outage: Outage, plan: Plan) -> None:
    assert plan.starts_at is not None  # noqa: S101 - checked above
    outage.kind, outage.reason, outage.text = plan.kind, plan.reason, " ".join(plan.text.split())
    outage.starts_at, outage.ends_at, outage.selection = plan.starts_at, plan.ends_at, plan.selection.as_data()


def discard(session: TenantSession, outage_id: UUID) -> None:
    """Throw a draft away; Conflict for anything else."""
    outage = find(session, outage_id, lock=True)
    if outage.state != "draft":
        raise Conflict(gettext("Gangguan ini sudah diumumkan. Batalkan atau akhiri saja."))
    session.delete(outage)
    session.flush()


def announce(session: TenantSession, outage_id: UUID) -> int:
    """Make a draft public and tell everybody whom it touches; how many messages. Announced already: 0, nothing happens.

    Conflict when it touches nobody, Invalid when its time has passed meanwhile.
    """
    outage = find(session, outage_id, lock=True)
    if outage.state != "draft":
        return 0
    if outage.ends_at is not None and (faults := end_faults(outage.starts_at, outage.ends_at)):
        raise Invalid(faults)
    touched = queries.touched(session, Selection.of(outage.selection))
    if not touched:
        raise Conflict(gettext("Tidak ada sambungan aktif di tempat yang dipilih. Pilih tempat lain."))
    queries.add(session, outage.id, touched)
    outage.state, outage.announced_at = "announced", now()
    _count(session, outage, len(touched))
    sent = _tell(session, outage, "announced", touched)
    _record(session, outage, "announced", connections=len(touched), messages=sent)
    return sent


def change(session: TenantSession, outage_id: UUID, plan: Plan, *, tell_all: bool = False) -> int:
    """Correct what was announced; how many messages.

    Told are those newly touched, those touched no longer, and, when the times changed (or tell_all), those still touched.
    """
    check(plan)
    outage = _running(session, outage_id)
    before = (outage.starts_at, outage.ends_at, outage.reason, outage.text, outage.selection)
    _write(outage, plan)
    after = (outage.starts_at, outage.ends_at, outage.reason, outage.text, outage.selection)
    return _tell_difference(session, outage, again=before[:2] != after[:2] or (tell_all and before != after))


def extend(session: TenantSession, outage_id: UUID, ends_at: datetime | None) -> int:
    """Another time when water is expected back (None: not known any more); told as in `change`. The register is asked anew."""
    outage = _running(session, outage_id)
    if ends_at is not None and (faults := end_faults(outage.starts_at, ends_at)):
        raise Invalid(faults)
    before, outage.ends_at = outage.ends_at, ends_at
    return _tell_difference(session, outage, again=before != ends_at)


def difference(session: TenantSession, outage: Outage, selection: Selection) -> Change:
    """What this selection would change for connections, against those that the outage touches now."""
    known = queries.known_touched(session, outage.id)
    touched = queries.touched(session, selection)
    inside = set(touched)
    return Change(
        added=[found for found in touched if not known.get(found)],
        spared=[found for found, there in known.items() if there and found not in inside],
        kept=[found for found in touched if known.get(found)],
    )


def _tell_difference(session: TenantSession, outage: Outage, *, again: bool) -> int:
    found = difference(session, outage, Selection.of(outage.selection))
    if not (found.added or found.kept):
        raise Conflict(gettext("Dengan pilihan ini tidak ada sambungan lagi. Bila sudah mengalir semua, akhiri saja."))
    if not (found.added or found.spared or again):
        session.flush()
        return 0
    outage.revision += 1
    queries.add(session, outage.id, found.added)
    queries.spare(session, outage.id, found.spared, now())
    _count(session, outage, len(found.added) + len(found.kept))
    sent = _tell(session, outage, "announced", found.added)
    sent += _tell(session, outage, "changed", found.kept) if again else 0
    sent += _tell(session, outage, "spared", found.spared)
    _record(session, outage, "changed", added=len(found.added), spared=len(found.spared), messages=sent, again=again)
    return sent


def end(session: TenantSession, outage_id: UUID, at: datetime) -> int:
    """Water is back since `at`: those still touched are told; how many messages. Ended already: 0, nothing happens."""
    outage = find(session, outage_id, lock=True)
    if outage.state == "ended":
        return 0
    if outage.state != "announced":
        raise Conflict(gettext("Gangguan ini tidak sedang berjalan."))
    if not outage.starts_at <= at <= now() + timedelta(minutes=1):
        fault = gettext("Tulis waktu antara mulainya gangguan dan sekarang.")
        raise Invalid([FieldError("ended_at", fault)])
    outage.state, outage.ended_at = "ended", at
    sent = _tell(session, outage, "ended", queries.supplied(session, outage.id))
    _record(session, outage, "ended", messages=sent)
    return sent


def cancel(session: TenantSession, outage_id: UUID) -> int:
    """It won't happen: those who were told hear so; how many messages. Cancelled already: 0. Conflict once it has begun."""
    outage = find(session, outage_id, lock=True)
    if outage.state == "cancelled":
        return 0
    if outage.state != "announced" or outage.starts_at <= now():
        raise Conflict(gettext("Air sudah mati. Akhiri gangguan ini bila air mengalir lagi."))
    outage.state = "cancelled"
    sent = _tell(session, outage, "cancelled", queries.supplied(session, outage.id))
    _record(session, outage, "cancelled", messages=sent)
    return sent


def _running(session: TenantSession, outage_id: UUID) -> Outage:
    outage = find(session, outage_id, lock=True)
    if outage.state != "announced":
        raise Conflict(gettext("Gangguan ini tidak sedang berjalan."))
    return outage


def _count(session: TenantSession, outage: Outage, affected: int) -> None:
    """What the public reads about the places; connections are written first."""
    session.flush()
    outage.affected = affected
    outage.places = places_words(session, queries.places_of(session, outage.id))
    session.flush()


def places_words(session: TenantSession, found: Sequence[queries.Place]) -> list[dict[str, Any]]:
    """Villages as they are shown, with their names."""
    names = queries.names_of(session, [place.region for place in found])
    return [
        {
            "code": place.region, "name": names.get(place.region, place.region), "count": place.count,
            "middle": [place.latitude, place.longitude] if place.latitude is not None else None,
        }
        for place in found
    ]  # fmt: skip


def _tell(session: TenantSession, outage: Outage, what: str, connections: Collection[UUID]) -> int:
    if not connections:
        return 0
    session.flush()
    template = f"water.outage_{outage.kind if what == 'announced' else what}"
    return notices.tell(
        session,
        about=outage.id,
        kind=f"{what}.{outage.revision}",
        connections=connections,
        template=template,
        values=values_of(session, outage),
    )


def _record(session: TenantSession, outage: Outage, what: str, **data: int) -> None:
    record_audit(session, f"water.outage_{what}", subject_kind=SUBJECT, subject_id=outage.id, data=dict(data))


def at_connection(session: TenantSession, connection_id: UUID) -> Sequence[Outage]:
    """Outages that a connection must know of: coming, running, and ended or cancelled within the last week; next first."""
    since = now() - SHOWN_AFTER
    query = (
        select(Outage)
        .join(OutageConnection, (OutageConnection.outage_id == Outage.id) & OutageConnection.spared_at.is_(None))
        .where(OutageConnection.connection_id == connection_id, _shown(since))
        .order_by(Outage.state, Outage.starts_at)
    )
    return session.scalars(query).all()


def in_zone(session: TenantSession, zone_id: UUID) -> Sequence[Outage]:
    """Running and coming outages that touch connections of a supply zone, next first."""
    touched = (
        select(OutageConnection.outage_id)
        .join(Connection, Connection.id == OutageConnection.connection_id)
        .where(OutageConnection.spared_at.is_(None), Connection.zone_id == zone_id)
    )
    query = select(Outage).where(Outage.state == "announced", Outage.id.in_(touched))
    return session.scalars(query.order_by(Outage.starts_at)).all()


def public(session: TenantSession, *, limit: int = 100) -> Sequence[Outage]:
    """Outages that everybody may see, running and coming ones first."""
    query = select(Outage).where(_shown(now() - SHOWN_AFTER)).order_by(Outage.state, Outage.starts_at).limit(limit)
    return session.scalars(query).all()


def running(session: TenantSession, *, limit: int) -> Sequence[Outage]:
    """Outages that have begun and haven't ended, largest first."""
    query = select(Outage).where(Outage.state == "announced", Outage.starts_at <= now())
    return session.scalars(query.order_by(Outage.affected.desc(), Outage.id).limit(limit)).all()


def _shown(since: datetime) -> Any:
    over = Outage.state.in_(("ended", "cancelled")) & (Outage.changed_at >= since)
    return or_(Outage.state == "announced", over)


def listed(session: TenantSession, *, state: str, before: UUID | None = None, limit: int = 50) -> Sequence[Outage]:
    """Outages for staff, newest first. state: one of STATES, or "" for all."""
    query = select(Outage)
    if state:
        query = query.where(Outage.state == state)
    if before is not None:
        query = query.where(Outage.id < before)
    return session.scalars(query.order_by(Outage.id.desc()).limit(limit)).all()
