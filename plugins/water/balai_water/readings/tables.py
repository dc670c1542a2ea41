"""A file of readings: what its lines must be, and how a hundred thousand of them become readings at once."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from balai.api import TenantSession, gettext, lazy_gettext
from balai_water.months import shift, today
from balai_water.quiet import no_collecting
from balai_water.readings import queries
from balai_water.readings.book import Entry, here, meters_of
from balai_water.readings.periods import current_period
from balai_water.readings.recording import record, sheet_id
from balai_water.readings.walking import meter_on
from balai_water.register import queries as register
from balai_water.register.services import By
from balai_water.register.tables import Kind, offer
from balai_water.sheets import Codes, Column, Reading, Row

COLUMNS: Final = (
    Column("nomor", lazy_gettext("Nomor sambungan"), "code", most=30, also=("no sambungan", "nosamb", "no pelanggan")),
    Column("bulan", lazy_gettext("Bulan"), "month", required=False, also=("periode",)),
    Column("stand", lazy_gettext("Angka meter"), "number", greatest=10**9 - 1, also=("stand akhir", "angka meter")),
    Column("tanggal", lazy_gettext("Tanggal baca"), "day", required=False, also=("tgl baca", "tgl")),
    Column("catatan", lazy_gettext("Catatan"), required=False, most=300),
)
_NO_METER: Final = 9


def _judge(session: TenantSession, reading: Reading) -> None:
    states = queries.states(session)
    current = current_period(session)
    day = today()
    reading.look_up("nomor", Codes(register.numbers(session)), "connection_id")
    meters = meters_of(session, {row.values["connection_id"] for row in reading.rows})

    def judge(values: dict[str, Any]) -> Iterable[tuple[str, str]]:
        month = values["bulan"] or (current.month if current else None)
        if month is None:
            return [("bulan", gettext("belum diisi."))]
        values["bulan"], values["meter"] = month, meters.get(values["connection_id"], ())
        read_on = values["tanggal"] = values["tanggal"] or min(day, shift(month, 1) - timedelta(days=1))
        return _faults(values, month, read_on, states.get(month), day)

    reading.check(judge)
    reading.unique("nomor", "bulan")


def _faults(
    values: Mapping[str, Any], month: date, read_on: date, state: str | None, day: date
) -> list[tuple[str, str]]:
    faults = []
    if state is None:
        faults.append(("bulan", gettext("%(month)s belum dibuka untuk pembacaan.", month=f"{month:%m-%Y}")))
    elif state == "closed":
        faults.append(("bulan", gettext("%(month)s sudah ditutup.", month=f"{month:%m-%Y}")))
    if read_on > day:
        faults.append(("tanggal", gettext("Tanggal ini belum tiba.")))
    meter = meter_on(values["meter"], read_on)
    digits = meter.digits if meter else _NO_METER
    if values["stand"] >= 10**digits:
        faults.append(("stand", gettext("Meter ini hanya punya %(digits)s angka.", digits=digits)))
    return faults


def _store(session: TenantSession, rows: list[Row], by: By) -> dict[str, int]:
    with no_collecting():
        meters = {row.values["connection_id"]: row.values["meter"] for row in rows}
        outcome = record(session, list(_entries(rows, by.member_id)), meters=meters)
    return {
        "new": outcome.new,
        "replaced": outcome.replaced,
        "second": outcome.second,
        "known": outcome.known,
        "late": outcome.late,
        "held": outcome.held,
    }


def _entries(rows: Iterable[Row], member_id: UUID | None) -> Iterable[Entry]:
    noons: dict[date, datetime] = {}
    zone = here()
    for row in rows:
        values = row.values
        day, month, stand, connection_id = values["tanggal"], values["bulan"], values["stand"], values["connection_id"]
        at = noons.get(day) or noons.setdefault(day, datetime.combine(day, time(12), zone))
        client_id = sheet_id(connection_id, month, stand, day)
        yield Entry(connection_id, month, stand, "sheet", client_id, at, member_id, None, values["catatan"])


KIND: Final = offer(
    Kind(
        "pembacaan", lazy_gettext("Pembacaan meter"),
        lazy_gettext("Satu baris satu angka meter. Tanpa kolom bulan, semuanya untuk bulan yang sedang dibaca."),
        "water.bill", COLUMNS, _judge, _store, "/kelola/water/pembacaan",
    )
)  # fmt: skip
