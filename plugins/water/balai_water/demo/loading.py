"""Furnish a region's demo utility: 5,000 connections with a year behind them, one outage, samples, losses, other sources."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import select

from balai.api import TenantSession, Unit, areas, new_id, now, task
from balai_water import months
from balai_water.bills import queries as bill_queries
from balai_water.bills import services as bills
from balai_water.bills import settings
from balai_water.demo import town
from balai_water.losses import services as losses
from balai_water.outages import services as outages
from balai_water.outages.plans import Plan
from balai_water.outages.selection import Selection
from balai_water.quality import services as quality
from balai_water.quality.results import Result
from balai_water.readings import services as readings
from balai_water.readings.book import Entry
from balai_water.register import bulk, queries
from balai_water.register.models import Connection, Route, Source, Zone
from balai_water.register.services import By
from balai_water.tariffs import Tariff, charge
from balai_water.tariffs import services as tariffs

SIZE: Final = 5_000
YEAR: Final = 12
_SEED: Final = 3402
_ROUTES: Final = 24
_TARIFF: Final = {
    "groups": [
        {
            "key": key, "label": label, "fixed": fixed, "minimum_use": 10,
            "blocks": [{"upto": upto, "rate": rate} for upto, rate in zip((10, 20, 30, None), rates, strict=True)],
        }
        for key, label, fixed, rates in (
            ("RT-A", "Rumah tangga A", 11_500, (1_100, 1_480, 2_000, 2_700)),
            ("RT-B", "Rumah tangga B", 14_000, (1_480, 2_000, 2_700, 3_650)),
            ("NK", "Niaga kecil", 23_000, (1_840, 2_480, 3_350, 4_530)),
            ("S", "Sosial", 5_000, (900, 900, 1_100, 1_480)),
            ("IP", "Instansi pemerintah", 30_000, (2_480, 3_350, 4_530, 5_200)),
        )
    ],
    "late_fee": {"percent": 2, "grace_days": 3, "most_months": 6},
}  # fmt: skip
_SOURCES: Final = (
    ("village_system", "Sistem air desa", 180), ("protected_well", "Sumur umum", 35), ("spring", "Mata air", 60),
    ("hydrant", "Hidran umum", 45),
)  # fmt: skip


@task("water.furnish_demo")
def furnish_demo(session: TenantSession, tenant: Any, code: str) -> None:
    """Queued by the loading of demo data for the region `code`; does nothing for another one, or where customers are already."""
    if tenant.region_code == code:
        furnish(session, code)


def furnish(session: TenantSession, code: str) -> int:
    """Everything; how many connections. Nothing when there is one already."""
    if session.scalars(select(Connection.id).limit(1)).first() is not None:
        return 0
    villages = [village.code for district in areas(session, code) for village in areas(session, district.code)]
    zones, routes = _places(session)
    today = months.today()
    made = list(town.houses(_SEED, SIZE, villages, zones, routes, today))
    bulk.store_connections(session, [house.line for house in made], By())
    _sources(session, villages, today.year)
    draft = tariffs.save_draft(session, None, _TARIFF)
    tariffs.adopt(
        session, draft.id, decree="Perbup contoh 12/2024", decreed_on=date(today.year - 2, 12, 1),
        valid_from=date(today.year - 1, 1, 1), today=today, member_id=None,
    )  # fmt: skip
    _unit(session)
    ids = queries.numbers(session)
    _year(session, made, ids, YEAR)
    _around(session, zones, YEAR)
    return len(made)


def _places(session: TenantSession) -> tuple[list[UUID], list[UUID]]:
    zones = [Zone(id=new_id(), key=key, name=name) for key, name in town.ZONES]
    routes = [Route(id=new_id(), key=f"R{n + 1:02d}", name=f"Rute {n + 1}") for n in range(_ROUTES)]
    readers = sorted(queries.readers(session))
    for n, route in enumerate(routes):
        route.member_id = readers[n % len(readers)] if readers else None
    session.add_all([*zones, *routes])
    session.flush()
    return [zone.id for zone in zones], [route.id for route in routes]


def _sources(session: TenantSession, villages: Sequence[str], year: int) -> None:
    for n, village in enumerate(villages[::2]):
        kind, name, households = _SOURCES[n % len(_SOURCES)]
        session.add(
            Source(
                kind=kind, name=f"{name} {n + 1}", region=village, households=households + n, year=year - 1,
                counted_by="Data contoh",
            )
        )  # fmt: skip
    session.flush()


def _unit(session: TenantSession) -> None:
    """The utility's own unit, whose account is paid: the one that the demo gave an account."""
    unit = session.scalars(select(Unit).where(Unit.payment_account.is_not(None)).order_by(Unit.id)).first()
    settings.save(
        session,
        mode="own",
        unit_id=unit.id if unit else None,
        due_day=20,
        pay_at="Loket Perumda, BPD, atau QRIS di tagihan",
    )


