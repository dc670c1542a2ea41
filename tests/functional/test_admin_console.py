"""The console's own pages: who sees what, what is written, what is refused."""

import io
import re

import pytest

from balai import audit, plugins
from balai.admin import grants
from balai.admin.models import OperatorGrant
from balai.clock import now
from balai.contracts import PluginState
from balai.tenancy import TenantProfile, queries, registry_scope, tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.words import untranslated

PAGES = {
    "/kelola": ("admin", "officer", "leader", "auditor", "helper"),
    "/kelola/daerah": ("admin",),
    "/kelola/layanan-daerah": ("admin", "leader"),
    "/kelola/layanan-daerah/feedback": ("admin", "leader"),
    "/kelola/layanan-daerah/feedback/off": ("admin", "leader"),
    "/kelola/pekerjaan": ("admin",),
    "/kelola/audit": ("admin", "leader", "auditor"),
    "/kelola/izin-pengelola": ("admin",),
    "/kelola/unduh": ("admin",),
    "/kelola/petugas": ("admin",),
    "/kelola/petugas/undang": ("admin",),
}
ROLES = ("admin", "officer", "leader", "auditor", "helper")
LOOK = {
    "display_name": "Kota Contoh", "tagline": "Melayani", "timezone": "Asia/Makassar", "primary_color": "#1d4f9e",
    "accent_color": "#F2B705", "motif": "kawung", "phone": "(022) 123-4567", "email": "halo@contoh.go.id",
    "leader_name": "Ibu Rahasia Sekali",
}  # fmt: skip


def text(response):
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


@pytest.fixture
def admin(client, tenant):
    act_as(client, tenant, "admin", name="Dewi Admin")
    return client


@pytest.fixture
def entries(app, tenant):
    def read(action):
        with app.app_context(), tenant_scope(tenant) as session:
            return list(audit.entries(session, action=action))

    return read


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_its_pages_and_no_others(client, tenant, role):
    act_as(client, tenant, role)
    for path, allowed in PAGES.items():
        # A helper's start page is the form that helpers are for.
        page = client.get(path, follow_redirects=role == "helper" and path == "/kelola")
        assert page.status_code == (200 if role in allowed else 403), path
    menu = re.findall(r'<li><a href="(/kelola[^"]*)"', client.get("/kelola").get_data(as_text=True))
    assert all(client.get(path).status_code == 200 for path in set(menu)), "the menu offers only what opens"


@pytest.mark.parametrize("path", PAGES)
def test_nobody_comes_in_without_signing_in(client, path):
    assert client.get(path).status_code == 303
    assert "/masuk" in client.get(path).headers["Location"]


@pytest.mark.parametrize("path", PAGES)
def test_citizens_and_other_regions_staff_stay_out(client, tenant, other_tenant, path):
    act_as(client, tenant)
    assert client.get(path).status_code == 403
    act_as(client, other_tenant, "admin")
    assert client.get(path).status_code == 303, "that session isn't one of this host"


@pytest.mark.parametrize("path", PAGES)
def test_every_string_can_be_translated(admin, path):
    data = (f" {now().year}", "(022)")  # dates follow the reader's language, not the catalogue
    found = untranslated(admin.get(f"{path}?bahasa=qps").get_data(as_text=True), data=data)
    assert found == []


def test_saving_the_look_changes_every_page(admin, app, tenant, entries):
    assert post_form(admin, "/kelola/daerah", LOOK).status_code == 303
    home = text(admin.get("/bantuan"))
    assert "Kota Contoh" in home
    assert "motif-kawung" in home
    assert "Ibu Rahasia Sekali" not in home
    with app.app_context(), registry_scope() as session:
        stored = queries.tenant_by_id(session, tenant.id)
        assert (stored.name, stored.timezone) == ("Kota Contoh", "Asia/Makassar")
    (entry,) = entries("profile.saved")
    assert "display_name" in entry.data["changed"]
    assert "Ibu Rahasia" not in str(entry.data)


