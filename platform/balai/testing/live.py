"""The whole of Balai as its users meet it: web server, worker, Keycloak and a mail catcher, for journeys in the browser.

`balai_live` starts `balai serve` and `balai worker` as processes of their own, on free ports, with a realm of its own; mails
land in `balai_live.mails()`. One per file of tests, since starting it takes seconds; gone with the file, since its worker makes
the rounds of every region that other tests leave.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from flask import Flask

    from balai.settings import Settings
    from balai.tenancy import Tenant

_PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Live:
    """A running Balai. app: an application of the same settings, for arranging data; nothing is asked of it by the browser."""

    app: "Flask"
    settings: "Settings"
    mail_page: str
    logs: Path

    def url(self, tenant: "Tenant | None", path: str = "/") -> str:
        """Address on a region's host; None = the apex."""
        host = self.settings.tenant_host(tenant.slug) if tenant else self.settings.domain
        return self.settings.public_url(host, path)

    def mails(self, to: str) -> list[dict[str, Any]]:
        """Mails to this address, newest first, as the catcher's JSON tells them."""
        with urllib.request.urlopen(f"{self.mail_page}/api/surat?kepada={quote(to)}", timeout=5) as reply:  # noqa: S310 - our own catcher
            found: list[dict[str, Any]] = json.load(reply)
        return found

    def mail(self, to: str) -> dict[str, Any]:
        """The newest mail to this address; waits for it, fails the test when none comes."""
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            if found := self.mails(to):
                return found[0]
            time.sleep(0.3)
        pytest.fail(f"no mail to {to} within {_PATIENCE_S} s; log: {self.logs}")


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def balai_live(
    settings: "Settings", keycloak: Any, make_app: "Callable[..., Flask]", tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Live]":
    """Balai, running; see the module."""
    from balai.auth.provisioning import Provisioner
    from balai.auth.realm import ensure_realm

    folder = tmp_path_factory.mktemp("live")
    smtp, mail_web = free_port(), free_port()
    live = replace(
        settings, port=free_port(), keycloak_url=keycloak.url, realm=f"live-{uuid.uuid4().hex[:8]}", workers=1,
        smtp_url=f"smtp://127.0.0.1:{smtp}",
    )  # fmt: skip
    commands = {
        "mail": ("balai.devstack.mail", "--folder", folder / "mail", "--smtp-port", smtp, "--web-port", mail_web),
        "web": ("balai.cli", "serve"),
        "worker": ("balai.cli", "worker"),
    }
    ensure_realm(live, keycloak.admin_user, keycloak.admin_password)
    app = make_app(**{f.name: getattr(live, f.name) for f in fields(live)})
    Provisioner(live, app.extensions["balai.db"]).sync_addresses()
    started = [_start(folder / f"{name}.log", command, live) for name, command in commands.items()]
    try:
        _wait(f"http://127.0.0.1:{live.port}/healthz", folder / "web.log")
        _wait(f"http://127.0.0.1:{mail_web}/", folder / "mail.log")
        yield Live(app, live, f"http://127.0.0.1:{mail_web}", folder)
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def environment_of(settings: "Settings") -> dict[str, str]:
    """This process's environment with exactly these settings as BALAI_* variables."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("BALAI_")}
    for f in fields(settings):
        value = getattr(settings, f.name)
        environ[f"BALAI_{f.name.upper()}"] = ("on" if value else "off") if isinstance(value, bool) else str(value)
    return environ


def _start(log: Path, command: tuple[Any, ...], settings: "Settings") -> subprocess.Popen[bytes]:
    environ = environment_of(settings)
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", *map(str, command)],
            env=environ,
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
        )


def _wait(address: str, log: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"{address} doesn't answer; log: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(name="free_port")
def _free_port() -> int:
    """A port on which nobody answers."""
    return free_port()
