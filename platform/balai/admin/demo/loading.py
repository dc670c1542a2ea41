"""Loads the demo: opens each region through onboarding, then lets its people work with the real services.

Run again it completes what is missing and doubles nothing. Accounts and their random passwords go to a file that only its owner
reads (decision 41).
"""

import json
import os
import secrets
import uuid
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, select

from balai import audit, clock
from balai.admin.demo import accounts, emblem, money, proof, stories
from balai.admin.onboarding import Wish, onboard
from balai.admin.profile import LOOK_SAVED
from balai.admin.sign_in_look import look_changed
from balai.auth import Member
from balai.cases import Case, filing, people, units
from balai.cases.figures import count_figures
from balai.contracts import PluginState, Service
from balai.db import TenantSession
from balai.errors import Forbidden
from balai.jobs import defer
from balai.plugins import manager, switch
from balai.settings import Settings
from balai.tenancy import Tenant, TenantProfile, queries, registry_scope, tenant_scope
from balai.web.crest import save_crest

Say = Callable[[str], None]
_ROLE_WORDS = {
    "admin": "admin", "leader": "pimpinan", "officer": "petugas", "auditor": "pemeriksa", "treasurer": "bendahara",
    "cashier": "kasir", "water.clerk": "pelanggan air", "water.reader": "pembaca meter", "water.biller": "tagihan air",
    "water.control": "jaringan air",
}  # fmt: skip


def load(settings: Settings, say: Say = lambda _text: None) -> list[dict[str, str]]:
    """Open and furnish the demo regions; answers the accounts. Raises Forbidden outside demo mode."""
    if not settings.demo:
        raise Forbidden("Data contoh hanya untuk percobaan: nyalakan BALAI_DEMO, jangan di server sungguhan.")
    passwords = _Passwords(Path(settings.demo_accounts) if settings.demo_accounts else None)
    rows: list[dict[str, str]] = []
    for entry in sorted(resources.files("balai.admin.demo").joinpath("regions").iterdir(), key=lambda p: p.name):
        if entry.name.endswith(".yaml"):
            region = yaml.safe_load(entry.read_text(encoding="utf-8"))
            rows += _load_region(settings, region, passwords, say)
    rows += _load_operator(settings, passwords, say)
    passwords.write(rows)
    return rows


