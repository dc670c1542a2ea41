"""A region opens on Balai: one idempotent call.

Each step may have been done before; a failure halfway leaves the region in status `onboarding`, and the same call again goes on
from there. Runs in the command line and in the worker, never in a web worker (it imports the Keycloak admin library and the
full list of villages).
"""

import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from balai import audit, auth, keys, plugins
from balai.auth import members
from balai.auth.permissions import CORE_ROLES
from balai.auth.provisioning import Provisioner
from balai.cases import units
from balai.contracts import PluginState
from balai.db import TenantSession, database
from balai.errors import Conflict, Invalid
from balai.places import Region, kemendagri, region
from balai.settings import Settings
from balai.tenancy import Tenant, TenantProfile, queries, registry_scope, tenant_scope
from balai.web.i18n import gettext as _

Say = Callable[[str], None]
_PREFIX = {"kota": "kota", "kabupaten": "kab", "provinsi": "prov"}
_LONGEST_SLUG = 40


@dataclass(frozen=True, slots=True)
class Onboarded:
    """What came of it. password: shown once, when no mail server is set; warning: what the operator should look at."""

    tenant: Tenant
    host: str
    admin_email: str
    password: str | None = None
    mailed: bool = False
    warning: str = ""
    steps: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: a region of the list, or (without region_code) the operator or a ministry by name.

    plugins: switched on at once.
    """

    admin_email: str
    admin_name: str
    region_code: str | None = None
    kind: Literal["region", "operator", "ministry"] = "region"
    name: str = ""
    slug: str = ""
    plugins: tuple[str, ...] = ()


def default_slug(name: str, kind: str) -> str:
    """`Kota Bandung` -> `kota-bandung`: kind in front, because a city and a regency often share a name."""
    plain = re.sub(r"[^a-z0-9]+", "-", kemendagri.search_name(name)).strip("-")
    return f"{_PREFIX.get(kind, kind)}-{plain}"[:_LONGEST_SLUG].rstrip("-")


def onboard(settings: Settings, wish: Wish, say: Say = lambda _text: None) -> Onboarded:
    """Open a region, or finish opening it. Raises Invalid (unknown code, part of DKI), Conflict (slug or region taken)."""
    tenant = _register(wish)
    steps = []

    def step(text: str) -> None:
        steps.append(text)
        say(text)

    step(f"terdaftar: {tenant.slug}")
    with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
        _furnish(session, tenant)
    step("kunci, profil, kecamatan dan desa siap")
    own_roles = [key for key, role in auth.catalogue().roles.items() if role not in CORE_ROLES]
    Provisioner(settings, database()).onboard(tenant, own_roles)
    step("akun dan alamat masuk siap")
    invited = _invite_admin(tenant, wish)
    step(f"admin diundang: {wish.admin_email}")
    with registry_scope() as session:
        queries.set_status(session, tenant.id, "active", "done")
    _switch_on(tenant, wish.plugins)
    step("daerah dibuka")
    return Onboarded(
        tenant=tenant,
        host=settings.tenant_host(tenant.slug) if tenant.kind == "region" else settings.domain,
        admin_email=wish.admin_email,
        password=invited.password,
        mailed=invited.member.mailed_at is not None,
        warning=invited.warning or "",
        steps=steps,
    )


def _register(wish: Wish) -> Tenant:
    with registry_scope() as session:
        entry = _entry(session, wish)
        if entry is not None:
            known = queries.tenant_by_region(session, entry.code)
            if known is not None:
                if wish.slug and wish.slug != known.slug:
                    raise Conflict(_("%(name)s sudah terdaftar sebagai %(slug)s.", name=entry.name, slug=known.slug))
                return known
        name = entry.name if entry else wish.name
        slug = wish.slug or default_slug(name, entry.kind if entry else wish.kind)
        try:
            return queries.create_tenant(
                session,
                key=uuid.uuid4(),
                slug=slug,
                kind=wish.kind,
                region_code=entry.code if entry else None,
                name=name,
                timezone=kemendagri.timezone_of(entry.code) if entry else "Asia/Jakarta",
            )
        except IntegrityError:
            raise Conflict(
                _("Nama alamat %(slug)s sudah dipakai atau dicadangkan. Pilih nama lain.", slug=repr(slug))
            ) from None


def _entry(session: TenantSession, wish: Wish) -> Region | None:
    if wish.kind != "region":
        return None
    entry = region(session, wish.region_code or "")
    if entry is None:
        raise Invalid.field(
            "region_code",
            _("Kode wilayah %(region_code)s tidak ada di daftar Kemendagri.", region_code=repr(wish.region_code)),
        )
    if not entry.autonomous:
        raise Invalid.field(
            "region_code",
            _(
                "%(name)s adalah bagian dari %(parent_name)s; buka provinsinya.",
                name=entry.name,
                parent_name=entry.parent_name,
            ),
        )
    return entry


def _furnish(session: TenantSession, tenant: Tenant) -> None:
    keys.create_tenant_keys(session)
    if session.scalars(select(TenantProfile)).one_or_none() is None:
        session.add(TenantProfile(display_name=tenant.name))
        audit.record(session, "tenant.opened", subject_kind="tenant", subject_id=str(tenant.key))
    kemendagri.load_areas(session, tenant)


def _invite_admin(tenant: Tenant, wish: Wish) -> members.Invited:
    with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
        known = next((m for m in members.list_members(session) if "admin" in m.roles), None)
        invited = (
            members.Invited(known)
            if known
            else members.invite_member(session, wish.admin_email, wish.admin_name, {"admin"})
        )
        units.adopt_admin(session, invited.member.id)
        return invited


def _switch_on(tenant: Tenant, names: Iterable[str]) -> None:
    for name in names:
        with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
            plugins.switch(session, tenant, name, PluginState.ON, reason="Dinyalakan saat daerah dibuka.")


def set_active(settings: Settings, tenant: Tenant, *, active: bool, reason: str) -> None:
    """Stop a region or let it serve again: its pages, its sign-in, its API. Its data stays. Raises Invalid without a reason."""
    if not reason.strip():
        raise Invalid.field("reason", _("Tuliskan alasannya."))
    Provisioner(settings, database()).directory.set_enabled(tenant, enabled=active)
    with registry_scope() as session:
        queries.set_status(session, tenant.id, "active" if active else "suspended")
    with tenant_scope(tenant) as session:
        action = "tenant.resumed" if active else "tenant.suspended"
        audit.record(
            session, action, subject_kind="tenant", subject_id=str(tenant.key), data={"reason": reason.strip()}
        )
