"""Citizens' pages use citizens' words, name no leader, and every string can be translated."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from balai.db import TenantSession
from balai.tenancy import Tenant, TenantProfile
from balai.testing import words

ROOT = Path(__file__).resolve().parents[2]
# Not for citizens (staff, machines), not pages, or only there in development.
ELSEWHERE = (
    "/kelola",
    "/api",
    "/open311",
    "/static",
    "/metrics",
    "/healthz",
    "/readyz",
    "/_gaya",
    "/kait",
    "/masuk/selesai",
)


def _paths(app: Flask) -> list[str]:
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if not rule.arguments and "GET" in (rule.methods or ()) and not rule.rule.startswith(ELSEWHERE)
    )


@pytest.fixture
def region(session: TenantSession, tenant: Tenant) -> Tenant:
    """A region whose leader's name and portrait are on record."""
    profile = session.query(TenantProfile).one()
    profile.leader_name = words.LEADER
    session.commit()
    return tenant


def test_no_page_uses_a_forbidden_word(
    app: Flask, region: Tenant, client_of: Callable[[Tenant | None], FlaskClient]
) -> None:
    seen = 0
    for place in (region, None):
        client = client_of(place)
        for path in _paths(app):
            page = client.get(path, follow_redirects=False)
            if page.mimetype == "text/html" and page.status_code not in {301, 302, 303, 308}:
                assert words.plain(page.text), path
                seen += 1
    assert seen >= 8


@pytest.mark.parametrize("path", ["/bantuan", "/privasi", "/tidak-ada"])
def test_every_string_of_the_shell_can_be_translated(client: FlaskClient, path: str) -> None:
    assert words.untranslated(client.get(f"{path}?bahasa=qps").text) == []


@pytest.mark.parametrize("path", ["/bantuan", "/privasi", "/tidak-ada"])
def test_the_apex_too(client_of: Callable[[Tenant | None], FlaskClient], path: str) -> None:
    assert words.untranslated(client_of(None).get(f"{path}?bahasa=qps").text) == []


def test_the_scanner_finds_what_it_should() -> None:
    page = (
        '<title>Data – Kota Uji</title><p>Dua kasusnya <b>selesai</b></p><img alt="Tenant baru"><input placeholder="Submit">'
        '<button aria-label="plugin"></button><script>var error</script><p>terrorisme, meja-meja, permejaan</p>'
    )
    found = [text.split("'")[1] for text in words.forbidden(page)]
    assert found == ["kasusnya", "Tenant", "Submit", "plugin", "meja", "meja"]
    assert words.forbidden(f"<p>Salam dari {words.LEADER.upper()}</p>")
    with pytest.raises(AssertionError, match="Perkara"):
        words.plain("<h1>Perkara Anda</h1>")


def test_the_scanner_finds_untranslated_text() -> None:
    page = '<p>⟦Halo⟧ dunia</p><p>⟦Baik⟧ 12</p><p translate="no">Kota Uji <b>Bandung</b></p><img alt="Foto">'
    assert words.untranslated(page) == ["⟦Halo⟧ dunia", "Foto"]


def test_the_list_of_words_is_the_documents() -> None:
    text = (ROOT / "docs" / "kata.md").read_text(encoding="utf-8")
    table = text.partition("| never |")[2].partition("## ")[0]
    assert tuple(re.findall(r"^\| (\w+) \|", table, re.MULTILINE)) == words.FORBIDDEN