class _Passwords:
    """Random passwords, kept from one load to the next."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        known = json.loads(path.read_text())["accounts"] if path and path.exists() else []
        self._known: dict[str, str] = {account["username"]: account["password"] for account in known}

    def of(self, username: str) -> str:
        return self._known.setdefault(username, f"balai-{secrets.token_hex(5)}")

    def write(self, accounts: list[dict[str, str]]) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump({"accounts": accounts}, file, ensure_ascii=False, indent=1)


def _load_region(
    settings: Settings, region: Mapping[str, Any], passwords: _Passwords, say: Say
) -> list[dict[str, str]]:
    first = region["people"][0]
    wish = Wish(
        region_code=region["code"], slug=region["slug"], admin_email=_email(first, region), admin_name=first["name"]
    )
    tenant = _open(settings, wish, passwords)
    say(f"{tenant.name}: daerah dibuka")
    tenant = _switch_on(tenant, region.get("plugins", ()))
    staff: dict[str, Member] = {}
    rows = []
    for someone in region["people"]:
        email = _email(someone, region)
        accounts.ensure_account(tenant, email=email, name=someone["name"], password=passwords.of(email))
        with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
            staff[someone["key"]] = accounts.ensure_member(
                session, email=email, name=someone["name"], roles=set(someone["roles"])
            )
        url = settings.public_url(settings.tenant_host(tenant.slug), "/kelola")
        rows.append(_account(tenant.name, _ROLE_WORDS[someone["roles"][0]], url, email, passwords))
    with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
        _furnish(session, tenant, region, staff)
    with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
        count = _tell_stories(session, region, staff)
    with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
        count += proof.furnish(session, region["code"])
        # The home page's sentences of proof are counted every six hours: whoever opens the demo must not wait for them.
        count_figures.run(session, tenant)
        money.furnish(session, region.get("bills", ()))
        stories.decide(session, region.get("decision"))
    with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
        _let_plugins_furnish(session, tenant)
    say(f"{tenant.name}: {count} laporan contoh")
    return rows


def _load_operator(settings: Settings, passwords: _Passwords, say: Say) -> list[dict[str, str]]:
    email = "pengelola@balai.contoh.id"
    wish = Wish(
        kind="operator", name="Pengelola Balai", slug="pengelola", admin_email=email, admin_name="Ratri Pengelola"
    )
    _open(settings, wish, passwords)
    say("Pengelola Balai: siap")
    url = settings.public_url(settings.domain, "/kelola")
    return [_account("semua daerah", "pengelola", url, email, passwords)]


def _open(settings: Settings, wish: Wish, passwords: _Passwords) -> Tenant:
    """Open the region with an admin whose account can sign in already: then onboarding sends no mail."""
    from dataclasses import replace

    placeholder = Tenant(
        id=0, key=uuid.uuid4(), slug=wish.slug, kind=wish.kind, region_code=wish.region_code, name=wish.name or wish.slug,
        timezone="Asia/Jakarta", status="onboarding",
    )  # fmt: skip
    accounts.ensure_account(
        placeholder, email=wish.admin_email, name=wish.admin_name, password=passwords.of(wish.admin_email)
    )
    tenant = onboard(settings, wish).tenant
    with registry_scope() as session:
        return queries.tenant_by_id(session, tenant.id) or replace(tenant, status="active")


def _account(where: str, role: str, url: str, email: str, passwords: _Passwords) -> dict[str, str]:
    return {"where": where, "role": role, "url": url, "username": email, "password": passwords.of(email)}


def _email(someone: Mapping[str, Any], region: Mapping[str, Any]) -> str:
    return f"{someone['key']}@{region['slug']}.contoh.id"


def _furnish(session: TenantSession, tenant: Tenant, region: Mapping[str, Any], staff: Mapping[str, Member]) -> None:
    profile = session.scalars(select(TenantProfile)).one()
    for name, value in region["profile"].items():
        setattr(profile, name, value)
    if profile.crest_file is None:
        import io

        initials = "".join(word[0] for word in tenant.name.split()[-2:])
        save_crest(session, io.BytesIO(emblem.draw(initials, profile.primary_color, profile.accent_color)))
    profile.settings = {**profile.settings, LOOK_SAVED: True}
    look_changed(session)
    for member in staff.values():
        member.joined_at = member.joined_at or clock.now()
        session.add(member)
    known = {unit.name: unit for unit in units.all_units(session)}
    made = {}
    for wanted in region["units"]:
        unit = known.get(wanted["name"]) or units.create_unit(session, name=wanted["name"], phone=wanted["phone"])
        for key in (wanted["head"], *wanted["members"]):
            units.add_member(session, unit, staff[key].id)
        units.set_head(session, unit, staff[wanted["head"]].id)
        unit.payment_account = unit.payment_account or wanted.get("account")
        made[wanted["key"]] = unit
    for plugin, taken in {"feedback": region["slots"], **region.get("plugin_slots", {})}.items():
        for service in _services_of(plugin):
            for slot, key in taken.items():
                if slot in {state.slot for state in service.workflow.states}:
                    units.map_slot(session, service.id, slot, made[key].id)


def _services_of(plugin: str) -> list[Service]:
    """What a plugin brings; nothing where its package is absent."""
    found = manager().get(plugin)
    return list(found.brought.services) if found is not None else []


def _switch_on(tenant: Tenant, plugins: Iterable[str]) -> Tenant:
    """The region with feedback and its further plugins on, as far as they are installed; read anew, for the roles they bring."""
    with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
        for name in ("feedback", *plugins):
            if manager().get(name) is not None and tenant.plugins.get(name) is not PluginState.ON:
                switch(session, tenant, name, PluginState.ON, reason="Dinyalakan untuk percobaan.")
    with registry_scope() as session:
        return queries.tenant_by_id(session, tenant.id) or tenant


def _let_plugins_furnish(session: TenantSession, tenant: Tenant) -> None:
    """Queue each plugin's task `<plugin>.furnish_demo`, if it has one: the worker makes its data while people already look."""
    for plugin, task in manager().brought("tasks"):
        wanted = f"{plugin.name}.furnish_demo"
        if task.name == wanted and tenant.plugins.get(plugin.name) is PluginState.ON:
            defer(session, task, queueing_lock=wanted, code=tenant.region_code)


def _tell_stories(session: TenantSession, region: Mapping[str, Any], staff: Mapping[str, Member]) -> int:
    if session.scalar(select(func.count()).select_from(Case)):
        return 0
    actor = people.Person(
        "staff",
        member_id=staff[region["people"][0]["key"]].id,
        is_admin=True,
        permissions=frozenset({"cases.work", "cases.assign"}),
        units=frozenset(unit.id for unit in units.all_units(session)),
    )
    for number, report in enumerate(region["reports"]):
        reporter = (
            filing.Reporter(name="Warga Contoh", phone=f"0812555{number:05d}") if number % 3 else filing.Reporter()
        )
        stories.tell(session, report, actor, reporter)
    return len(region["reports"])
