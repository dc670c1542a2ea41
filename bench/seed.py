"""Fills a database of its own with regions of 2,000 cases each, by COPY: 552 regions take about two minutes."""

import random
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import uuid_utils
from psycopg.types.json import Jsonb

from balai.cases import codes
from balai.db import Database, migrate
from balai.devstack.postgres import PgInfo
from balai.keys import create_tenant_keys
from balai.places import kemendagri
from balai.plugins import installed_histories

SERVICE = "feedback.pengaduan"
_WORDS = [
    "jalan",
    "berlubang",
    "lampu",
    "padam",
    "sampah",
    "menumpuk",
    "saluran",
    "mampet",
    "air",
    "keruh",
    "pohon",
    "tumbang",
    "bising",
    "malam",
    "antre",
    "lama",
    "loket",
    "tutup",
    "warga",
    "kampung",
    "sejak",
    "minggu",
    "lalu",
    "belum",
    "ada",
    "petugas",
    "datang",
    "mohon",
    "segera",
    "diperbaiki",
    "karena",
    "berbahaya",
    "bagi",
    "anak",
    "sekolah",
]


@dataclass(frozen=True)
class Town:
    """One seeded region: where it is, a district of it, some codes to ask for."""

    id: int
    slug: str
    key: uuid.UUID
    district: str
    codes: list[str]

    @property
    def alias(self) -> str:
        return f"t-{self.key}"


def migrated(server: PgInfo, name: str) -> PgInfo:
    """A fresh database with every table and the list of regions."""
    info = server.create_database(name, replace=True)
    engine = migrate.owner_engine(info.owner_url)
    try:
        migrate.upgrade(engine, [migrate.History.core(), *installed_histories()])
        with engine.begin() as connection:
            kemendagri.load_regions(connection)
    finally:
        engine.dispose()
    return info


