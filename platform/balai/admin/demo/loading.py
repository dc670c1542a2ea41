"""Loads the demo: opens each region through onboarding, then lets its people work with the real services.

Run again it completes what is missing and doubles nothing. Accounts and their random passwords go to a file that only its owner
reads (decision 41).
"""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, select

from balai import audit, auth
from balai.admin.demo import emblem, stories
from balai.admin.onboarding import Wish, onboard
from balai.auth.models import Member
from balai.cases import Case, filing, people, units
from balai.contracts import PluginState
from balai.db import TenantSession
from balai.errors import Forbidden
from balai.plugins import switch
from balai.settings import Settings
from balai.tenancy import Tenant, TenantProfile, tenant_scope
from balai.web.crest import save_crest

Say = Callable[[str], None]
_ROLE_WORDS = {"admin": "admin", "leader": "pimpinan", "officer": "petugas", "auditor": "pemeriksa"}


def load(settings: Settings, say: Say = lambda _text: None) -> list[dict[str, str]]:
    """Open and furnish the demo regions; answers the accounts. Raises Forbidden outside demo mode."""
    if not settings.demo:
        raise Forbidden("Data contoh hanya untuk percobaan: nyalakan BALAI_DEMO, jangan di server sungguhan.")
    passwords = _Passwords(Path(settings.demo_accounts) if settings.demo_accounts else None)
    accounts: list[dict[str, str]] = []
    for entry in sorted(resources.files("balai.admin.demo").joinpath("regions").iterdir(), key=lambda p: p.name):
        if entry.name.endswith(".yaml"):
            region = yaml.safe_load(entry.read_text(encoding="utf-8"))
            accounts += _load_region(settings, region, passwords, say)
    accounts += _load_operator(settings, passwords, say)
    passwords.write(accounts)
    return accounts


class _Passwords:
    """Random passwords, kept from one load to the next."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        known = json.loads(path.read_text())["accounts"] if path and path.exists() else []
        self._known = {account["username"]: account["password"] for account in known}

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
    made = onboard(
        settings,
        Wish(
            region_code=region["code"],
            slug=region["slug"],
            admin_email=_email(first, region),
            admin_name=first["name"],
            mail=False,
        ),
    )
    tenant = made.tenant
    say(f"{tenant.name}: daerah dibuka")
    accounts = []
    members: dict[str, Member] = {}
    for someone in region["people"]:
        email = _email(someone, region)
        with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
            members[someone["key"]] = auth.members.ensure_member(
                session,
                tenant,
                email=email,
                name=someone["name"],
                roles=set(someone["roles"]),
                password=passwords.of(email),
            )
        accounts.append(
            {
                "where": tenant.name,
                "role": _ROLE_WORDS[someone["roles"][0]],
                "url": settings.public_url(settings.tenant_host(tenant.slug), "/kelola"),
                "username": email,
                "password": passwords.of(email),
            }
        )
    with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
        _furnish(session, tenant, region, members)
    with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
        count = _tell_stories(session, tenant, region, members)
    say(f"{tenant.name}: {count} laporan contoh")
    return accounts


def _load_operator(settings: Settings, passwords: _Passwords, say: Say) -> list[dict[str, str]]:
    email = "pengelola@balai.contoh.id"
    made = onboard(
        settings,
        Wish(
            kind="operator",
            name="Pengelola Balai",
            slug="pengelola",
            admin_email=email,
            admin_name="Ratri Pengelola",
            mail=False,
        ),
    )
    with tenant_scope(made.tenant) as session, audit.acting_as(audit.SYSTEM):
        auth.members.ensure_member(
            session, made.tenant, email=email, name="Ratri Pengelola", roles={"admin"}, password=passwords.of(email)
        )
    say("Pengelola Balai: siap")
    url = settings.public_url(settings.domain, "/kelola")
    return [
        {"where": "semua daerah", "role": "pengelola", "url": url, "username": email, "password": passwords.of(email)}
    ]


def _email(someone: Mapping[str, Any], region: Mapping[str, Any]) -> str:
    return f"{someone['key']}@{region['slug']}.contoh.id"


def _furnish(session: TenantSession, tenant: Tenant, region: Mapping[str, Any], members: Mapping[str, Member]) -> None:
    profile = session.scalars(select(TenantProfile)).one()
    for name, value in region["profile"].items():
        setattr(profile, name, value)
    if profile.crest_file is None:
        import io

        initials = "".join(word[0] for word in tenant.name.split()[-2:])
        save_crest(session, io.BytesIO(emblem.draw(initials, profile.primary_color, profile.accent_color)))
    if tenant.plugins.get("feedback") is not PluginState.ON:
        switch(session, tenant, "feedback", PluginState.ON, reason="Dinyalakan untuk percobaan.")
    known = {unit.name: unit for unit in units.all_units(session)}
    made = {}
    for wanted in region["units"]:
        unit = known.get(wanted["name"]) or units.create_unit(session, name=wanted["name"], phone=wanted["phone"])
        for key in (wanted["head"], *wanted["members"]):
            units.add_member(session, unit, members[key].id)
        units.set_head(session, unit, members[wanted["head"]].id)
        made[wanted["key"]] = unit
    for service in ("pengaduan", "usul", "permintaan-informasi"):
        for slot, key in region["slots"].items():
            units.map_slot(session, f"feedback.{service}", slot, made[key].id)


def _tell_stories(
    session: TenantSession, tenant: Tenant, region: Mapping[str, Any], members: Mapping[str, Member]
) -> int:
    if session.scalar(select(func.count()).select_from(Case)):
        return 0
    actor = people.Person(
        "staff",
        member_id=members[region["people"][0]["key"]].id,
        is_admin=True,
        permissions=auth.granted(tenant, frozenset({"admin", "officer"})),
        units=frozenset(unit.id for unit in units.all_units(session)),
    )
    for number, report in enumerate(region["reports"]):
        reporter = (
            filing.Reporter(name="Warga Contoh", phone=f"0812555{number:05d}") if number % 3 else filing.Reporter()
        )
        stories.tell(session, report, actor, reporter)
    return len(region["reports"])
