"""Signing in and out through the real Keycloak's own pages."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from balai.testing.identity import Browser

pytestmark = pytest.mark.identity


def whoami(client):
    return client.get("/keluar").get_data(as_text=True)


def test_officer_signs_in_in_two_steps_and_comes_back_to_the_page(identity, person_client, tenant):
    officer = identity.person(tenant, "officer", name="Siti Aminah")
    client = person_client(tenant)
    begun = client.get("/masuk?next=/bantuan")
    browser = Browser().open(begun.headers["Location"])
    assert (browser.status, browser.page, browser.title) == (200, "login-username", "Masuk")
    assert "password" not in browser.text.partition("<main")[2].lower().replace("passwordvisibility", "")
    browser.submit(username=officer.email)
    assert browser.page == "login-password"
    assert tenant.name in browser.text
    browser.submit(password=officer.password)
    back = urlsplit(browser.location)
    done = client.get(f"{back.path}?{back.query}")
    assert (done.status_code, done.headers["Location"]) == (303, "/bantuan")
    assert "Siti Aminah" in whoami(client)
