"""A citizen's way without JavaScript: catalogue, form, thanks, tracking, reply, rating; and what goes wrong."""

import io
import re
import uuid

import pytest
from PIL import Image
from sqlalchemy import select

from balai import cases
from balai.cases import Case
from balai.jobs.worker import drain
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.offices import COMPLAINT
from balai.testing.pages import post_form
from balai.testing.words import forbidden, untranslated

# What comes from documents and from the region itself is data, not text of ours.
DATA = ("Pengaduan", "Usul", "Permintaan informasi", "Desa Mekar", "Desa Sari", "Kecamatan Uji", "Admin daerah", " WIB")
FORM = "/layanan/feedback/pengaduan"


def photo(colour=(200, 30, 30)):
    body = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(body, "JPEG")
    body.seek(0)
    return body


@pytest.fixture
def typed(tenant):
    return {
        **COMPLAINT,
        "region": f"{tenant.region_code}.01.2001",
        "landmark": "depan balai desa",
        "visibility": "public",
        "anonymity": "named",
        "name": "Rina Sari",
        "email": "rina@contoh.id",
        "client_id": str(uuid.uuid4()),
    }


def only_case(app, tenant):
    with app.app_context(), tenant_scope(tenant) as session:
        return session.scalars(select(Case)).one()


def test_nobody_there_shows_the_phone_number(client):
    page = client.get(FORM)
    assert page.status_code == 200
    assert "Sedang tidak menerima laporan" in page.text
    assert "(022) 123-4567" in page.text


def test_from_form_to_rating(app, client, tenant, office, typed):
    assert "Pengaduan" in client.get("/layanan").text
    assert "Pengaduan" in client.get("/layanan?q=rusak").text
    page = client.get(FORM)
    assert all(words in page.text for words in ("Desa Mekar", "Patokan", "Anonim", "Rahasia"))
    answer = post_form(client, FORM, typed | {"foto": (photo(), "lampu.jpg")}, content_type="multipart/form-data")
    assert answer.status_code == 303
    thanks = client.get(answer.location)
    case = only_case(app, tenant)
    assert case.code in thanks.text
    link = re.search(r"/lacak/[-0-9A-Z]+\?kunci=([0-9a-f]{32})", thanks.text)
    assert link
    assert thanks.headers["Cache-Control"] == "no-store"
    track = client.get(f"/lacak/{case.code}")
    assert "/kecil" in track.text  # the photo's thumbnail
    thumb = re.search(r'src="(/berkas/[^"]+)"', track.text).group(1)
    assert client.get(thumb).status_code == 200
    with app.app_context(), tenant_scope(tenant) as session:
        cases.ask(session, case.id, "Tiang nomor berapa?", person=office.staff())
    assert "Tiang nomor berapa?" in client.get(f"/lacak/{case.code}").text
    post_form(client, f"/lacak/{case.code}/langkah", {"langkah": "balas", "reply": "Nomor 12"})
    with app.app_context(), tenant_scope(tenant) as session:
        cases.move_case(session, case.id, "selesaikan", person=office.staff(), fields={"answer": "Sudah diganti."})
    assert post_form(client, f"/lacak/{case.code}/nilai", {"stars": "5", "comment": "Cepat"}).status_code == 303
    page = client.get(f"/lacak/{case.code}")
    assert "Nilai Anda: 5 dari 5" in page.text
    assert only_case(app, tenant).rating == 5


def test_a_stranger_with_the_code_sees_state_and_public_words_only(app, client, client_of, tenant, office, typed):
    answer = post_form(client, FORM, typed | {"foto": (photo(), "lampu.jpg")}, content_type="multipart/form-data")
    code = answer.location.split("/")[2]
    stranger = client_of(tenant)
    page = stranger.get(f"/lacak/{code.lower().replace('-', ' ')}", follow_redirects=True)
    assert page.status_code == 200
    for word in ("Lampu jalan depan balai", "Rina", "rina@", "/berkas/", "Kirim nilai", "Tambah foto"):
        assert word not in page.text
    thumb = re.search(r'src="(/berkas/[^"]+)"', client.get(f"/lacak/{code}").text).group(1)
    assert stranger.get(thumb).status_code == 404
    for path in ("langkah", "nilai", "buka-lagi", "foto"):
        assert post_form(stranger, f"/lacak/{code}/{path}", {"langkah": "tarik", "stars": "1"}).status_code == 404
    assert stranger.get(f"/lacak/{code}/terkirim").status_code == 303


def test_the_link_opens_the_reporters_view_once_exchanged(app, client, client_of, tenant, office, typed):
    answer = post_form(client, FORM, typed)
    link = re.search(r"/lacak/[-0-9A-Z]+\?kunci=[0-9a-f]{32}", client.get(answer.location).text).group(0)
    other_phone = client_of(tenant)
    opened = other_phone.get(link)
    assert opened.status_code == 303
    assert "kunci" not in opened.location
    assert opened.headers["Referrer-Policy"] == "no-referrer"
    assert "Lampu jalan depan balai" in other_phone.get(opened.location).text
    wrong = client_of(tenant).get(link[:-4] + "0000", follow_redirects=True)
    assert "tidak berlaku" in wrong.text


