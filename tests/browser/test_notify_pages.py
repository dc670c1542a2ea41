"""Pages about messages in Debian's Chromium, at 360 and 1280 px, and an admin who words a message with the keyboard alone.

BALAI_SCREENS=<folder> keeps a picture of each page there.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from balai import notify
from balai.clock import now
from balai.notify import refusals
from balai.notify.models import ChannelState
from balai.tenancy import Tenant, tenant_scope
from balai.testing.looking import look_at, sign_in, watched

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser
PAGES = (
    "/kelola/pesan", "/kelola/pesan/saya", "/kelola/pesan?jalur=sms", "/kelola/pesan/teks",
    "/kelola/pesan/teks/cases.received", "/kelola/pesan/jalur", "/kelola/pesan/jalur/sms", "/kelola/pesan/jam",
    "/kelola/pesan/jumlah",
)  # fmt: skip


@pytest.fixture
def page(new_context: "Callable[..., BrowserContext]", app: "Flask", tenant: Tenant) -> "Page":
    """A page of the region's admin, who has something to read; a script failure or a refused resource fails the test."""
    made = watched(new_context().new_page(), ignoring=())
    me = sign_in(made, app, tenant, "admin")
    with app.app_context(), tenant_scope(tenant) as session:
        sample = notify.templates()["cases.received"].sample
        for state in ("kept", "undelivered", "queued"):
            message = notify.send(session, channel="sms", to="081234567890", template="cases.received", data=sample)
            message.state, message.problem = state, "gerbang menjawab 503" if state != "queued" else ""
        notify.send(session, channel="inapp", to=None, template="cases.staff_new", data=sample, member=me)
        session.add(
            ChannelState(channel="sms", failures=4, open_until=now().replace(year=2999), problem="gerbang menjawab 503")
        )
    return made


def test_every_page_is_readable_and_whole(
    page: "Page", live_url: Callable[..., str], tenant: Tenant, app: "Flask"
) -> None:
    for path in PAGES:
        look_at(page, path.strip("/").translate(str.maketrans("/?=.", "----")), live_url(tenant, path))
    with app.app_context(), tenant_scope(tenant) as session:
        token = refusals.token_of(session, refusals.index_of(session, "email", "rina@contoh.id") or "")
    look_at(page, "pesan-berhenti", live_url(tenant, f"{refusals.PATH}/{token}"))


def test_a_message_is_worded_with_the_keyboard_alone(
    page: "Page", live_url: Callable[..., str], tenant: Tenant
) -> None:
    from playwright.sync_api import expect

    page.goto(live_url(tenant, "/kelola/pesan/teks/cases.received"))
    page.locator("#f-subject").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Terima kasih, kode {kode}")
    for _n in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # "Lihat dulu"
    expect(page.locator("aside")).to_contain_text("Terima kasih, kode 3273-7K2M9-QX4TB-H")
    page.locator("#f-short").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # "Simpan"
    expect(page.locator("[role=status]")).to_contain_text("Teks tersimpan")
    expect(page.locator(".bell .count")).to_have_text("1")
