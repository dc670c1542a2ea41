"""Help at the counter: six fields, a slip, the reporter's own word; a helper who sees nothing else."""

import io
import re
import uuid

import pytest
import segno
from PIL import Image
from sqlalchemy import select

from balai.cases import Case, CaseEvent
from balai.cases.counter import AssistedCount, assisted_counts
from balai.cases.models import CaseFile
from balai.clock import now
from balai.notify import Message
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.words import forbidden, untranslated

PAGE = "/kelola/catat"


@pytest.fixture
def helper(client, tenant, office):
    """A village helper, signed in; the region's unit is staffed."""
    act_as(client, tenant, "helper", name="Sri Pencatat")
    return client


@pytest.fixture
def typed(tenant):
    return {
        "client_id": str(uuid.uuid4()),
        "c-jalur": "phone",
        "c-isi": "Lampu jalan depan balai desa mati sejak tiga hari.",
        "c-tentang": "feedback.pengaduan|lampu",
        "c-desa": f"{tenant.region_code}.01.2001",
        "c-patokan": "depan balai desa",
        "c-pelapor": "Rina Sari 0812 3456 7890",
    }


def photo():
    body = io.BytesIO()
    Image.new("RGB", (320, 240), (10, 90, 30)).save(body, "JPEG")
    body.seek(0)
    return body


def in_region(app, tenant, query):
    with app.app_context(), tenant_scope(tenant) as session:
        return session.scalars(query).all()


def link_of(app, tenant, typed):
    """The reporter's link, as the QR carries it: what the phone that filed with this id would hold."""
    from balai import keys

    with app.app_context(), tenant_scope(tenant) as session:
        code = session.scalars(select(Case.code)).one()
        return f"/lacak/{code}?kunci={keys.blind_index(session, 'case-link', typed['client_id'])}"


def test_six_fields_at_most_the_first_one_focused(helper):
    for channel, most in (("counter", 6), ("phone", 5), ("letter", 6), ("whatsapp", 1)):
        page = helper.get(f"{PAGE}?jalur={channel}").text
        form = re.search(r'<form class="form".*?</form>', page, re.DOTALL).group(0)
        fields = re.findall(r'<(?:input(?![^>]*type="hidden")|select|textarea)\b[^>]*>', form)
        assert len(fields) == most, channel
        assert "autofocus" in fields[0]
        assert "email" not in " ".join(fields)


def test_filed_with_channel_and_slip(app, helper, tenant, typed):
    answer = post_form(helper, PAGE, typed | {"foto": ""})
    assert answer.status_code == 303
    [case] = in_region(app, tenant, select(Case))
    assert (case.channel, case.assisted, case.data["bidang"]) == ("phone", True, "lampu")
    assert case.contact_phone
    assert case.contact_email is None
    [event] = in_region(app, tenant, select(CaseEvent))
    assert event.actor_kind == "staff"
    slip = helper.get(answer.location)
    assert slip.headers["Cache-Control"] == "no-store"
    for words in (
        case.code,
        "Pengaduan",
        "Admin daerah",
        "Kabar berikutnya paling lambat",
        "(022) 123-4567",
        "Nama dan nomor HP Anda:",
    ):
        assert words in slip.text
    for words in ("Rina", "0812", "Lampu jalan depan"):
        assert words not in slip.text
    assert forbidden(slip.text) == []
    picture = helper.get(f"{answer.location}/qr.png")
    assert picture.mimetype == "image/png"
    assert picture.headers["Cache-Control"] == "no-store"
    expected = io.BytesIO()
    settings = app.extensions["balai.settings"]
    url = settings.public_url(settings.tenant_host(tenant.slug), link_of(app, tenant, typed))
    segno.make(url, error="m", micro=False).save(expected, kind="png", scale=8, border=2)
    assert picture.data == expected.getvalue()


def test_the_slip_belongs_to_the_sign_in_that_filed(app, helper, client_of, tenant, typed):
    slip = post_form(helper, PAGE, typed).location
    assert helper.get(slip).status_code == 200
    other = client_of(tenant)
    act_as(other, tenant, "officer")
    assert other.get(slip).status_code == 404
    assert other.get(f"{slip}/qr.png").status_code == 404
    # The next one at the same machine: the cookie is still there, the sign-in is another.
    act_as(helper, tenant, "helper", name="Orang Lain")
    assert helper.get(slip).status_code == 404
    assert helper.get(f"{PAGE}/slip/3273-00000-00000-0").status_code == 404


