"""The balance of months, by zone and whole; and the figures that people enter for it, all of a table or nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai.api import FieldError, Invalid, NotFound, TenantSession, gettext, record_audit
from balai_water import months
from balai_water.losses import queries
from balai_water.losses.balance import Balance, Input, balance, together
from balai_water.losses.models import SupplyMonth
from balai_water.register.models import Zone

LITRES: Final = 1000
MOST_CUBIC: Final = 1_000_000_000
HOURS: Final = 24
# Attributes of SupplyMonth that people enter, beside the source.
VOLUMES: Final = (
    "input_litres", "billed_metered_litres", "billed_unmetered_litres", "unbilled_metered_litres", "unbilled_unmetered_litres",
    "theft_litres", "meter_error_litres",
)  # fmt: skip
_NEVER_NULL: Final = frozenset({"billed_unmetered_litres", "unbilled_metered_litres", "unbilled_unmetered_litres"})
FIGURES: Final = ("mains_km", "pipe_km", "pressure_m")


@dataclass(frozen=True, slots=True)
class Used:
    """What the plugin itself knows of a zone's month: litres billed, by what ("bills", "readings" or ""), how many were read."""

    billed: int = 0
    by: str = ""
    read: int = 0
    connections: int = 0

    @property
    def read_share(self) -> float:
        """0 to 1."""
        return min(1.0, self.read / self.connections) if self.connections else 0.0


@dataclass(frozen=True, slots=True)
class ZoneMonth:
    """One zone's month; zone None: connections that lie in no zone. entered: None while nobody entered anything."""

    zone: Zone | None
    entered: SupplyMonth | None
    used: Used
    given: Input
    found: Balance


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the whole utility. missing, unbilled: names of zones without a system input, without bills and readings ("" for
    connections in no zone); hours: mean by connections, None unknown.
    """

    month: date
    zones: tuple[ZoneMonth, ...]
    whole: Balance
    missing: tuple[str, ...]
    unbilled: tuple[str, ...]
    hours: float | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Figures for one zone and month. values: attributes of SupplyMonth, only those that were asked about; at: where a form or
    file has them, as a prefix of field names.
    """

    zone_id: UUID
    month: date
    values: Mapping[str, Any]
    at: str = ""


def zones(session: TenantSession) -> Sequence[Zone]:
    """Zones in use, by name."""
    return session.scalars(select(Zone).where(Zone.active).order_by(Zone.name, Zone.key)).all()


def zone_of(session: TenantSession, zone_id: UUID) -> Zone:
    """One zone, also one out of use; NotFound."""
    found = session.scalars(select(Zone).where(Zone.id == zone_id)).first()
    if found is None:
        raise NotFound
    return found


def months_of(session: TenantSession, since: date, until: date) -> list[Month]:
    """The balance of every month from since to until."""
    known = {zone.id: zone for zone in session.scalars(select(Zone).order_by(Zone.name, Zone.key))}
    entered = {(row.zone_id, row.month): row for row in _entered(session, since, until)}
    used = used_by_zone(session, since, until)
    return [_month(month, known, entered, used) for month in months.span(since, until)]


def month_of(session: TenantSession, month: date) -> Month:
    """The balance of one month."""
    return months_of(session, month, month)[0]


def _entered(session: TenantSession, since: date, until: date) -> Iterable[SupplyMonth]:
    return session.scalars(select(SupplyMonth).where(SupplyMonth.month >= since, SupplyMonth.month <= until))


def hours_of(session: TenantSession, zone_id: UUID, since: date, until: date) -> list[tuple[date, float | None]]:
    """Hours of supply a day, for each month; None where nobody entered them."""
    query = select(SupplyMonth.month, SupplyMonth.hours_per_day).where(
        SupplyMonth.zone_id == zone_id, SupplyMonth.month >= since, SupplyMonth.month <= until
    )
    known = {row.month: row.hours_per_day for row in session.execute(query)}
    return [(month, known.get(month)) for month in months.span(since, until)]


