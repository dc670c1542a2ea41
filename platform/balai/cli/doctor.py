"""`balai doctor`: look at every part, say what is wrong and how to fix it."""

import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

import click
from sqlalchemy.exc import SQLAlchemyError

from balai.cli.context import application
from balai.cli.output import ATTENTION, answer, json_mode, say
from balai.clock import now
from balai.settings import Settings, current_settings

_CLOCK_LIMIT_S = 30
# A worker says that it is alive every few seconds.
_WORKER_QUIET_S = 90
# A worker says that it is alive every few seconds.
WORKER_QUIET_S = 90


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: ok, warning (works, but look at it) or bad; `fix` is the next thing to do."""

    part: str
    state: Literal["ok", "warning", "bad"]
    says: str
    fix: str = ""


@click.command()
@click.option("--fix", is_flag=True, help="Repair what can be repaired: redirect addresses in Keycloak.")
def command(fix: bool) -> None:
    """Check database role, row-level security, migrations, Keycloak, redirect addresses, clock, storage, keys, mail, worker."""
    with application():
        findings = [finding for check in CHECKS for finding in _guarded(check, fix)]
    if json_mode():
        answer(findings)
    for finding in findings:
        mark = {"ok": "ok     ", "warning": "warning", "bad": "BAD    "}[finding.state]
        say(f"{mark}  {finding.part}: {finding.says}")
        if finding.fix:
            say(f"         -> {finding.fix}")
    if any(f.state != "ok" for f in findings):
        raise SystemExit(ATTENTION)


Check = Callable[[bool], Iterator[Finding]]


def _guarded(check: Check, fix: bool) -> list[Finding]:
    try:
        return list(check(fix))
    except (SQLAlchemyError, OSError, RuntimeError) as error:
        return [Finding(check.__name__.strip("_").replace("_", " "), "bad", f"could not be checked: {error}")]


def _database(_fix: bool) -> Iterator[Finding]:
    from balai.db import catalogue, database

    # create_app has already refused a role for which row-level security doesn't hold.
    yield Finding("database role", "ok", "balai_app, no superuser, no owner, no BYPASSRLS")
    with database().engine.connect() as connection:
        faults = catalogue.faults(connection)
    if faults:
        yield Finding("row-level security", "bad", "; ".join(faults), "run `balai db upgrade`, then report this")
    else:
        yield Finding("row-level security", "ok", "every table keeps its tenants apart")


def _migrations(_fix: bool) -> Iterator[Finding]:
    from balai.cli.database import histories
    from balai.db import migrate

    url = current_settings().owner_database_url
    if not url:
        yield Finding(
            "migrations", "ok", "not asked (BALAI_OWNER_DATABASE_URL isn't set here, as it should be on a server)"
        )
        return
    engine = migrate.owner_engine(url)
    try:
        behind = [h.name for h in histories() if migrate.current(engine, h) != migrate.head(h)]
    finally:
        engine.dispose()
    if behind:
        yield Finding("migrations", "bad", f"behind: {', '.join(behind)}", "run `balai db upgrade`")
    else:
        yield Finding("migrations", "ok", "up to date")


def _plugins(_fix: bool) -> Iterator[Finding]:
    from balai.plugins import manager

    refused = manager().refused
    for plugin in refused:
        yield Finding(
            "plugin", "bad", f"{plugin.name} is kept out: {plugin.reason}", "install a version that fits, or remove it"
        )
    if not refused:
        yield Finding(
            "plugins", "ok", f"{', '.join(plugin.name for plugin in manager().installed) or 'none'} installed"
        )


def _keycloak(_fix: bool) -> Iterator[Finding]:
    settings = current_settings()
    address = f"{settings.keycloak_server_url}/realms/{settings.realm}/.well-known/openid-configuration"
    try:
        with urllib.request.urlopen(address, timeout=5) as reply:  # noqa: S310 - the operator's own setting
            body, date = reply.read().decode(), reply.headers.get("Date")
    except (urllib.error.URLError, TimeoutError) as error:
        yield Finding(
            "Keycloak", "bad", f"{address} doesn't answer: {error}", "start it; signed-in people go on meanwhile"
        )
        return
    if f'"issuer":"{settings.issuer}"' not in body.replace(" ", ""):
        yield Finding(
            "Keycloak",
            "bad",
            f"its issuer isn't {settings.issuer}",
            "start it with a fixed --hostname equal to BALAI_KEYCLOAK_URL",
        )
    else:
        yield Finding("Keycloak", "ok", settings.issuer)
    if date:
        yield _clock(date)


def _clock(date: str) -> Finding:
    apart = abs((parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds())
    if apart > _CLOCK_LIMIT_S:
        return Finding(
            "clock", "bad", f"{apart:.0f} s away from Keycloak's: tokens will be refused", "run an NTP client on both"
        )
    return Finding("clock", "ok", f"{apart:.0f} s away from Keycloak's")


def _sign_in(fix: bool) -> Iterator[Finding]:
    from balai.auth import provisioning
    from balai.db import database
    from balai.tenancy import tenants

    settings = current_settings()
    if not settings.worker_client_secret:
        yield Finding("redirect addresses", "ok", "not asked (only the worker holds BALAI_WORKER_CLIENT_SECRET)")
        return
    everyone = tenants(kind=("region", "operator", "ministry"))
    report = provisioning.doctor(settings, database(), everyone, fix=fix)
    for problem in report.problems:
        yield Finding("redirect addresses", "bad", problem)
    for fixed in report.fixed:
        yield Finding("redirect addresses", "ok", f"repaired: {fixed}")
    if not report.problems and not report.fixed:
        yield Finding("redirect addresses", "ok", "one exact pair per host, one organization per region")


def _storage(_fix: bool) -> Iterator[Finding]:
    folder = current_settings().files_dir
    if not folder:
        yield Finding("storage", "bad", "BALAI_FILES_DIR is not set", "name a folder that web and worker share")
        return
    probe = Path(folder) / f".probe-{os.getpid()}"
    try:
        probe.write_text("x")
        probe.unlink()
    except OSError as error:
        yield Finding(
            "storage", "bad", f"{folder} can't be written: {error.strerror}", "give it to the user that runs Balai"
        )
        return
    free = os.statvfs(folder)
    left = free.f_bavail * free.f_frsize / 1e9
    state: Literal["ok", "warning"] = "ok" if left > 1 else "warning"
    yield Finding("storage", state, f"{left:.1f} GB free", "" if state == "ok" else "make room for photos")


def _books(_fix: bool) -> Iterator[Finding]:
    from balai import billing
    from balai.tenancy import tenant_scope, tenants

    wrong, lines = [], 0
    for tenant in tenants():
        with tenant_scope(tenant) as session:
            checked = billing.check_books(session)
        lines += checked.lines
        wrong += [f"{tenant.slug}: not so that {f.claim} ({', '.join(f.wrong)})" for f in checked.findings if f.wrong]
    if wrong:
        yield Finding(
            "books", "bad", "; ".join(wrong), "stop taking money there and report this; change nothing by hand"
        )
    else:
        yield Finding(
            "books", "ok", f"{lines} lines of all regions' ledgers sum to zero and agree with every bill and payment"
        )


def _keys(_fix: bool) -> Iterator[Finding]:
    from balai.keys import KeyFaultError, blind_index
    from balai.tenancy import tenant_scope, tenants

    broken = []
    for tenant in tenants():
        try:
            with tenant_scope(tenant) as session:
                blind_index(session, "phone", "081200000000")
        except KeyFaultError as error:
            broken.append(f"{tenant.slug} ({error})")
    if broken:
        yield Finding(
            "keys",
            "bad",
            f"can't be unwrapped: {', '.join(broken)}",
            "BALAI_KEK_FILE must hold the key that wrapped them",
        )
    else:
        yield Finding("keys", "ok", "every region's keys open")


def _admins(_fix: bool) -> Iterator[Finding]:
    from balai.admin.queries import tenant_rows
    from balai.tenancy import registry_scope

    with registry_scope() as session:
        without = [(row.slug, row.no_admin_since) for row in tenant_rows(session) if row.no_admin_since]
    for slug, since in without:
        yield Finding(
            "admins",
            "bad",
            f"{slug}: Keycloak has let no admin in since {since:%Y-%m-%d %H:%M} UTC",
            f"`balai user invite {slug} <email> --name <name> --role admin`, or the region's page in the operator's console",
        )
    if not without:
        yield Finding("admins", "ok", "every region has one who can sign in")


def _mail(_fix: bool) -> Iterator[Finding]:
    settings: Settings = current_settings()
    if not settings.smtp_url:
        yield Finding("mail", "warning", "BALAI_SMTP_URL is not set: invitations show a one-time password instead")
    else:
        yield Finding("mail", "ok", "set")


def _worker(_fix: bool) -> Iterator[Finding]:
    from balai.jobs import last_heartbeat
    from balai.tenancy import registry_scope

    with registry_scope() as session:
        seen = last_heartbeat(session)
    quiet = (now() - seen).total_seconds() if seen else None
    if quiet is not None and quiet < _WORKER_QUIET_S:
        yield Finding("worker", "ok", f"seen {quiet:.0f} s ago")
    else:
        says = "none has ever been seen" if quiet is None else f"last seen {quiet:.0f} s ago"
        yield Finding("worker", "bad", says, "start `balai worker`: mails, deadlines and seals wait for it")


CHECKS: tuple[Check, ...] = (
    _database, _migrations, _plugins, _keycloak, _sign_in, _storage, _keys, _books, _admins, _mail, _worker,
)  # fmt: skip