def test_an_error_keeps_what_was_typed_and_the_photo(client, tenant, office, typed):
    wrong = typed | {"uraian": "x", "foto": (photo(), "lampu.jpg")}
    page = post_form(client, FORM, wrong, content_type="multipart/form-data")
    assert page.status_code == 422
    assert "Terlalu pendek" in page.text
    assert "depan balai desa" in page.text
    assert 'value="rina@contoh.id"' in page.text
    kept = re.search(r'name="foto_kept" value="([^"]+)"', page.text).group(1)
    again = post_form(client, FORM, typed | {"foto_kept": kept})
    assert again.status_code == 303
    assert "/kecil" in client.get(again.location.removesuffix("/terkirim")).text


def test_a_disguised_file_is_named(client, office, typed):
    wrong = typed | {"foto": (io.BytesIO(b"MZ\x90\x00 not a photo"), "lampu.jpg")}
    page = post_form(client, FORM, wrong, content_type="multipart/form-data")
    assert page.status_code == 422
    assert "lampu.jpg" in page.text


def test_sending_twice_files_once(app, client, tenant, office, typed):
    first, second = post_form(client, FORM, typed), post_form(client, FORM, typed)
    assert first.location == second.location
    only_case(app, tenant)


def test_what_falls_into_the_trap_is_looked_at_first_and_not_lost(app, client, tenant, office, typed):
    """A browser that fills hidden fields by itself costs nobody their report."""
    assert post_form(client, FORM, typed | {"situs": "https://contoh.id"}).status_code == 303
    assert only_case(app, tenant).held_for == "trap"


@pytest.mark.parametrize("code", ["apa-saja", "3273-00000-00000-0", "%00", "a" * 300])
def test_an_unknown_code_gets_clear_words(client, code):
    page = client.get(f"/lacak/{code}")
    assert page.status_code in {303, 404}
    if page.status_code == 404:
        assert "Periksa lagi" in page.text or "bukan dari daerah ini" in page.text or "tidak ditemukan" in page.text


def test_another_region_doesnt_know_the_code(client, client_of, other_tenant, office, typed):
    code = post_form(client, FORM, typed).location.split("/")[2]
    page = client_of(other_tenant).get(f"/lacak/{code}")
    assert page.status_code == 404
    assert "bukan dari daerah ini" in page.text


def test_a_lost_code_comes_by_mail_and_the_page_tells_nothing(app, client, tenant, office, typed):
    from balai.notify import Message

    post_form(client, FORM, typed)
    known = post_form(client, "/lacak/lupa", {"contact": "RINA@contoh.id"}, follow_redirects=True)
    unknown = post_form(client, "/lacak/lupa", {"contact": "lain@contoh.id"}, follow_redirects=True)
    assert "Bila ada laporan" in known.text
    assert "Bila ada laporan" in unknown.text
    drain(app, tenant=tenant)
    with app.app_context(), tenant_scope(tenant) as session:
        sent = session.scalars(select(Message).where(Message.template == "cases.code_again")).all()
        assert len(sent) == 1


def test_usul_is_unknown_while_feedback_is_off(client_of, regions, client):
    assert client.get("/usul").status_code == 200
    off = client_of(regions(plugins=()))
    assert (off.get("/usul").status_code, off.get(FORM).status_code) == (404, 404)
    assert off.get("/usul").data == off.get("/tidak-ada").data


def test_a_signed_in_citizen_finds_their_cases(app, client, tenant, office, typed):
    act_as(client, tenant, name="Rina Sari")
    code = post_form(client, FORM, typed).location.split("/")[2]
    assert code in client.get("/saya").text
    post_form(client, FORM, typed | {"anonymity": "anonymous", "client_id": str(uuid.uuid4())})
    with app.app_context(), tenant_scope(tenant) as session:
        anonymous = session.scalars(select(Case).where(Case.anonymity == "anonymous")).one()
        assert (anonymous.reporter_index, anonymous.contact_name) == (None, None)


def test_pages_hold_no_foreign_words(client, office, typed):
    location = post_form(client, FORM, typed).location
    for path in (
        "/layanan",
        FORM,
        location,
        location.removesuffix("/terkirim"),
        "/lacak",
        "/lacak/lupa",
        "/usul",
        "/saya",
    ):
        page = client.get(path)
        assert page.status_code == 200, path
        assert forbidden(page.text) == [], path
        pseudo = client.get(f"{path}?bahasa=qps")
        assert untranslated(pseudo.text, data=DATA) == [], path
