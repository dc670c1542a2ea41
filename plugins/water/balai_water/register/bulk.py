"""A whole register at once: customers, connections, meters and their histories by a few statements, sealed like single ones."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert

from balai.api import TenantSession, blind_index, indexer, new_id, now, sealer
from balai_water.months import today
from balai_water.register.customers import words_of
from balai_water.register.models import Connection, ConnectionEvent, Customer, CustomerWord, Meter
from balai_water.register.services import By
from balai_water.sheets import Row

_PIECE: Final = 5_000


def store_connections(session: TenantSession, rows: list[Row], by: By) -> dict[str, int]:
    """Write good lines of `tables.CONNECTIONS`; answers how many connections and customers came. The caller records the act."""
    writer = _Writer(session, by)
    customers: dict[Any, UUID] = {}
    for piece in _pieces(rows):
        for row in piece:
            values = row.values
            key = values["nik"] or ((values["nama"].casefold(), values["telepon"]) if values["telepon"] else new_id())
            if key not in customers:
                customers[key] = writer.customer(values)
            writer.connection(values, customers[key])
        writer.flush()
    return {"connections": len(rows), "customers": len(customers)}


def _pieces(rows: list[Row]) -> Iterator[list[Row]]:
    for start in range(0, len(rows), _PIECE):
        yield rows[start : start + _PIECE]


class _Writer:
    """Gathers rows by table and writes them in the order of their references."""

    def __init__(self, session: TenantSession, by: By) -> None:
        self._session, self._by = session, by
        self._at, self._today = now(), today()
        self._seal_customer = sealer(session, Customer.__tablename__)
        self._seal_connection = sealer(session, Connection.__tablename__)
        self._word = indexer(session, "water.word")
        self._rows: dict[Any, list[dict[str, Any]]] = {
            model: [] for model in (Customer, CustomerWord, Connection, Meter, ConnectionEvent)
        }

    def _add(self, model: Any, **values: Any) -> UUID:
        made = new_id()
        self._rows[model].append({"tenant_id": self._session.tenant_id, "id": made, **values})
        return made

    def customer(self, values: dict[str, Any]) -> UUID:
        """A customer with the words of the name."""
        made = self._add(Customer, phone_index=None, sub_index=None, created_at=self._at, changed_at=self._at)
        row = self._rows[Customer][-1]
        for part, key in (("name", "nama"), ("phone", "telepon"), ("email", "email"), ("nik", "nik")):
            row[part] = self._seal_customer(values[key], part, made) if values[key] else None
        if values["telepon"]:
            row["phone_index"] = blind_index(self._session, "phone", values["telepon"])
        for word in sorted(words_of(values["nama"])):
            self._add(CustomerWord, customer_id=made, word=self._word(word))
        return made

    def connection(self, values: dict[str, Any], customer_id: UUID) -> UUID:
        """A connection, its meter and the first line of its history."""
        since = values["tanggal_pasang"] or self._today
        made = self._add(
            Connection, number=values["nomor"], customer_id=customer_id, group_key=values["kelompok"], region=values["wilayah"],
            latitude=values["lintang"], longitude=values["bujur"], zone_id=values["zone_id"], route_id=values["route_id"],
            route_order=values["urutan"] or 0, priority=values["prioritas"], card=None, state="active", since=since,
            ended_on=None, created_at=self._at, changed_at=self._at,
        )  # fmt: skip
        self._rows[Connection][-1]["address"] = self._seal_connection(values["alamat"], "address", made)
        if values["meter"]:
            self._add(
                Meter, connection_id=made, serial=values["meter"], digits=values["digit"] or 5,
                initial=values["stand_awal"] or 0, installed_on=since, final=None, removed_on=None,
            )  # fmt: skip
        self._add(
            ConnectionEvent, connection_id=made, at=self._at, kind="registered", from_state=None, to_state="active", reason="",
            case_id=self._by.case_id, member_id=self._by.member_id, data={"group": values["kelompok"]},
        )  # fmt: skip
        return made

    def flush(self) -> None:
        """Write what was gathered."""
        for model, rows in self._rows.items():
            if rows:
                self._session.execute(insert(model), rows)
                rows.clear()
