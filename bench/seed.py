"""Fills a database of its own with regions of 2,000 cases each, by COPY: 552 regions take about two minutes."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import uuid_utils
from flask import Flask
from psycopg.types.json import Jsonb

from balai import cases, keys
from balai.auth import Member
from balai.cases import catalogue, codes
from balai.contracts import PluginState
from balai.db import TenantSession, migrate
from balai.devstack.postgres import PgInfo
from balai.places import Area, kemendagri
from balai.plugins import installed_histories
from balai.tenancy import Tenant, TenantProfile, queries, registry_scope, tenant_scope

SERVICE = "feedback.pengaduan"
WORDS = [
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
    """One seeded region: where it is, a district of it, its officer's account, some codes to ask for."""

    id: int
    slug: str
    key: uuid.UUID
    district: str
    officer: str
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
    """Adds regions to one database. Cases are written by the superuser: COPY doesn't work under row-level security."""

    def __init__(self, info: PgInfo, cases: int, app: Flask) -> None:
        self._info = info
        self._cases = cases
        self._app = app
        self.towns: list[Town] = []
        with psycopg.connect(info.url("postgres")) as connection:
            # Regencies and cities first. The six parts of DKI count here, so that the figure is the issue's.
            rows = connection.execute("SELECT code, name FROM registry.region ORDER BY parent_code IS NULL, code")
            self._regions = rows.fetchall()

    def grow(self, count: int) -> list[Town]:
        """Have `count` regions, at most 552."""
        with psycopg.connect(self._info.url("postgres")) as connection:
            while len(self.towns) < count:
                self.towns.append(self._add(connection, len(self.towns)))
                connection.commit()
        with psycopg.connect(self._info.url("postgres"), autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")
        return self.towns[:count]

    def _add(self, connection: psycopg.Connection, number: int) -> Town:
        code, name = self._regions[number]
        with self._app.app_context():
            with registry_scope() as session:
                tenant = queries.create_tenant(
                    session, key=uuid.uuid4(), slug=f"bench-{number}", kind="region", region_code=code, name=name,
                    timezone="Asia/Jakarta",
                )  # fmt: skip
                queries.set_status(session, tenant.id, "active")
            district = f"{code}.01" if "." in code else f"{code}.01.01"
            with tenant_scope(tenant) as session:
                officer, unit, version = self._furnish(session, tenant, code, district)
        codes_known = self._copy_cases(connection, tenant.id, code, district, unit, version)
        return Town(tenant.id, tenant.slug, tenant.key, district, officer, codes_known)

    def _furnish(self, session: TenantSession, tenant: Tenant, code: str, district: str) -> tuple[str, uuid.UUID, int]:
        """Keys, profile, a district, an officer at the head of the admin unit, feedback on; its rules are kept (version)."""
        keys.create_tenant_keys(session)
        session.add(TenantProfile(display_name=tenant.name, phone="(022) 123-4567"))
        session.add(Area(code=district, name="Kecamatan Bench", kind="kecamatan", parent_code=code))
        officer = Member(sub=str(uuid.uuid4()), name="Petugas Bench", roles=["officer"])
        session.add(officer)
        session.flush()
        queries.switch_plugin(session, tenant.id, "feedback", PluginState.ON)
        unit = cases.adopt_admin(session, officer.id)
        service = catalogue.registered()[SERVICE]
        return officer.sub, unit.id, catalogue.current_version(session, service)

    def _copy_cases(
        self, connection: psycopg.Connection, tenant: int, code: str, district: str, unit: uuid.UUID, version: int
    ) -> list[str]:
        dice = random.Random(tenant)  # noqa: S311 - data
        rows = list(_cases(dice, tenant, code, district, unit, self._cases, version))
        _copy(connection, "cases", rows)
        _copy(connection, "case_event", [event for row in rows for event in _events(row)])
        return [str(row["code"]) for row in rows[:: max(1, len(rows) // 50)]]


def new_id() -> uuid.UUID:
    return uuid.UUID(int=uuid_utils.uuid7().int)


def _cases(
    dice: random.Random, tenant: int, code: str, district: str, unit: uuid.UUID, count: int, version: int
) -> Iterator[dict[str, object]]:
    start = datetime.now(UTC) - timedelta(days=400)
    for n in range(count):
        filed = start + timedelta(days=399 * n / count, seconds=dice.randrange(600))
        closed = filed + timedelta(days=dice.randrange(1, 20)) if n % 10 < 7 else None
        state = "selesai" if closed else ("dikerjakan" if n % 2 else "diterima")
        words = " ".join(dice.choices(WORDS, k=30)).capitalize()
        yield {
            "tenant_id": tenant, "id": new_id(), "code": codes.new_code(code), "service_id": SERVICE,
            "service_version": version,
            "state": state, "waits_for": "staff", "outcome": "done" if closed else None, "seq": 2, "unit_id": unit,
            "region": district, "latitude": -6.9 + dice.random() / 10, "longitude": 107.6 + dice.random() / 10, "landmark": "",
            "channel": dice.choice(("web", "web", "api", "counter")), "assisted": False, "is_test": False,
            "anonymity": "named", "visibility": "private" if n % 5 == 0 else "public",
            "pseudonym": f"{dice.getrandbits(128):032x}", "language": "id",
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
    if not rows:
        return
    columns = list(rows[0])
    with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row[column] for column in columns])