def test_pressing_twice_files_once(app, helper, tenant, typed):
    first, second = post_form(helper, PAGE, typed), post_form(helper, PAGE, typed)
    assert first.location == second.location
    assert len(in_region(app, tenant, select(Case))) == 1


def test_a_helper_sees_nothing_else(app, helper, tenant, typed):
    answer = post_form(helper, PAGE, typed)
    code = answer.location.rsplit("/", 1)[1]
    page = helper.get(PAGE).text
    for link in ("/kelola/laporan", "/kelola/unit", "/kelola/layanan-pegawai", "/kelola/kabar", "cari-atas"):
        assert link not in page
    start = helper.get("/kelola")
    assert (start.status_code, start.location) == (303, PAGE)
    seen = 0
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/kelola/") or rule.rule.startswith(PAGE) or "GET" not in (rule.methods or ()):
            continue
        values = {name: _sample(rule, name, code) for name in rule.arguments}
        _subdomain, path = rule.build(values)
        assert helper.get(path).status_code in {403, 404}, rule.rule
        seen += helper.get(path).status_code == 403
    assert seen > 25
    assert helper.get(f"/kelola/laporan/{code}").status_code == 403
    assert post_form(helper, f"/kelola/laporan/{code}/catatan", {"note": "x"}).status_code in {403, 404}


def _sample(rule, name, code):
    converter = type(rule._converters[name]).__name__
    if converter == "UUIDConverter":
        return uuid.uuid4()
    return 1 if converter == "IntegerConverter" else code if name == "code" else "x"


def test_whoever_may_not_file_for_others_gets_no_form(client, tenant, office):
    act_as(client, tenant, "auditor")
    assert client.get(PAGE).status_code == 403
    assert "Catat untuk warga" not in client.get("/kelola").text


def test_an_officer_finds_it_in_the_menu(client, tenant, office):
    act_as(client, tenant, "officer")
    assert "Catat untuk warga" in client.get("/kelola/laporan").text


def test_whatsapp_suggests_and_files_nothing(app, helper, tenant, typed):
    pasted = (
        "[24/11/26, 14.03.11] Rina Sari: Pak, lampu jalan di depan masjid Desa Mekar mati\n"
        "[24/11/26, 14.03.50] Rina Sari: sudah tiga hari"
    )
    page = post_form(
        helper, PAGE, {"c-jalur": "whatsapp", "c-tahap": "baca", "c-isi": pasted, "client_id": typed["client_id"]}
    )
    assert page.status_code == 200
    assert in_region(app, tenant, select(Case)) == []
    assert re.search(r'value="feedback.pengaduan\|lampu" selected', page.text)
    assert re.search(r'value="[\d.]+" selected>Desa Mekar', page.text)
    assert page.text.count("Saran dari teksnya") >= 3
    assert "24/11/26" not in page.text
    assert 'value="Rina Sari"' in page.text
    assert 'value="di depan masjid"' in page.text
    nothing = post_form(helper, PAGE, {"c-jalur": "whatsapp", "c-tahap": "baca", "c-isi": " "})
    assert nothing.status_code == 422


def test_a_service_that_asks_more_asks_it_on_the_next_page(app, helper, tenant, typed):
    asked = typed | {"c-tentang": "feedback.permintaan-informasi|daring", "c-isi": "Anggaran jalan desa tahun 2026"}
    page = post_form(helper, PAGE, asked)
    assert page.status_code == 200
    assert "Untuk apa informasi ini dipakai?" in page.text
    assert "Anggaran jalan desa" in page.text
    assert "Apa yang terjadi?" not in page.text
    refused = post_form(helper, PAGE, asked | {"c-rinci": "feedback.permintaan-informasi"})
    assert refused.status_code == 422
    answer = post_form(helper, PAGE, asked | {"c-rinci": "feedback.permintaan-informasi", "tujuan": "rapat warga"})
    assert answer.status_code == 303
    [case] = in_region(app, tenant, select(Case))
    assert (case.data["cara"], case.data["tujuan"]) == ("daring", "rapat warga")


def test_a_photo_survives_a_mistake_and_hangs_on_the_case(app, helper, tenant, typed):
    wrong = typed | {"c-jalur": "counter", "c-isi": "x", "c-foto": (photo(), "lampu.jpg")}
    page = post_form(helper, PAGE, wrong, content_type="multipart/form-data")
    assert page.status_code == 422
    assert "Terlalu pendek" in page.text
    assert "Rina Sari 0812 3456 7890" in page.text
    kept = re.search(r'name="c-foto_kept" value="([^"]+)"', page.text).group(1)
    assert post_form(helper, PAGE, typed | {"c-foto_kept": kept}).status_code == 303
    assert [row.field for row in in_region(app, tenant, select(CaseFile))] == ["foto"]


