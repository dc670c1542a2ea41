"""`/kelola/petugas`: the region's people. The acts themselves are `auth.members`; here is what the pages need around them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from balai.auth import members, signed_in
from balai.cases.models import Unit, UnitMember
from balai.contracts import Role
from balai.db import TenantSession
from balai.tenancy import Tenant
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l

# What a role means, in the words of the staff page; plugins' roles carry their own label.
EXPLAINED: dict[str, Any] = {
    "admin": _l("Mengatur daerah ini: petugas, unit, layanan, tampilan. Tidak otomatis melihat nomor HP warga."),
    "officer": _l("Membaca, menjawab, dan menyelesaikan laporan di unitnya."),
    "leader": _l("Melihat hasil, menerbitkan layanan, dan memutuskan dari bukti."),
    "auditor": _l("Membaca catatan kegiatan saja."),
    "helper": _l("Menuliskan laporan untuk warga yang datang. Tidak melihat isi laporan lain."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One person in the list; email is masked, units are names."""

    id: UUID
    name: str
    email: str
    roles: tuple[str, ...]
    units: tuple[str, ...]
    joined: bool
    mailed: bool
    me: bool


def lines(session: TenantSession, labels: dict[str, str]) -> list[Line]:
    """Active members by name."""
    me = signed_in().sub
    units = _units_by_member(session)
    return [
        Line(
            id=m.id,
            name=m.name,
            email=members.masked_email(session, m),
            roles=tuple(labels.get(role, role) for role in m.roles),
            units=tuple(units.get(m.id, ())),
            joined=m.joined_at is not None,
            mailed=m.mailed_at is not None,
            me=m.sub == me,
        )
        for m in members.list_members(session)
    ]


def choices(tenant: Tenant) -> list[tuple[str, str, Any]]:
    """Roles for a form: key, label, explanation."""
    return [(role.key, _(role.label), EXPLAINED.get(role.key, "")) for role in members.roles_offered(tenant)]


def labels(roles: Iterable[Role]) -> dict[str, str]:
    """Role key -> label."""
    return {role.key: _(role.label) for role in roles}


def _units_by_member(session: TenantSession) -> dict[UUID, list[str]]:
    query = (
        select(UnitMember.member_id, Unit.name)
        .join(Unit, (Unit.tenant_id == UnitMember.tenant_id) & (Unit.id == UnitMember.unit_id))
        .where(UnitMember.tenant_id == session.tenant_id, Unit.active)
        .order_by(Unit.name)
    )
    found: dict[UUID, list[str]] = {}
    for row in session.execute(query):
        found.setdefault(row.member_id, []).append(row.name)
    return found
