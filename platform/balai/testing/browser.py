"""A real server and Debian's Chromium for browser tests.

`live_app` is a second application of the same database that knows its own port (addresses in pages and Keycloak's redirect
URIs carry it); `live_url(tenant, path)` is an address on it; `browser_page` is a fresh phone-sized page.
"""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser, BrowserContext, Page

    from balai.tenancy import Tenant

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--force-color-profile=srgb", "--accept-lang=id-ID,id",
    # A microphone that hums: voice notes are recorded in tests too.
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
]  # fmt: skip
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 860}


def chromium() -> str:
    """Path of the installed Chromium: BALAI_CHROMIUM, or the first of the usual names; fails the test when there is none."""
    given = os.environ.get("BALAI_CHROMIUM")
    found = given or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.fail("Chromium is not installed: apt-get install -y chromium (or set BALAI_CHROMIUM to its path)")
    return found


@pytest.fixture(scope="session")
def live_app(make_app: "Callable[..., Flask]") -> "Iterator[Flask]":
    """An application served on a free port of 127.0.0.1."""
    from werkzeug.serving import make_server

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = make_app(port=port)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app
    server.shutdown()
    thread.join(5)


@pytest.fixture(scope="session")
def live_url(live_app: "Flask") -> "Callable[..., str]":
    """`live_url(tenant, "/layanan")`; tenant None = the apex host."""
    settings = live_app.extensions["balai.settings"]

    def url(tenant: "Tenant | None", path: str = "/") -> str:
        host = settings.tenant_host(tenant.slug) if tenant else settings.domain
        return str(settings.public_url(host, path))

    return url


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One Chromium per test process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def new_context(browser: "Browser") -> "Iterator[Callable[..., BrowserContext]]":
    """Makes isolated browser contexts (one per person): `new_context(viewport=DESKTOP)`."""
    opened: list[BrowserContext] = []

    def make(**options: object) -> "BrowserContext":
        settings: dict[str, object] = {"viewport": PHONE, "locale": "id-ID", "timezone_id": "Asia/Jakarta", **options}
        opened.append(browser.new_context(**settings))  # type: ignore[arg-type]
        opened[-1].set_default_timeout(15_000)
        return opened[-1]

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def browser_page(new_context: "Callable[..., BrowserContext]") -> "Page":
    """A fresh page of phone size."""
    return new_context().new_page()


@pytest.fixture(scope="session")
def screens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder for pictures. BALAI_SCREENS=docs/screens renews those that the documents show; else they are thrown away."""
    given = os.environ.get("BALAI_SCREENS")
    folder = Path(given).resolve() if given else tmp_path_factory.mktemp("screens")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