def test_a_photo_for_a_service_that_asks_for_none_is_kept_too(app, helper, tenant, typed):
    asked = typed | {
        "c-tentang": "feedback.permintaan-informasi|ambil", "c-rinci": "feedback.permintaan-informasi", "tujuan": "rapat",
        "c-foto": (photo(), "surat.jpg"),
    }  # fmt: skip
    assert post_form(helper, PAGE, asked, content_type="multipart/form-data").status_code == 303
    [file] = in_region(app, tenant, select(CaseFile))
    assert (file.field, file.by_citizen) == ("", True)


HOSTILE = [
    ({"c-jalur": "lapor"}, 404),
    ({"c-jalur": ""}, 404),
    ({"c-tentang": ""}, 422),
    ({"c-tentang": "tidak.ada|x"}, 422),
    ({"c-tentang": "feedback.pengaduan|bukan-pilihan"}, 422),
    ({"c-tentang": "feedback.pengaduan"}, 422),
    ({"c-tentang": "|" * 500}, 422),
    ({"c-desa": "99.99.99.9999"}, 422),
    ({"c-desa": "' OR 1=1"}, 422),
    ({"c-desa": ""}, 422),
    ({"c-patokan": "x" * 400}, 422),
    ({"c-patokan": ""}, 422),
    ({"c-isi": "x" * 6000}, 422),
    ({"c-isi": "\x00\x01\x02"}, 422),
    ({"c-pelapor": "Rina 12345"}, 422),
    ({"c-pelapor": "x" * 500}, 422),
    ({"client_id": "bukan-uuid"}, 303),
    ({"c-isi": "<script>alert(1)</script> lampu mati \u202e di sini"}, 303),
]


@pytest.mark.parametrize(("change", "status"), HOSTILE)
def test_hostile_input(helper, typed, change, status):
    answer = post_form(helper, PAGE, typed | change)
    assert answer.status_code == status
    if status == 422:
        assert "Perlu diperbaiki" in answer.text
        assert "<script>alert" not in answer.text


def test_a_file_in_disguise_is_named(helper, typed):
    wrong = typed | {"c-foto": (io.BytesIO(b"MZ\x90\x00 not a photo"), "lampu.jpg")}
    page = post_form(helper, PAGE, wrong, content_type="multipart/form-data")
    assert page.status_code == 422
    assert "lampu.jpg" in page.text


def test_a_forged_or_foreign_form_files_nothing(app, helper, tenant, typed):
    assert helper.post(PAGE, data=typed).status_code == 403
    forged = post_form(helper, PAGE, typed, headers={"Origin": "http://lain.localhost"})
    assert forged.status_code == 403
    assert in_region(app, tenant, select(Case)) == []


def test_nobody_takes_cases_says_so(client, tenant):
    act_as(client, tenant, "helper")
    assert "Belum ada layanan yang menerima" in client.get(PAGE).text
    closed = post_form(
        client, PAGE, {"c-jalur": "phone", "c-tentang": "feedback.pengaduan|lampu", "c-isi": "Lampu mati sekali"}
    )
    assert closed.status_code == 409


def test_the_reporter_confirms(app, helper, client_of, tenant, typed):
    post_form(helper, PAGE, typed)
    phone = client_of(tenant)
    opened = phone.get(link_of(app, tenant, typed))
    page = phone.get(opened.location)
    assert "Betul ini laporan saya" in page.text
    assert "Bukan saya" in page.text
    assert forbidden(page.text) == []
    code = opened.location.rsplit("/", 1)[1]
    assert post_form(phone, f"/lacak/{code}/milik", {"jawaban": "ya"}).status_code == 303
    page = phone.get(opened.location).text
    assert "Terima kasih sudah memastikan." in page
    assert "Pelapor memastikan: betul laporannya" in page
    assert "Betul ini laporan saya" not in page
    post_form(phone, f"/lacak/{code}/milik", {"jawaban": "bukan"})
    assert "Anda sudah menjawab" in phone.get(opened.location).text
    with app.app_context(), tenant_scope(tenant) as session:
        at = now()
        found = assisted_counts(session, since=at.replace(year=at.year - 1), until=at.replace(year=at.year + 1))
    assert found == [AssistedCount("feedback.pengaduan", "phone", 1, 1, 0)]


