"""Uploads on the real database and folder: kept, served, replaced, swept."""

import contextlib
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from balai import audit, clock, files, keys
from balai.errors import NotFound
from balai.files import FileRefused
from balai.tenancy import tenant_scope

MEDIA = Path(__file__).parents[1] / "data" / "media"


def photo(color="red", size=(640, 480)):
    out = BytesIO()
    Image.new("RGB", size, color).save(out, "JPEG")
    return out.getvalue()


def blobs_of(settings, tenant):
    return sorted(path for path in (settings.files_path / str(tenant.key)).glob("*/*"))


@pytest.fixture
def stored(session):
    file = files.store(session, photo(), purpose="uji.foto", filename="KTP Siti Aminah.jpg")
    session.commit()
    return file


@pytest.fixture
def reader(app):
    """Opens files of purpose `uji` to everybody; gives the rule back at the end."""
    rules = app.extensions["balai.files"]
    files.allow(app, "uji", lambda _session, _file: True)
    yield
    rules.pop("uji")


def test_a_photo_is_kept_encrypted_with_its_thumbnail(session, settings, tenant, stored):
    assert (stored.media_type, stored.width, stored.height, stored.state) == ("image/jpeg", 640, 480, "stored")
    assert files.filename(session, stored) == "KTP Siti Aminah.jpg"
    assert "Siti" not in stored.filename
    content = files.content(session, stored)
    assert content.startswith(b"\xff\xd8")
    assert len(content) == stored.size
    with Image.open(BytesIO(files.thumbnail(session, stored))) as small:
        assert small.size == (320, 240)
    kept = blobs_of(settings, tenant)
    assert len(kept) == 2
    for path in kept:
        assert path.read_bytes().startswith(b"b1|k1|")
        assert b"\xff\xd8\xff" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


def test_a_rolled_back_upload_leaves_no_blob(session, settings, tenant):
    files.store(session, photo(), purpose="uji.foto", filename="a.jpg")
    assert len(blobs_of(settings, tenant)) == 2
    session.rollback()
    assert blobs_of(settings, tenant) == []
    files.store(session, photo(), purpose="uji.foto", filename="a.jpg")
    session.close()
    assert blobs_of(settings, tenant) == []


def test_a_deleted_file_goes_when_the_transaction_commits(session, settings, tenant, stored):
    files.delete(session, stored, reason="diminta pelapor")
    assert len(blobs_of(settings, tenant)) == 2
    session.rollback()
    session.refresh(stored)
    assert files.content(session, stored)
    files.delete(session, stored, reason="diminta pelapor")
    session.commit()
    assert blobs_of(settings, tenant) == []
    assert (stored.state, stored.size, stored.sha256) == ("deleted", 0, "")
    assert files.filename(session, stored) == ""
    with pytest.raises(NotFound):
        files.content(session, stored)
    entry = audit.entries(session, action="file.deleted")[0]
    assert (entry.subject_id, entry.data) == (str(stored.id), {"reason": "diminta pelapor"})


