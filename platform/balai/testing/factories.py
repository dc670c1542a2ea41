"""Fresh tenants for tests: committed for real, never shared between two tests (decision 11)."""

import itertools
import uuid
from collections.abc import Iterable
from typing import Any

import psycopg
from flask import Flask

from balai.contracts import PluginState
from balai.db import new_id
from balai.keys import create_tenant_keys
from balai.places import Area, kemendagri
from balai.tenancy import Tenant, TenantProfile, queries, registry_scope, tenant_scope

# Province numbers that the Kemendagri list doesn't use: regions that exist only in tests.
_PROVINCES = (
    "20",
    "22",
    "23",
    "24",
    "25",
    "26",
    "27",
    "28",
    "29",
    "37",
    "38",
    "39",
    "40",
    "41",
    "42",
    "43",
    "44",
    "45",
)
_numbers = itertools.count()


class Regions:
    """Makes regions that exist only in this test database, and opens tenants for them."""

    def __init__(self, app: Flask, owner_url: str) -> None:
        self._app = app
        self._owner_url = owner_url
        self._owner: psycopg.Connection[Any] | None = None

    def close(self) -> None:
        """End the owner's connection. A new one for each region would cost as much as the region."""
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def __call__(
        self,
        *,
        name: str | None = None,
        plugins: Iterable[str] = ("feedback",),
        timezone: str = "Asia/Jakarta",
        status: str = "active",
        kind: str = "region",
    ) -> Tenant:
        """A new active tenant with a profile, keys, one district with two villages, and `plugins` switched on."""
        number = next(_numbers)
        code = f"{_PROVINCES[number // 99]}.{number % 99 + 1:02d}"
        slug = f"uji-{code.replace('.', '-')}"
        title = name or f"Kota Uji {code}"
        with self._app.app_context():
            if kind == "region":
                self._add_region(code, title, timezone)
            with registry_scope() as session:
                tenant = queries.create_tenant(
                    session, key=uuid.uuid4(), slug=slug, kind=kind, region_code=code if kind == "region" else None,
                    name=title, timezone=timezone,
                )  # fmt: skip
                queries.set_status(session, tenant.id, status)
            self._furnish(tenant, title, code, plugins)
            with registry_scope() as session:
                found = queries.tenant_by_id(session, tenant.id)
            assert found is not None
            return found

    def _add_region(self, code: str, title: str, timezone: str) -> None:
        province = code[:2]
        if self._owner is None or self._owner.closed:
            self._owner = psycopg.connect(self._owner_url, autocommit=True)
        for values in ((province, f"Provinsi Uji {province}", "provinsi", None), (code, title, "kota", province)):
            self._owner.execute(
                "INSERT INTO registry.region (code, name, kind, parent_code, timezone, search_name, list_version)"
                " VALUES (%s, %s, %s, %s, %s, %s, 'uji') ON CONFLICT DO NOTHING",
                (*values, timezone, kemendagri.search_name(values[1])),
            )

    def _furnish(self, tenant: Tenant, title: str, code: str, plugins: Iterable[str]) -> None:

        with tenant_scope(tenant) as session:
            create_tenant_keys(session)
            session.add(TenantProfile(display_name=title, phone="(022) 123-4567"))
            district = f"{code}.01"
            session.add(Area(id=new_id(), code=district, name="Kecamatan Uji", kind="kecamatan", parent_code=code))
            for n, village in enumerate(("Desa Mekar", "Desa Sari"), start=2001):
                session.add(Area(code=f"{district}.{n}", name=village, kind="desa", parent_code=district))
            for plugin in plugins:
                queries.switch_plugin(session, tenant.id, plugin, PluginState.ON)