def test_a_dispute_reaches_the_unit(app, helper, client_of, tenant, office, typed):
    post_form(helper, PAGE, typed)
    phone = client_of(tenant)
    code = phone.get(link_of(app, tenant, typed)).location.rsplit("/", 1)[1]
    post_form(phone, f"/lacak/{code}/milik", {"jawaban": "bukan", "pesan": "Saya tidak pernah ke sana."})
    [message] = in_region(app, tenant, select(Message).where(Message.template == "cases.staff_not_mine"))
    assert message.member_id == office.officer_id
    officer = client_of(tenant)
    act_as(officer, tenant, "officer")
    page = officer.get(f"/kelola/laporan/{code}").text
    assert "Pelapor menyangkal: bukan laporannya" in page
    assert "Dicatat petugas dari telepon." in page
    assert "Saya tidak pernah ke sana." in page
    stranger = client_of(tenant).get(f"/lacak/{code}").text
    assert "menyangkal" not in stranger
    assert "tidak pernah" not in stranger
    with app.app_context(), tenant_scope(tenant) as session:
        at = now()
        found = assisted_counts(session, since=at.replace(year=at.year - 1), until=at.replace(year=at.year + 1))
    assert (found[0].confirmed, found[0].disputed) == (0, 1)


def test_nobody_else_answers(app, helper, client_of, tenant, typed):
    post_form(helper, PAGE, typed)
    code = link_of(app, tenant, typed).split("/")[2].partition("?")[0]
    stranger = client_of(tenant)
    assert "Betul ini laporan saya" not in stranger.get(f"/lacak/{code}").text
    for given in ({"jawaban": "ya"}, {"jawaban": "bukan"}, {"jawaban": "x"}, {}):
        assert post_form(stranger, f"/lacak/{code}/milik", given).status_code == 404
    assert post_form(stranger, "/lacak/apa-saja/milik", {"jawaban": "ya"}).status_code == 404
    # The helper who filed holds the slip, not the case: its page tells them no more than it tells everybody.
    assert "Lampu jalan depan" not in helper.get(f"/lacak/{code}").text


def test_what_somebody_filed_alone_asks_nothing(client, tenant, office, typed):
    from balai.testing.offices import COMPLAINT

    own = {**COMPLAINT, "region": typed["c-desa"], "landmark": "pasar", "visibility": "public", "anonymity": "named"}
    sent = post_form(client, "/layanan/feedback/pengaduan", own).location
    code = sent.split("/")[2]
    assert "Apakah ini laporan Anda?" not in client.get(f"/lacak/{code}").text
    assert post_form(client, f"/lacak/{code}/milik", {"jawaban": "ya"}).status_code == 404


def test_every_word_can_be_translated(app, helper, client_of, tenant, typed):
    slip = post_form(helper, PAGE, typed).location
    data = ("Pengaduan", "Usul", "Permintaan", "Admin daerah", " WIB")
    for path in (PAGE, f"{PAGE}?jalur=whatsapp", slip):
        left = untranslated(helper.get(f"{path}{'&' if '?' in path else '?'}bahasa=qps").text)
        assert [t for t in left if not t.startswith(data)] == [], path
    phone = client_of(tenant)
    page = phone.get(phone.get(link_of(app, tenant, typed)).location + "?bahasa=qps").text
    assert [t for t in untranslated(page) if "laporan" in t] == []


@pytest.mark.parametrize(
    "cookie", ["", "~", "x~", "~~~", "é~x.y", "0" * 64 + "~2007S7YAH7KAGNV.0", "\udcff~\udcff", "~" * 3000]
)
def test_a_forged_slip_cookie_opens_nothing(helper, typed, cookie):
    slip = post_form(helper, PAGE, typed).location
    session = next(c for c in helper._cookies.values() if c.key == "__Host-balai")
    sent = f"__Host-balai={session.value}; __Host-balai-slip={cookie}".encode(errors="surrogateescape").decode(
        "latin-1"
    )
    bare = helper.application.test_client(use_cookies=False)
    with_cookie = {"base_url": f"http://{helper.environ_base['HTTP_HOST']}", "headers": {"Cookie": sent}}
    assert bare.get(PAGE, **with_cookie).status_code == 200
    assert bare.get(slip, **with_cookie).status_code == 404
    assert bare.get(f"{slip}/qr.png", **with_cookie).status_code == 404