def test_redaction_paints_over_the_photo_and_its_thumbnail(session, settings, tenant, stored):
    before, key = stored.sha256, stored.storage_key
    files.redact(session, stored, reason="wajah anak", boxes=[(0, 0, 320, 480)])
    session.rollback()
    session.refresh(stored)
    assert stored.sha256 == before
    assert files.content(session, stored)
    assert len(blobs_of(settings, tenant)) == 2
    files.redact(session, stored, reason="wajah anak", boxes=[(0, 0, 320, 480)])
    session.commit()
    assert stored.state == "redacted"
    assert stored.sha256 != before
    assert stored.storage_key != key
    assert len(blobs_of(settings, tenant)) == 2
    for data in (files.content(session, stored), files.thumbnail(session, stored)):
        with Image.open(BytesIO(data)) as image:
            assert max(image.getpixel((image.width // 8, image.height // 2))) < 20
            assert image.getpixel((image.width * 7 // 8, image.height // 2))[0] > 200
    files.redact(session, stored, reason="seluruhnya")
    session.commit()
    assert blobs_of(settings, tenant) == []
    with pytest.raises(NotFound):
        files.content(session, stored)
    assert [e.data["boxes"] for e in audit.entries(session, action="file.redacted")] == [0, 1]


def test_a_form_that_comes_back_keeps_its_photo(session):
    draft, token = files.store_draft(session, photo(), filename="lubang.jpg")
    session.commit()
    assert token not in (draft.claim or "")
    assert files.find_draft(session, token).id == draft.id
    assert files.find_draft(session, "salah") is None
    claimed = files.claim(session, token, purpose="case.attachment", created_by="abc")
    assert (claimed.id, claimed.state, claimed.purpose) == (draft.id, "stored", "case.attachment")
    assert files.claim(session, token, purpose="case.attachment") is None
    _draft, late = files.store_draft(session, photo(), filename="lubang.jpg")
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        assert files.claim(session, late, purpose="case.attachment") is None


def test_sweeping_takes_old_drafts_and_stray_blobs_only(session, settings, tenant, stored):
    files.store_draft(session, photo(), filename="a.jpg")
    session.commit()
    stray = blobs_of(settings, tenant)[0].with_name(".00000000-0000-7000-8000-000000000000.0123abcd")
    stray.write_bytes(b"half")
    assert files.sweep(session) == 0
    assert len(blobs_of(settings, tenant)) == 5
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert files.sweep(session) >= 2
    session.commit()
    assert len(blobs_of(settings, tenant)) == 2
    assert files.content(session, stored)


def test_rotation_reaches_files_and_shredding_too(session, settings, tenant, stored):
    keys.rotate(session)
    session.commit()
    assert keys.drop_retired(session) == ["k1"]
    assert files.reencrypt(session) == 1
    keys.reencrypt(session)
    assert keys.drop_retired(session) == []
    session.commit()
    assert all(path.read_bytes().startswith(b"b1|k2|") for path in blobs_of(settings, tenant))
    assert files.content(session, stored)
    keys.shred(session)
    session.commit()
    with pytest.raises(keys.KeysShreddedError):
        files.content(session, stored)


def test_a_refused_file_leaves_nothing_and_says_why(session, settings, tenant):
    class Stream(BytesIO):
        filename = "besar.jpg"

    with pytest.raises(FileRefused) as caught:
        files.store(session, Stream(b"\xff\xd8\xff" + bytes(13 * 1024 * 1024)), purpose="uji.foto")
    assert (caught.value.status, caught.value.reason) == (413, "too_large")
    assert "besar.jpg" in caught.value.message
    with pytest.raises(FileRefused) as caught:
        files.store(session, (MEDIA / "voice.webm").read_bytes(), purpose="uji.suara", filename="suara.webm")
    assert caught.value.reason == "not_wanted"  # citizens send no voice
    voice = files.store(
        session, (MEDIA / "voice.webm").read_bytes(), purpose="uji.suara", filename="suara.webm", kinds=files.STAFF
    )
    assert voice.seconds == pytest.approx(2, abs=0.1)
    session.rollback()
    assert blobs_of(settings, tenant) == []


# --- serving ---


def test_a_photo_is_served_so_that_it_can_do_no_harm(client, stored, reader):
    answer = client.get(f"/berkas/{stored.id}")
    assert answer.status_code == 200
    assert answer.content_type == "image/jpeg"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in answer.headers
    small = client.get(f"/berkas/{stored.id}/kecil")
    assert (small.status_code, small.content_type) == (200, "image/jpeg")
    assert len(small.data) < len(answer.data)
    assert small.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_everything_else_is_a_download_under_its_true_ending(app, client, session, reader):
    voice = files.store(
        session, (MEDIA / "voice.m4a").read_bytes(), purpose="uji.suara", filename='a"b\\c.mp4', kinds=files.STAFF
    )
    session.commit()
    answer = client.get(f"/berkas/{voice.id}")
    assert answer.content_type == "audio/mp4"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert re.search(r"\.m4a", disposition)
    part = client.get(f"/berkas/{voice.id}", headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.data)) == (206, 100)
    assert client.get(f"/berkas/{voice.id}/kecil").status_code == 404


def test_without_a_rule_nobody_reads_and_a_refusal_looks_like_nothing_there(app, client, session, stored):
    unknown = client.get("/berkas/01900000-0000-7000-8000-000000000000")
    closed = client.get(f"/berkas/{stored.id}")
    assert unknown.status_code == closed.status_code == 404
    assert unknown.data.replace(b"01900000-0000-7000-8000-000000000000", b"") == closed.data.replace(
        str(stored.id).encode(), b""
    )
    asked = []
    with contextlib.ExitStack() as stack:
        files.allow(app, "uji.foto", lambda _session, file: asked.append(file.id) or False)
        stack.callback(app.extensions["balai.files"].pop, "uji.foto")
        files.allow(app, "uji", lambda _session, _file: True)
        stack.callback(app.extensions["balai.files"].pop, "uji")
        assert client.get(f"/berkas/{stored.id}").status_code == 404  # the narrower rule decides
    assert asked == [stored.id]


def test_a_file_is_nowhere_but_on_its_own_host(app, client_of, other_tenant, stored, reader):
    stored_id = stored.id
    assert client_of(other_tenant).get(f"/berkas/{stored_id}").status_code == 404
    assert client_of(None).get(f"/berkas/{stored_id}").status_code == 404
    with app.app_context(), tenant_scope(other_tenant) as session:
        assert session.scalars(select(files.File).where(files.File.id == stored_id)).first() is None


def test_public_files_are_cached_and_drafts_open_only_with_their_token(client, session):
    crest = files.store(session, photo(), purpose="tenant.crest", filename="logo.png", visibility="public")
    draft, token = files.store_draft(session, photo(), filename="a.jpg")
    session.commit()
    answer = client.get(f"/berkas/{crest.id}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=3600")
    assert client.get(f"/berkas/{crest.id}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(f"/berkas/{draft.id}/kecil").status_code == 404
    assert client.get(f"/berkas/{draft.id}/kecil?klaim=salah").status_code == 404
    shown = client.get(f"/berkas/{draft.id}/kecil?klaim={token}")
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "private, no-store")
    assert client.get(f"/berkas/{crest.id}?klaim={token}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/berkas/", "/berkas/../../etc/passwd", "/berkas/1", "/berkas/%00", "/berkas/x/kecil"]
)
def test_odd_addresses_are_not_found(client, path):
    assert client.get(path).status_code == 404


def test_links_to_files(app, client, stored):
    with app.test_request_context():
        assert files.url(stored) == f"/berkas/{stored.id}"
        assert files.thumbnail_url(stored) == f"/berkas/{stored.id}/kecil"