def test_a_refused_look_keeps_everything_typed(admin, app, tenant):
    wrong = LOOK | {"display_name": "", "primary_color": "merah", "phone": "telepon saja", "timezone": "Mars/Olympus"}
    page = post_form(admin, "/kelola/daerah", wrong)
    assert page.status_code == 422
    for word in ("Nama daerah perlu diisi", "Tulis warna seperti", "Tulis nomor telepon", "Pilih zona waktu"):
        assert word in text(page)
    assert 'value="Melayani"' in text(page)
    with app.app_context(), tenant_scope(tenant) as session:
        assert session.query(TenantProfile).one().tagline == ""


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("primary_color=%231d4f9e&accent_color=%23f2b705", "Tulisan terbaca"),
        ("primary_color=%23ffff66&accent_color=%23ffffaa", "versi yang lebih tua"),
        ("primary_color=%23ffd400&accent_color=%23c1121f", "warna kedua yang dipakai"),
        ("primary_color=merah&accent_color=%23c1121f", "Tulis warna seperti"),
        ("", "Tulis warna seperti"),
    ],
)
def test_the_colours_tell_how_they_read(admin, query, told):
    assert told in text(admin.get(f"/kelola/daerah/warna?{query}"))


def _picture(kind="PNG"):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", (300, 400), "#1d4f9e").save(out, kind)
    return io.BytesIO(out.getvalue())


def test_crest_up_and_away(admin, entries):
    sent = post_form(admin, "/kelola/daerah/lambang", {"crest": (_picture(), "lambang.png")})
    assert sent.status_code == 303
    assert admin.get("/lambang/large").mimetype == "image/png"
    assert entries("profile.crest_replaced")
    assert post_form(admin, "/kelola/daerah/lambang", {"hapus": "ya"}).status_code == 303
    assert admin.get("/lambang/large").status_code == 404


@pytest.mark.parametrize("body", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"", b"%PDF-1.7"])
def test_a_crest_that_is_no_picture_is_named(admin, body):
    page = post_form(admin, "/kelola/daerah/lambang", {"crest": (io.BytesIO(body), "lambang.png")})
    assert page.status_code == 422
    assert "bukan gambar" in text(page)


def test_no_file_at_all_is_named(admin):
    assert "Pilih gambar" in text(post_form(admin, "/kelola/daerah/lambang", {}))


def test_switching_asks_for_a_reason_says_what_happens_and_is_recorded(admin, app, tenant, entries):
    asked = text(admin.get("/kelola/layanan-daerah/feedback/off"))
    assert "Datanya tetap tersimpan" in asked
    refused = post_form(admin, "/kelola/layanan-daerah/feedback/off", {"reason": "  "})
    assert refused.status_code == 422
    done = post_form(admin, "/kelola/layanan-daerah/feedback/off", {"reason": "Tidak dipakai lagi."})
    assert done.status_code == 303
    page = text(admin.get("/kelola/layanan-daerah"))
    assert "Tidak dipakai lagi." in page
    assert "Dewi Admin" in page
    (entry,) = entries("plugin.switched")
    assert (entry.data["from"], entry.data["to"]) == ("on", "off")
    with app.app_context(), registry_scope() as session:
        assert plugins.state(queries.tenant_by_id(session, tenant.id), "feedback") is PluginState.OFF
    assert post_form(admin, "/kelola/layanan-daerah/feedback/on", {"reason": "Dipakai lagi."}).status_code == 303


@pytest.mark.parametrize("path", ["tidakada/on", "feedback/blocked", "feedback/on", "feedback/xyz", "cases/off"])
def test_a_switch_that_is_not_there_is_unknown(admin, path):
    assert admin.get(f"/kelola/layanan-daerah/{path}").status_code == 404
    assert post_form(admin, f"/kelola/layanan-daerah/{path}", {"reason": "apa saja"}).status_code == 404