def used_by_zone(session: TenantSession, since: date, until: date) -> dict[tuple[UUID | None, date], Used]:
    """What was billed, read and connected. Where a month has bills, they say what was billed; else its readings do."""
    found: dict[tuple[UUID | None, date], Used] = {}
    for row in queries.connections(session, since, until):
        found[row.zone_id, row.month] = Used(connections=row.number)
    for row in queries.read(session, since, until):
        before = found.get((row.zone_id, row.month), Used())
        found[row.zone_id, row.month] = replace(before, billed=int(row.cubic) * LITRES, by="readings", read=row.read)
    bills = queries.billed(session, since, until)
    billed_months = {row.month for row in bills}
    for key, before in found.items():
        if key[1] in billed_months:
            found[key] = replace(before, billed=0, by="bills")
    for row in bills:
        before = found.get((row.zone_id, row.month), Used())
        found[row.zone_id, row.month] = replace(before, billed=int(row.cubic) * LITRES, by="bills")
    return found


def given_of(entered: SupplyMonth | None, used: Used, month: date) -> Input:
    """A zone's figures as the balance takes them. Connections without a bill or a reading: what was billed isn't known yet."""
    days = months.days_in(month)
    billed = used.billed if used.by or not used.connections else None
    if entered is None:
        return Input(None, billed, read_share=used.read_share, connections=used.connections, days=days)
    if entered.billed_metered_litres is not None:
        billed = entered.billed_metered_litres
    return Input(
        entered.input_litres, billed, entered.billed_unmetered_litres, entered.unbilled_metered_litres,
        entered.unbilled_unmetered_litres, theft=entered.theft_litres, meter_error=entered.meter_error_litres,
        measured=entered.input_metered, read_share=used.read_share, mains_km=entered.mains_km, connections=used.connections,
        pipe_km=entered.pipe_km, pressure_m=entered.pressure_m, days=days,
    )  # fmt: skip


def _month(
    month: date,
    known: Mapping[UUID, Zone],
    entered: Mapping[tuple[UUID, date], SupplyMonth],
    used: Mapping[tuple[UUID | None, date], Used],
) -> Month:
    found = []
    for zone in known.values():
        row, by = entered.get((zone.id, month)), used.get((zone.id, month), Used())
        if zone.active or row is not None or by.billed:
            given = given_of(row, by, month)
            found.append(ZoneMonth(zone, row, by, given, balance(given)))
    placeless = used.get((None, month))
    if placeless is not None and (placeless.billed or placeless.connections):
        # They get their water through the zones' inputs: nothing is put in for them beside those.
        given = replace(given_of(None, placeless, month), system_input=0, theft=0, meter_error=0, measured=True)
        found.append(ZoneMonth(None, None, placeless, given, balance(given)))
    missing = tuple(z.zone.name for z in found if z.zone is not None and z.given.system_input is None)
    unbilled = tuple(z.zone.name if z.zone else "" for z in found if z.given.billed_metered is None)
    return Month(
        month, tuple(found), balance(together([z.given for z in found])), missing, unbilled, _mean_hours(found)
    )


def _mean_hours(found: Sequence[ZoneMonth]) -> float | None:
    """By connections, so that a small zone doesn't speak for a large one; zones that weren't entered say nothing."""
    told = [(z.entered.hours_per_day, z.used.connections) for z in found if z.entered is not None]
    known = [(hours, number) for hours, number in told if hours is not None]
    weight = sum(number for _hours, number in known)
    if weight:
        return sum(hours * number for hours, number in known) / weight
    return sum(hours for hours, _number in known) / len(known) if known else None


def save(
    session: TenantSession, entries: Sequence[Entry], *, by: UUID | None, faults: Sequence[FieldError] = ()
) -> int:
    """Write what was entered; answers how many rows changed. faults: what the form couldn't read.

    Raises Invalid with every fault, and then nothing is written; NotFound for a zone that isn't there.
    """
    faults = list(faults)
    wanted = [entry for entry in entries if _within(entry, faults)]
    if wanted:
        first, last = min(e.month for e in wanted), max(e.month for e in wanted)
        rows = {(row.zone_id, row.month): row for row in _entered(session, first, last)}
        used = used_by_zone(session, first, last)
        # Locked: two people may fill in the same month.
        known = set(session.scalars(select(Zone.id).order_by(Zone.id).with_for_update()))
        for entry in wanted:
            if entry.zone_id not in known:
                raise NotFound
            by_plugin = used.get((entry.zone_id, entry.month), Used())
            faults += _impossible(entry, rows.get((entry.zone_id, entry.month)), by_plugin)
    if faults:
        raise Invalid(faults)
    changed = (
        sum(_write(session, entry, rows.get((entry.zone_id, entry.month)), by) for entry in wanted) if wanted else 0
    )
    session.flush()
    return changed


