"""docs/api.md: its addresses, headers and slugs exist, and its example of a plugin can be imported."""

import re
from pathlib import Path

from balai.rest import document_of

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_address_exists(app):
    known = {re.sub(r"\{\w+\}", "x", path) for path in document_of(app).full["paths"]}
    called = {re.sub(r"<[^>]+>|feedback\.pengaduan", "x", path) for path in re.findall(r"\$H(/[^\s?'\"]+)", TEXT)}
    assert len(called) >= 7
    assert {f"/api/v1{path}" for path in called} <= known


def test_every_slug_is_used():
    sources = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "platform" / "balai" / "rest").glob("*.py"))
    slugs = re.findall(r"\d{3} `([a-z-]+)`", TEXT)
    assert len(slugs) == 2
    assert all(f'"{slug}"' in sources for slug in slugs)


def test_the_limits_are_those_of_the_code():
    from balai.cases import sent, tracking, uploads
    from balai.rest import bodies, idempotency, paging

    assert f"limit` (1 to {paging.MAX_LIMIT}, default {paging.DEFAULT_LIMIT})" in TEXT
    assert f"({idempotency._SHORTEST} to {idempotency._LONGEST} characters)" in TEXT
    assert f"JSON up to {bodies.JSON_LIMIT // 2**20} MB" in TEXT
    assert f"{sent.FILINGS_PER_HOUR} filings and {uploads.UPLOADS_PER_HOUR} uploads an hour" in TEXT
    assert f"{tracking._LOOKUPS_PER_TEN_MINUTES} look-ups in ten minutes" in TEXT


def test_the_example_of_a_plugin_uses_what_there_is():
    import balai.api

    for name in re.findall(r"from balai\.api import (\w+)", TEXT):
        assert hasattr(balai.api, name)
    for name in re.findall(r"@blueprint\.(\w+)", TEXT):
        assert hasattr(balai.api.ApiBlueprint, name)