def test_the_record_by_page_filter_and_csv(admin, app, tenant):
    with app.app_context(), tenant_scope(tenant) as session:
        for n in range(45):
            audit.record(session, "profile.saved", data={"n": n, "teks": '=cmd|" /C calc"!A0'})
        audit.record(session, "unit.created", data={"name": "Unit Air"})
    first = text(admin.get("/kelola/audit?bagian=profile."))
    assert first.count(">profile.saved<") == 40
    assert "unit.created" not in first
    following = re.search(r'href="(/kelola/audit\?[^"]*sebelum[^"]*)"', first)[1].replace("&amp;", "&")
    assert text(admin.get(following)).count(">profile.saved<") == 5
    assert "Tidak ada catatan" in text(admin.get("/kelola/audit?dari=2020-01-01&sampai=2020-01-02"))
    sheet = admin.get("/kelola/audit/catatan.csv?bagian=profile.")
    lines = sheet.get_data(as_text=True).splitlines()
    assert len(lines) == 46
    assert sheet.headers["Content-Disposition"].startswith("attachment")
    assert "audit.downloaded" in text(admin.get("/kelola/audit"))


@pytest.mark.parametrize(
    "query",
    ["sebelum=x", "sebelum=2020-01-01T00:00:00_zz", "dari=0001-01-01", "sampai=9999-12-31", "orang=%00", "bagian=%"],
)
def test_odd_filters_are_harmless(admin, query):
    assert admin.get(f"/kelola/audit?{query}").status_code == 200


def test_no_cell_is_a_formula():
    from balai.admin.audit import safe_cell

    assert [safe_cell(c) for c in ("=1+1", "+62", "-1", "@x", "\tx", "teks")] == [
        "'=1+1",
        "'+62",
        "'-1",
        "'@x",
        "'\tx",
        "teks",
    ]


def test_seals_are_shown_and_checked(admin, app, tenant):
    post_form(admin, "/kelola/daerah", LOOK)
    with app.app_context(), tenant_scope(tenant) as session:
        assert audit.seal_pending(session)
    assert "Terkunci sampai" in text(admin.get("/kelola/audit"))
    assert post_form(admin, "/kelola/audit/periksa").status_code == 303
    assert "Utuh" in text(admin.get("/kelola/audit"))


def test_a_permit_is_given_seen_and_taken_back(admin, app, tenant, entries):
    assert post_form(admin, "/kelola/izin-pengelola", {"hours": "2", "reason": "pendek"}).status_code == 422
    assert (
        post_form(admin, "/kelola/izin-pengelola", {"hours": "9999", "reason": "Pesan tidak terkirim."}).status_code
        == 422
    )
    assert (
        post_form(admin, "/kelola/izin-pengelola", {"hours": "2", "reason": "Pesan tidak terkirim."}).status_code == 303
    )
    with app.app_context(), tenant_scope(tenant) as session:
        grant = session.query(OperatorGrant).one()
        assert grants.active_grant(session) is not None
    page = text(admin.get("/kelola/izin-pengelola"))
    assert "berlaku" in page
    assert post_form(admin, f"/kelola/izin-pengelola/{grant.id}/cabut").status_code == 303
    with app.app_context(), tenant_scope(tenant) as session:
        assert grants.active_grant(session) is None
    assert [e.action for e in entries("grant.")] == ["grant.ended", "grant.given"]


def test_a_permit_of_another_region_is_unknown(admin, app, other_tenant):
    with app.app_context(), tenant_scope(other_tenant) as session:
        grant = grants.give_grant(session, hours=2, reason="Pesan tidak terkirim.", by="x")
    assert post_form(admin, f"/kelola/izin-pengelola/{grant.id}/cabut").status_code == 404


def test_the_setup_list_ticks_itself_off(admin):
    before = text(admin.get("/kelola"))
    assert "Tinggal 5 langkah" in before, "feedback is switched on by the fixture"
    post_form(admin, "/kelola/daerah", LOOK)
    post_form(admin, "/kelola/daerah/lambang", {"crest": (_picture("JPEG"), "l.jpg")})
    after = text(admin.get("/kelola"))
    assert "Tinggal 3 langkah" in after


def test_jobs_of_another_region_are_out_of_reach(admin):
    for path in ("ulangi", "buang"):
        assert post_form(admin, f"/kelola/pekerjaan/1/{path}").status_code == 404
    assert admin.get("/kelola/pekerjaan/1/buang").status_code == 404