def _within(entry: Entry, faults: list[FieldError]) -> bool:
    """Each figure for itself."""
    found = []
    if not months.FIRST <= entry.month <= months.this_month():
        found.append(FieldError(f"{entry.at}month", gettext("Bulan ini belum tiba, atau terlalu lama lalu.")))
    hours = entry.values.get("hours_per_day")
    if hours is not None and not 0 <= hours <= HOURS:
        found.append(FieldError(f"{entry.at}hours_per_day", gettext("Satu hari paling lama 24 jam.")))
    for name in VOLUMES:
        litres = entry.values.get(name)
        if litres is not None and not 0 <= litres <= MOST_CUBIC * LITRES:
            found.append(FieldError(f"{entry.at}{name}", gettext("Volume ini tidak mungkin.")))
    for name in FIGURES:
        figure = entry.values.get(name)
        if figure is not None and not 0 <= figure <= 1_000_000:  # noqa: PLR2004 - km and metres beyond any utility
            found.append(FieldError(f"{entry.at}{name}", gettext("Angka ini tidak mungkin.")))
    faults += found
    return not found


def _impossible(entry: Entry, row: SupplyMonth | None, used: Used) -> list[FieldError]:
    """Figures that can't be true together."""
    merged = SupplyMonth(
        **{name: getattr(row, name) if row is not None else None for name in (*VOLUMES, "input_metered", *FIGURES)}
    )
    for name, value in _plain(entry.values).items():
        setattr(merged, name, value)
    for name in _NEVER_NULL:
        setattr(merged, name, getattr(merged, name) or 0)
    given = given_of(merged, used, entry.month)
    found = balance(given)
    if found.impossible and found.authorised is not None:
        text = gettext(
            "Air masuk (%(input)s m3) lebih kecil daripada yang dipakai resmi (%(used)s m3).",
            input=(given.system_input or 0) // LITRES,
            used=-(-found.authorised // LITRES),
        )
        return [FieldError(f"{entry.at}input_litres", text)]
    guessed = (given.theft or 0) + (given.meter_error or 0)
    if found.losses is not None and guessed > found.losses:
        text = gettext(
            "Perkiraan kehilangan (%(guessed)s m3) lebih besar daripada seluruh kehilangan (%(losses)s m3).",
            guessed=guessed // LITRES,
            losses=found.losses // LITRES,
        )
        return [FieldError(f"{entry.at}theft_litres", text)]
    return []


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """What isn't known of a use that most zones don't have is none."""
    return {name: 0 if value is None and name in _NEVER_NULL else value for name, value in values.items()}


def _says_something(name: str, value: Any) -> bool:
    """A zero is a figure where nothing would be "not known"."""
    return bool(value) or (value is not None and name not in _NEVER_NULL | {"input_metered", "source"})


def _write(session: TenantSession, entry: Entry, row: SupplyMonth | None, by: UUID | None) -> bool:
    values = _plain(entry.values)
    if row is None:
        if not any(values.values()) and not any(
            v == 0 for n, v in values.items() if n not in _NEVER_NULL and v is not None
        ):
            return False  # a line of the table that stayed empty
        row = SupplyMonth(zone_id=entry.zone_id, month=entry.month)
        session.add(row)
        before: dict[str, Any] = {}
    else:
        before = {name: getattr(row, name) for name in values}
    changed = {name: value for name, value in values.items() if before.get(name, ...) != value}
    if not changed:
        return False
    for name, value in changed.items():
        setattr(row, name, value)
    row.changed_by = by
    session.flush()
    data = {"month": f"{entry.month:%Y-%m}", "before": {k: before.get(k) for k in changed}, "after": changed}
    record_audit(session, "water.supply_saved", subject_kind="water_zone", subject_id=entry.zone_id, data=data)
    return True
