"""`balai keys`, `balai audit` and `balai tenant export`, run as an operator runs them."""

import json
from dataclasses import fields

import pytest
from click.testing import CliRunner

from balai import audit, files, keys, privacy
from balai.cli import main
from balai.settings import variable
from balai.tenancy import tenant_scope


@pytest.fixture
def balai(settings):
    """Runs a command; answers (exit code, JSON or text)."""
    environ = {variable(f.name): str(getattr(settings, f.name)) for f in fields(settings)}

    def run(*arguments, expect=0):
        result = CliRunner().invoke(main, ["--json", *arguments], env=environ)
        assert result.exit_code == expect, result.output
        try:
            return json.loads(result.stdout)
        except ValueError:
            return result.output

    return run


@pytest.fixture
def filled(session, tenant):
    privacy.save_profile(session, "s", name="Siti Aminah", phone="0812 3456 7890", email=None)
    files.store(session, b"%PDF-1.4\n" + plain_pdf(), purpose="case.attachment", filename="surat.pdf")
    audit.record(session, "test.done")
    session.commit()
    return tenant


def plain_pdf():
    from io import BytesIO

    from pypdf import PdfWriter

    out, writer = BytesIO(), PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(out)
    return out.getvalue().partition(b"\n")[2]


def test_rotation_reaches_columns_and_files(balai, filled, session):
    told = balai("keys", "rotate", filled.slug)
    assert (told["kid"], told["files"], told["still_in_use"], told["skipped"]) == ("k2", 1, [], [])
    assert told["values"] >= 3
    with tenant_scope(filled) as fresh:
        assert privacy.person(fresh, "s").name == "Siti Aminah"
        assert [entry.action for entry in audit.entries(fresh, action="keys.")] == ["keys.rotated"]


def test_the_record_is_verified_by_name(balai, filled):
    assert balai("audit", "seal", filled.slug) == {"seq": 1}
    (told,) = balai("audit", "verify", filled.slug)
    assert (told["ok"], told["batches"], told["entries"]) == (True, 1, 1)
    assert balai("audit", "verify", filled.slug, "--anchor", told["head"])[0]["ok"]
    assert not balai("audit", "verify", filled.slug, "--anchor", "f" * 64, expect=1)[0]["ok"]


def test_an_export_is_written_checked_and_audited(balai, filled, tmp_path):
    told = balai("tenant", "export", filled.slug, str(tmp_path / "out"))
    assert (told["personal"], told["files"]) == (False, 0)
    assert balai("tenant", "verify-export", str(tmp_path / "out"))["faults"] == []
    (tmp_path / "out" / "tables" / "area.csv").unlink()
    assert balai("tenant", "verify-export", str(tmp_path / "out"), expect=1)["faults"] == [
        "tables/area.csv: is missing"
    ]
    balai("tenant", "export", filled.slug, str(tmp_path / "out"), expect=4)
    balai("tenant", "export", filled.slug, str(tmp_path / "open"), "--personal", expect=2)
    told = balai("tenant", "export", filled.slug, str(tmp_path / "open"), "--personal", "--reason", "pindah sistem")
    assert (told["personal"], told["files"]) == (True, 1)


def test_shredding_asks_first_and_is_final(balai, filled):
    balai("keys", "shred", filled.slug, expect=1)  # nobody answered the question
    assert balai("keys", "shred", filled.slug, "--yes") == {"keys": 1}
    with tenant_scope(filled) as fresh, pytest.raises(keys.KeysShreddedError):
        privacy.person(fresh, "s")


def test_a_new_kek_is_made_once(balai, tmp_path):
    path = tmp_path / "kek"
    balai("keys", "new-kek", str(path))
    assert keys.KekRing.load(path).current == "kek1"
    before = path.read_bytes()
    balai("keys", "new-kek", str(path), expect=4)
    assert path.read_bytes() == before
