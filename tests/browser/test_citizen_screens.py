"""Every citizens' page on a small phone: fits 360 px, passes axe, and stays whole in the test language, whose strings are longer.

BALAI_SCREENS=docs/screens renews the pictures.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from balai.tenancy import Tenant
from balai.testing.accessibility import violations
from balai.testing.citizen import addresses, furnish
from balai.testing.looking import watched

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
WIDTH = 360


def name_of(path: str, code: str, idea: str, decision: str) -> str:
    """A file name that stays the same from run to run."""
    for given, word in ((code, "kode"), (idea, "usul-ini"), (decision, "keputusan")):
        path = path.replace(given, word)
    return "warga-" + (re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "beranda")


def look(page: "Page", path: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH, f"{path} is wider than {WIDTH} px"
    assert violations(page) == [], path


def keep(page: "Page", name: str) -> None:
    if folder := os.environ.get("BALAI_SCREENS"):
        page.screenshot(path=str(Path(folder) / f"{name}-360.png"), full_page=True)


def test_every_public_page_fits_a_small_phone(
    new_context: "Callable[..., BrowserContext]",
    live_app: "Flask",
    live_url: "Callable[..., str]",
    tenant: Tenant,
) -> None:
    town = furnish(live_app, tenant)
    mine = watched(new_context().new_page(), ignoring=("404",))
    stranger = watched(new_context().new_page(), ignoring=("404",))
    mine.goto(live_url(tenant, f"/lacak/{town.code}?kunci={town.secret}"))
    seen = addresses(live_app, town)
    assert len(seen) >= 20
    for path in seen:
        mine.goto(live_url(tenant, path))
        look(mine, path)
        keep(mine, name_of(path, town.code, town.idea, town.decision))
    mine.goto(live_url(tenant, "/bantuan?bahasa=qps"))
    for path in seen:
        mine.goto(live_url(tenant, path))
        assert mine.evaluate("document.documentElement.scrollWidth") <= WIDTH, f"{path} in the test language"
    stranger.goto(live_url(tenant, f"/lacak/{town.code}"))
    look(stranger, "tracking for anybody")
    keep(stranger, "warga-lacak-untuk-umum")
