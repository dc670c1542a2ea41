"""Bills of a system that the utility already has: a table every night, taken over whole, shown and never changed here.

Taken in at /kelola/water/impor/tagihan like every other table, or sent by that system to the API. The same table again changes
nothing; a bill that was made here is never touched.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai.api import TenantSession, gettext, lazy_gettext, new_id, now, record_audit
from balai_water.bills import queries
from balai_water.bills.models import Bill
from balai_water.bills.settings import setting
from balai_water.months import shift, this_month, today
from balai_water.quiet import no_collecting
from balai_water.readings.models import Period
from balai_water.register import queries as register
from balai_water.register.models import Connection
from balai_water.register.services import By
from balai_water.register.tables import Kind, offer
from balai_water.sheets import Codes, Column, Reading, Row

STATUS: Final = (("lunas", lazy_gettext("lunas")), ("belum", lazy_gettext("belum dibayar")))
# Parts of a bill as they are called on it; they need not be told.
PARTS: Final = {
    "air": "Air",
    "beban": "Beban tetap",
    "denda": "Denda terlambat",
    "meterai": "Bea meterai",
    "lain": "Lain-lain",
}
COLUMNS: Final = (
    Column("nomor", lazy_gettext("Nomor sambungan"), "code", most=30, also=("no sambungan", "nosamb", "no pelanggan")),
    Column("bulan", lazy_gettext("Bulan"), "month", also=("periode",)),
    Column("pemakaian", lazy_gettext("Pemakaian m3"), "number", greatest=1_000_000, also=("m3", "kubikasi")),
    Column("jumlah", lazy_gettext("Jumlah tagihan"), "money", greatest=10**12, also=("total", "tagihan")),
    Column("jatuh_tempo", lazy_gettext("Bayar paling lambat"), "day", required=False, also=("jatuh tempo", "tgl jatuh tempo")),
    Column("status", lazy_gettext("Status bayar"), "choice", required=False, options=STATUS),
    Column("dibayar", lazy_gettext("Tanggal dibayar"), "day", required=False, also=("tgl bayar", "tanggal bayar")),
    Column("nomor_tagihan", lazy_gettext("Nomor tagihan"), "code", required=False, most=40, also=("no rekening", "no tagihan")),
    Column("stand_lalu", lazy_gettext("Angka meter bulan lalu"), "number", required=False, greatest=10**9),
    Column("stand_kini", lazy_gettext("Angka meter sekarang"), "number", required=False, greatest=10**9),
    *(Column(key, label, "money", required=False, greatest=10**12) for key, label in PARTS.items()),
)  # fmt: skip


def _judge(session: TenantSession, reading: Reading) -> None:
    with no_collecting():
        reading.look_up("nomor", Codes(register.numbers(session)), "connection_id")
        own = _own(session, {row.values["bulan"] for row in reading.rows})
        latest, day = this_month(), today()
        # Where Balai bills, a line for a month that is read here would keep that month's bill from ever being made.
        here = set(session.scalars(select(Period.month))) if setting(session).mode == "own" else set()

        def judge(values: dict[str, Any]) -> Iterable[tuple[str, str]]:
            faults = []
            if values["bulan"] > latest:
                faults.append(("bulan", gettext("Bulan ini belum tiba.")))
            if values["bulan"] in here:
                faults.append(("bulan", gettext("Bulan ini dibaca dan ditagih di Balai, bukan di sistem lain.")))
            elif (values["connection_id"], values["bulan"]) in own:
                faults.append(("nomor", gettext("Bulan ini sudah ditagih di Balai.")))
            if values["dibayar"] and values["dibayar"] > day:
                faults.append(("dibayar", gettext("Tanggal ini belum tiba.")))
            if values["dibayar"] and values["status"] == "belum":
                faults.append(("status", gettext("Ada tanggal bayar, padahal statusnya belum dibayar.")))
            told = [values[key] for key in PARTS if values[key] is not None]
            if told and sum(told) != values["jumlah"]:
                text = gettext(
                    "Jumlahnya %(total)s, padahal rinciannya %(sum)s.", total=values["jumlah"], sum=sum(told)
                )
                faults.append(("jumlah", text))
            return faults

        reading.check(judge)
        reading.unique("nomor", "bulan")


def _own(session: TenantSession, months: Iterable[Any]) -> set[tuple[Any, Any]]:
    """Connections and months that were billed here."""
    query = select(Bill.connection_id, Bill.month).where(Bill.month.in_(set(months)), Bill.invoice_id.is_not(None))
    return {(row[0], row[1]) for row in session.execute(query)}


def _store(session: TenantSession, rows: list[Row], _by: By) -> dict[str, int]:
    with no_collecting():
        query = select(Connection.id, Connection.customer_id, Connection.group_key)
        taps = {row[0]: row for row in session.execute(query.where(Connection.tenant_id == session.tenant_id))}
        due_day = setting(session).due_day
        made = [_row(row.values, taps[row.values["connection_id"]], due_day) for row in rows]
        changed = queries.take_over(session, made, now()) if made else 0
    return {"changed": changed, "same": len(made) - changed}


def _row(values: Mapping[str, Any], tap: Any, due_day: int) -> dict[str, Any]:
    paid = values["status"] == "lunas" or values["dibayar"] is not None
    lines = [
        {"text": label, "amount": values[key], "unit": "", "unit_price": None, "quantity": 1}
        for key, label in PARTS.items()
        if values[key]
    ]
    external: dict[str, Any] = {"number": values["nomor_tagihan"], "lines": lines}
    if paid and values["dibayar"] is None:
        external["undated"] = True
    return {
        "id": new_id(), "connection_id": tap[0], "month": values["bulan"], "customer_id": tap[1], "group_key": tap[2],
        "previous": values["stand_lalu"], "stand": values["stand_kini"], "use_m3": values["pemakaian"],
        "total": values["jumlah"], "due_on": values["jatuh_tempo"] or shift(values["bulan"], 1).replace(day=due_day),
        "external": external, "paid_on": (values["dibayar"] or today()) if paid else None,
    }  # fmt: skip


def take(
    session: TenantSession, data: bytes, *, only_good: bool, member_id: UUID | None = None
) -> tuple[Reading, dict[str, int]]:
    """A table from whoever sends it every night: (what was read, {changed, same, left_out}). Invalid when a line is wrong and
    nobody agreed to leave it out; TooLarge.
    """
    reading = KIND.read(session, data)
    if not only_good:
        reading.refuse()
    done = dict(KIND.store(session, reading.rows, By(member_id))) | {"left_out": reading.bad_lines}
    record_audit(session, "water.table_imported", subject_kind="water_bill",
                 data={"kind": KIND.key, "rows": len(reading.rows), "bad": reading.bad_lines})  # fmt: skip
    return reading, done


KIND: Final = offer(
    Kind(
        "tagihan", lazy_gettext("Tagihan dari sistem lain"),
        lazy_gettext("Satu baris satu tagihan, dengan status bayarnya. Tabel yang sama boleh dikirim setiap malam."),
        "water.bill", COLUMNS, _judge, _store, "/kelola/water/tagihan",
    )
)  # fmt: skip