def _year(session: TenantSession, made: Sequence[town.House], ids: dict[str, UUID], year: int) -> None:
    """Readings month by month, closed; the last month billed here, the ones before as the old system told them."""
    owners = {row[0]: row[1] for row in session.execute(select(Connection.id, Connection.customer_id))}
    this = months.this_month()
    span = [months.shift(this, -back) for back in range(year, 0, -1)]
    totals = _Totals(tariffs.tariff_on(session, this))
    told = {house.line.values["nomor"]: town.uses(n, house.usual, year + 1) for n, house in enumerate(made)}
    stands = {house.line.values["nomor"]: house.line.values["stand_awal"] for house in made}
    for step, month in enumerate(span):
        period = readings.open_period(session, month)
        read_at = datetime.combine(months.shift(month, 1) - timedelta(days=4), time(3), tzinfo=UTC)
        entries, rows = [], []
        for house in made:
            number, group = house.line.values["nomor"], house.line.values["kelompok"]
            connection, before, use = ids[number], stands[number], told[number][step]
            stands[number] = before + use
            entries.append(_entry(connection, month, stands[number], read_at, agreed=use))
            if month != span[-1]:
                rows.append(_old_bill(connection, owners[connection], group, month, before, use, totals.of(group, use)))
        readings.record(session, entries)
        # As `close` leaves it; nothing here needs reckoning anew.
        period.state, period.closed_at = "closed", now()
        session.flush()
        if rows:
            bill_queries.take_over(session, rows, now())
    _bill(session, span[-1])
    _begin(session, this, made, ids, stands, told)


def _entry(connection_id: UUID, month: date, stand: int, read_at: datetime, *, agreed: int | None = None) -> Entry:
    named = uuid5(NAMESPACE_OID, f"{connection_id}{month}")
    return Entry(connection_id, month, stand, "reader", named, read_at, accepted_use=agreed)


class _Totals:
    """What a use comes to, worked out once for each group and use."""

    def __init__(self, tariff: Tariff) -> None:
        self._tariff = tariff
        self._known: dict[tuple[str, int], int] = {}

    def of(self, group: str, use: int) -> int:
        """Rupiah."""
        if (group, use) not in self._known:
            self._known[group, use] = charge(self._tariff, group, use).total
        return self._known[group, use]


def _old_bill(
    connection: UUID, owner: UUID, group: str, month: date, before: int, use: int, total: int
) -> dict[str, Any]:
    """A bill as the system before Balai told it: paid, except by one of forty."""
    due = months.shift(month, 1) + timedelta(days=19)
    number = f"{month:%y%m}{connection.hex[-8:]}"
    return {
        "id": new_id(), "connection_id": connection, "month": month, "customer_id": owner, "group_key": group,
        "previous": before, "stand": before + use, "use_m3": use, "total": total, "due_on": due,
        "external": {"number": number, "status": "", "lines": [{"text": "Air", "amount": total}]},
        "paid_on": None if connection.int % 40 == 0 else due - timedelta(days=connection.int % 12),
    }  # fmt: skip


def _bill(session: TenantSession, month: date) -> None:
    run = bills.start(session, month, months.today() + timedelta(days=12), member_id=None)
    while bills.step(session, run.id):
        pass


def _begin(
    session: TenantSession,
    month: date,
    made: Sequence[town.House],
    ids: dict[str, UUID],
    stands: dict[str, int],
    told: dict[str, list[int]],
) -> None:
    """This month is being read: three of five are done, some of them odd enough for somebody to look."""
    readings.open_period(session, month)
    readings.move(session, month, "reading")
    entries = []
    for n, house in enumerate(made):
        number = house.line.values["nomor"]
        use = told[number][-1] * (6 if n % 400 == 0 else 0 if n % 333 == 0 else 1)
        if n % 5 < 3:  # noqa: PLR2004 - three of five
            entries.append(_entry(ids[number], month, stands[number] + use, now()))
    readings.record(session, entries)


def _around(session: TenantSession, zones: Sequence[UUID], year: int) -> None:
    """What the network, the laboratory and the control room would have written down."""
    this = months.this_month()
    span = [months.shift(this, -back) for back in range(year, 0, -1)]
    used = losses.used_by_zone(session, span[0], span[-1])
    entries = [
        losses.Entry(
            zone, month,
            {
                "input_litres": round(used[zone, month].billed * (1.28 + 0.05 * n)), "input_metered": True,
                "hours_per_day": 24 - 2 * n if n < 5 else 14.5, "source": "Meter induk",  # noqa: PLR2004 - the driest zone
            },
        )
        for n, zone in enumerate(zones)
        for month in span
        if (zone, month) in used
    ]  # fmt: skip
    losses.save(session, entries, by=None)
    for n, zone in enumerate(zones):
        for back, turbidity in ((80, "0.9"), (20, "4.1" if n == len(zones) - 1 else "1.2")):
            results = {"ph": "7.1", "turbidity": turbidity, "tds": "212", "chlorine": "0.3", "ecoli": "0"}
            found = {key: Result(Decimal(value)) for key, value in results.items()}
            day = months.today() - timedelta(days=back)
            quality.add(session, quality.Sheet(zone, day, "Keran balai desa", "Labkesda contoh", found), by=None)
    begins = now() + timedelta(hours=20)
    plan = Plan(
        "planned", "repair", begins, begins + timedelta(hours=6), Selection(zones=(str(zones[0]),)),
        text="Penggantian katup di Jalan Bantul. Tampung air secukupnya.",
    )  # fmt: skip
    outages.announce(session, outages.prepare(session, plan, member=None).id)
