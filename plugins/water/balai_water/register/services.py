"""The life of a connection: connect, suspend, isolate, reconnect, transfer, terminate, change_meter.

Each act locks its connection, stands in its history (`ConnectionEvent`) and in the region's record, and is refused where the
state doesn't allow it. suspended: the customer asked for it; isolated: the utility cut it off; terminated is for good.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai.api import (
    Conflict,
    FieldError,
    Invalid,
    NotFound,
    TenantSession,
    gettext,
    lazy_gettext,
    mask_traces,
    record_audit,
    seal,
)
from balai_water.months import today
from balai_water.register.models import PRIORITIES, Connection, ConnectionEvent, Meter

STATE_WORDS: Final = {
    "active": lazy_gettext("Mengalir"), "suspended": lazy_gettext("Berhenti sementara"),
    "isolated": lazy_gettext("Diputus sementara"), "terminated": lazy_gettext("Ditutup"),
}  # fmt: skip
# Act -> the states that it may begin in, the state that it leads to.
_ACTS: Final = {
    "suspended": (frozenset({"active"}), "suspended"),
    "isolated": (frozenset({"active", "suspended"}), "isolated"),
    "reconnected": (frozenset({"suspended", "isolated"}), "active"),
    "terminated": (frozenset({"active", "suspended", "isolated"}), "terminated"),
}
_MOST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class By:
    """Who did it and because of which request; both None for the system."""

    member_id: UUID | None = None
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewMeter:
    """A meter to be installed. digits: after how many its counter begins again; initial: its stand in m3."""

    serial: str
    digits: int = 5
    initial: int = 0


def connection_of(session: TenantSession, connection_id: UUID, *, lock: bool = False) -> Connection:
    """The connection; NotFound. lock: read anew, and nobody else changes it until the transaction ends."""
    query = select(Connection).where(Connection.id == connection_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).first()
    if found is None:
        raise NotFound
    return found


def by_number(session: TenantSession, number: str) -> Connection | None:
    """The connection with this number, None when there is none."""
    return session.scalars(select(Connection).where(Connection.number == number.strip())).first()


def meter_of(session: TenantSession, connection_id: UUID) -> Meter | None:
    """The meter that is installed there now."""
    query = select(Meter).where(Meter.connection_id == connection_id, Meter.removed_on.is_(None))
    return session.scalars(query).first()


def connect(
    session: TenantSession,
    *,
    number: str,
    customer_id: UUID,
    group_key: str,
    region: str,
    address: str,
    zone_id: UUID | None = None,
    route_id: UUID | None = None,
    route_order: int = 0,
    priority: str | None = None,
    card: dict[str, Any] | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    since: date | None = None,
    meter: NewMeter | None = None,
    by: By = By(),
) -> Connection:
    """A new connection, flowing from `since` (today). Invalid: number taken, unknown priority, a date to come."""
    since = since or today()
    faults = []
    if by_number(session, number) is not None:
        faults.append(FieldError("number", gettext("Nomor ini sudah dipakai sambungan lain.")))
    if priority is not None and priority not in PRIORITIES:
        faults.append(FieldError("priority", gettext("Pilih salah satu.")))
    if since > today():
        faults.append(FieldError("since", gettext("Tanggal ini belum tiba.")))
    if faults:
        raise Invalid(faults)
    connection = Connection(
        number=number.strip(), customer_id=customer_id, group_key=group_key, region=region, zone_id=zone_id, route_id=route_id,
        route_order=route_order, priority=priority, card=card, latitude=latitude, longitude=longitude, since=since,
    )  # fmt: skip
    seal(session, connection, "address", address or None)
    session.add(connection)
    session.flush()
    if meter is not None:
        _install(session, connection, meter, since)
    _happened(session, connection, "registered", None, "", by, {"group": group_key})
    return connection


def suspend(session: TenantSession, connection_id: UUID, *, reason: str, by: By = By()) -> Connection:
    """The customer wants no water for a while. Conflict unless it flows; Invalid without a reason."""
    return _turn(session, connection_id, "suspended", reason, by)


def isolate(session: TenantSession, connection_id: UUID, *, reason: str, by: By = By()) -> Connection:
    """The utility cuts it off. Conflict when that was done; Invalid without a reason."""
    return _turn(session, connection_id, "isolated", reason, by)


def reconnect(session: TenantSession, connection_id: UUID, *, reason: str, by: By = By()) -> Connection:
    """Water flows again. Conflict unless it was suspended or isolated; Invalid without a reason."""
    return _turn(session, connection_id, "reconnected", reason, by)


def terminate(
    session: TenantSession, connection_id: UUID, *, reason: str, final: int | None = None, by: By = By()
) -> Connection:
    """Closed for good; its meter is taken away. final: the meter's last stand in m3, needed where there is one."""
    connection = connection_of(session, connection_id, lock=True)
    meter = meter_of(session, connection_id)
    if meter is not None:
        if final is None:
            raise Invalid.field("final", gettext("Tulis angka terakhir di meter."))
        _remove(meter, final, today())
    connection.ended_on = today()
    return _turn(session, connection_id, "terminated", reason, by, {"final": final} if final is not None else {})