class Seeder:
    """Adds regions to one database. Rows are written by the superuser: COPY doesn't work under row-level security."""

    def __init__(self, info: PgInfo, cases: int, kek_database: Database) -> None:
        self._info = info
        self._cases = cases
        self._database = kek_database
        self.towns: list[Town] = []
        with psycopg.connect(info.url("postgres")) as connection:
            rows = connection.execute(
                "SELECT code, name FROM registry.region WHERE parent_code IS NOT NULL ORDER BY code"
            )
            autonomous = list(rows)
            rows = connection.execute("SELECT code, name FROM registry.region WHERE parent_code IS NULL ORDER BY code")
            self._regions = [*autonomous, *rows]

    def grow(self, count: int) -> list[Town]:
        """Have `count` regions (at most 552: the six parts of DKI count here, so that the figure is the issue's)."""
        with psycopg.connect(self._info.url("postgres")) as connection:
            while len(self.towns) < count:
                self.towns.append(self._add(connection, len(self.towns)))
                connection.commit()
        with psycopg.connect(self._info.url("postgres"), autocommit=True) as connection:
            for table in ("cases", "case_event", "unit", "member", "service_version"):
                connection.execute(f"VACUUM (ANALYZE) {table}")
            connection.execute("CHECKPOINT")
        return self.towns[:count]

    def _add(self, connection: psycopg.Connection, number: int) -> Town:
        code, name = self._regions[number]
        key, slug = uuid.uuid4(), f"bench-{number}"
        found = connection.execute(
            "SELECT id FROM registry.create_tenant(%s, %s, 'region', %s, %s, 'Asia/Jakarta')", (key, slug, code, name)
        ).fetchone()
        assert found
        tenant = found[0]
        connection.execute("UPDATE registry.tenant SET status = 'active' WHERE id = %s", (tenant,))
        connection.execute(
            "INSERT INTO registry.tenant_plugin (tenant_id, plugin, state) VALUES (%s, 'feedback', 'on')", (tenant,)
        )
        connection.commit()
        district = f"{code}.01" if "." in code else f"{code}.01.01"
        unit = self._furnish(connection, tenant, code, district)
        return Town(tenant, slug, key, district, self._copy_cases(connection, tenant, code, district, unit))

    def _furnish(self, connection: psycopg.Connection, tenant: int, code: str, district: str) -> uuid.UUID:
        session = self._database.session(tenant)
        create_tenant_keys(session)
        session.commit()
        session.close()
        now, unit, member = datetime.now(UTC), new_id(), new_id()
        connection.execute(
            "INSERT INTO area (tenant_id, id, code, name, kind, parent_code, active)"
            " VALUES (%s, %s, %s, 'Kecamatan Bench', 'kecamatan', %s, true)",
            (tenant, new_id(), district, code),
        )
        connection.execute(
            "INSERT INTO member (tenant_id, id, sub, name, roles, active, own_account, joined_at, roles_changed_at)"
            " VALUES (%s, %s, %s, 'Petugas Bench', %s, true, false, %s, %s)",
            (tenant, member, str(uuid.uuid4()), Jsonb(["admin", "officer"]), now, now),
        )
        connection.execute(
            "INSERT INTO unit (tenant_id, id, name, head_id, phone, is_admin, active, created_at)"
            " VALUES (%s, %s, 'Unit Bench', %s, '(022) 123-4567', true, true, %s)",
            (tenant, unit, member, now),
        )
        connection.execute(
            "INSERT INTO unit_member (tenant_id, id, unit_id, member_id, since) VALUES (%s, %s, %s, %s, %s)",
            (tenant, new_id(), unit, member, now),
        )
        self._keep_version(tenant)
        return unit

    def _keep_version(self, tenant: int) -> None:
        from balai.cases import queries
        from balai.cases.documents import dump
        from balai.plugins import load

        (service,) = [s for _p, s in load().brought("services") if s.id == SERVICE]
        session = self._database.session(tenant)
        queries.keep_version(session, service.id, service.version, "bench", dump(service), datetime.now(UTC))
        session.commit()
        session.close()

    def _copy_cases(
        self, connection: psycopg.Connection, tenant: int, code: str, district: str, unit: uuid.UUID
    ) -> list[str]:
        cases = list(_cases(random.Random(tenant), tenant, code, district, unit, self._cases))  # noqa: S311 - data
        _copy(connection, "cases", cases)
        _copy(connection, "case_event", [event for case in cases for event in _events(case)])
        return [str(case["code"]) for case in cases[:: max(1, len(cases) // 50)]]


def new_id() -> uuid.UUID:
    return uuid.UUID(int=uuid_utils.uuid7().int)


def _cases(
    dice: random.Random, tenant: int, code: str, district: str, unit: uuid.UUID, count: int
) -> Iterator[dict[str, object]]:
    start = datetime.now(UTC) - timedelta(days=400)
    for n in range(count):
        filed = start + timedelta(days=399 * n / count, seconds=dice.randrange(600))
        closed = filed + timedelta(days=dice.randrange(1, 20)) if n % 10 < 7 else None
        state = "selesai" if closed else ("dikerjakan" if n % 2 else "diterima")
        words = " ".join(dice.choices(_WORDS, k=30)).capitalize()
        yield {
            "tenant_id": tenant, "id": new_id(), "code": codes.new_code(code), "service_id": SERVICE, "service_version": 1,
            "state": state, "waits_for": "staff", "outcome": "done" if closed else None, "seq": 2, "unit_id": unit,
            "region": district, "latitude": -6.9 + dice.random() / 10, "longitude": 107.6 + dice.random() / 10, "landmark": "",
            "channel": dice.choice(("web", "web", "api", "counter")), "assisted": False, "is_test": False,
            "anonymity": "named", "visibility": "private", "pseudonym": f"{dice.getrandbits(128):032x}", "language": "id",
            "summary": words[:120], "data": Jsonb({"bidang": "jalan", "uraian": words}), "filed_at": filed,
            "changed_at": closed or filed, "state_since": closed or filed,
            "due_at": None if closed else filed + timedelta(days=5), "timers_done": 0, "closed_at": closed, "reopened": 0,
            "rating": dice.choice((None, 3, 4, 5)) if closed else None,
        }  # fmt: skip


def _events(case: dict[str, object]) -> Iterator[dict[str, object]]:
    shared = {"tenant_id": case["tenant_id"], "case_id": case["id"], "unit": case["unit_id"], "public": True}
    yield {
        **shared, "id": new_id(), "seq": 1, "kind": "filed", "at": case["filed_at"], "actor_kind": "citizen",
        "from_state": None, "to_state": "diterima", "data": Jsonb({}),
    }  # fmt: skip
    yield {
        **shared, "id": new_id(), "seq": 2, "kind": "moved", "at": case["changed_at"], "actor_kind": "staff",
        "from_state": "diterima", "to_state": case["state"], "data": Jsonb({"transition": "teruskan"}),
    }  # fmt: skip


def _copy(connection: psycopg.Connection, table: str, rows: list[dict[str, object]]) -> None:
    columns = list(rows[0])
    with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row[column] for column in columns])


def timed(what: str, since: float) -> None:
    """Say how long a step took."""
    print(f"  {what}: {time.monotonic() - since:.1f} s", flush=True)
