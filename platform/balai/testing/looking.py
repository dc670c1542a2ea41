"""What every browser test of a page does: somebody signs in, no script fails, nothing is wider than the screen.

BALAI_SCREENS=<folder> keeps a picture of each page that was looked at there.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID
from weakref import WeakKeyDictionary

from balai.testing.accessibility import violations
from balai.testing.acting import act_as
from balai.testing.probe import client_on

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Page

    from balai.tenancy import Tenant

SIZES = ((360, 740), (1280, 860))
# A table's box scrolls or hides what is wider, so the page as a whole stays narrow: its stacked cells are asked themselves.
_CUT_OFF = """[...document.querySelectorAll('.table-stack td *, .table-stack th *')]
  .filter(e => innerWidth < 600 && e.offsetWidth > 1 && e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.textContent.trim().slice(0, 60))"""
_problems: "WeakKeyDictionary[Page, list[str]]" = WeakKeyDictionary()


def watched(page: "Page", *, ignoring: Sequence[str] = ("404",)) -> "Page":
    """The page; from now on a script failure or a refused resource on it is a problem. Words in `ignoring` excuse a message."""
    found = _problems.setdefault(page, [])

    def note(kind: str, text: str) -> None:
        if kind == "error" and not any(words in text for words in ignoring):
            found.append(text)

    page.on("console", lambda message: note(message.type, message.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    return page


def problems(page: "Page") -> list[str]:
    """What went wrong on a watched page so far."""
    return _problems.get(page, [])


def look_at(page: "Page", name: str, url: str | None = None) -> None:
    """Open it (or take it as it stands) and check it on a phone and on a desktop; the screen is as before afterwards."""
    if url:
        page.goto(url)
    before, folder = page.viewport_size, os.environ.get("BALAI_SCREENS")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width} px"
        assert page.evaluate(_CUT_OFF) == [], f"{name} is cut off at {width} px"
        assert violations(page) == [], f"{name} at {width} px"
        if folder:
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)
    if before:
        page.set_viewport_size(before)
    assert problems(page) == [], name


def sign_in(
    page: "Page",
    app: "Flask",
    tenant: "Tenant",
    *roles: str,
    name: str = "Budi Santoso",
    sub: str = "",
    apex: bool = False,
) -> UUID | None:
    """Give the browser a session as sign-in would, on the region's host or (`apex`) on the apex host; the member's id."""
    host = None if apex else tenant
    client = client_on(app, host)
    member = act_as(client, tenant, *roles, name=name, sub=sub)
    settings = app.extensions["balai.settings"]
    cookie = next(c for c in (client._cookies or {}).values() if c.key == "__Host-balai")  # noqa: SLF001 - werkzeug has no getter that names them all
    # Secure cookies are taken from https addresses only; Chromium sends them to http on localhost.
    url = f"https://{settings.tenant_host(host.slug) if host else settings.domain}/"
    page.context.add_cookies(
        [{"name": cookie.key, "value": cookie.value, "url": url, "secure": True, "httpOnly": True}]
    )
    return member