def transfer(
    session: TenantSession, connection_id: UUID, customer_id: UUID, *, reason: str, by: By = By()
) -> Connection:
    """The connection has another customer from now on; what the old one owes stays theirs. Conflict when closed or the same."""
    connection = connection_of(session, connection_id, lock=True)
    if connection.state == "terminated" or connection.customer_id == customer_id:
        raise _not_now(connection)
    before, connection.customer_id = connection.customer_id, customer_id
    _happened(
        session,
        connection,
        "transferred",
        connection.state,
        _why(reason),
        by,
        {"from": str(before), "to": str(customer_id)},
    )
    return connection


def change_meter(
    session: TenantSession, connection_id: UUID, new: NewMeter, *, final: int | None, reason: str, by: By = By()
) -> Meter:
    """Another meter from today on. final: the old one's last stand in m3, needed where there was one. Conflict when closed."""
    connection = connection_of(session, connection_id, lock=True)
    if connection.state == "terminated":
        raise _not_now(connection)
    old = meter_of(session, connection_id)
    if old is not None:
        if final is None:
            raise Invalid.field("final", gettext("Tulis angka terakhir di meter lama."))
        _remove(old, final, today())
        session.flush()
    made = _install(session, connection, new, today())
    data = {"serial": new.serial, "initial": new.initial, "final": final, "old": old.serial if old else None}
    _happened(session, connection, "meter_changed", connection.state, _why(reason), by, data)
    return made


def regroup(session: TenantSession, connection_id: UUID, group_key: str, *, reason: str, by: By = By()) -> Connection:
    """Another tariff group from the next bill on. Conflict when closed or the same."""
    connection = connection_of(session, connection_id, lock=True)
    if connection.state == "terminated" or connection.group_key == group_key:
        raise _not_now(connection)
    before, connection.group_key = connection.group_key, group_key
    _happened(session, connection, "regrouped", connection.state, _why(reason), by, {"from": before, "to": group_key})
    return connection


def correct(session: TenantSession, connection_id: UUID, *, address: str, by: By = By(), **values: Any) -> Connection:
    """Correct where a connection lies and how it is read: region, address, zone_id, route_id, route_order, priority, position."""
    connection = connection_of(session, connection_id, lock=True)
    allowed = {"region", "zone_id", "route_id", "route_order", "priority", "latitude", "longitude"}
    if not values.keys() <= allowed:
        raise ValueError(sorted(values.keys() - allowed))
    changed = sorted(name for name, value in values.items() if getattr(connection, name) != value)
    for name in changed:
        setattr(connection, name, values[name])
    seal(session, connection, "address", address or None)
    _happened(session, connection, "corrected", connection.state, "", by, {"changed": changed})
    return connection


def _turn(
    session: TenantSession, connection_id: UUID, kind: str, reason: str, by: By, data: dict[str, Any] | None = None
) -> Connection:
    connection = connection_of(session, connection_id, lock=kind != "terminated")
    begins, leads = _ACTS[kind]
    if connection.state not in begins:
        raise _not_now(connection)
    before, connection.state = connection.state, leads
    _happened(session, connection, kind, before, _why(reason), by, data or {})
    return connection


def _install(session: TenantSession, connection: Connection, new: NewMeter, day: date) -> Meter:
    if not 3 <= new.digits <= 9:  # noqa: PLR2004 - as the table's constraint
        raise Invalid.field("digits", gettext("Meter punya 3 sampai 9 angka."))
    if not 0 <= new.initial < 10**new.digits:
        raise Invalid.field("initial", gettext("Angka ini tidak muat di meter."))
    made = Meter(
        connection_id=connection.id, serial=new.serial, digits=new.digits, initial=new.initial, installed_on=day
    )
    session.add(made)
    session.flush()
    return made


def _remove(meter: Meter, final: int, day: date) -> None:
    if not 0 <= final < 10**meter.digits:
        raise Invalid.field("final", gettext("Angka ini tidak muat di meter."))
    meter.final, meter.removed_on = final, max(day, meter.installed_on)


def _why(reason: str) -> str:
    words = mask_traces(" ".join(reason.split()))  # a history is for good: no phone number or NIK goes into it
    if not 3 <= len(words) <= _MOST_REASON:  # noqa: PLR2004 - a word at least
        raise Invalid.field("reason", gettext("Tulis alasannya."))
    return words


def _not_now(connection: Connection) -> Conflict:
    state = STATE_WORDS[connection.state]
    return Conflict(gettext("Belum bisa: keadaan sambungan ini “%(state)s”.", state=state), slug="keadaan-sambungan")


def _happened(
    session: TenantSession,
    connection: Connection,
    kind: str,
    before: str | None,
    reason: str,
    by: By,
    data: dict[str, Any],
) -> None:
    session.add(
        ConnectionEvent(
            connection_id=connection.id, kind=kind, from_state=before, to_state=connection.state, reason=reason,
            case_id=by.case_id, member_id=by.member_id, data=data,
        )
    )  # fmt: skip
    told = {"number": connection.number, **({"reason": reason} if reason else {})}
    record_audit(session, f"water.{kind}", subject_kind="water_connection", subject_id=connection.id, data=told)
    session.flush()
