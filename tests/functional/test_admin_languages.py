"""A region's own language: uploaded, checked, on its pages only; the switch, the cookie, what the browser says."""

import io
import re

import pytest

from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.web import catalogues, languages
from balai.web.extraction import places

PAGE = "/kelola/bahasa"
HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n'


def po(*pairs):
    return (HEAD + "".join(f'\nmsgid "{text}"\nmsgstr "{other}"\n' for text, other in pairs)).encode()


@pytest.fixture
def admin(client, tenant):
    act_as(client, tenant, "admin")
    return client


def upload(client, raw, code="su", name="Basa Sunda"):
    data = {"code": code, "name": name, "file": (io.BytesIO(raw), "su.po")}
    return post_form(client, f"{PAGE}/unggah", data, content_type="multipart/form-data")


def test_a_regions_language_is_offered_on_its_pages_only(admin, client_of, tenant, other_tenant):
    assert upload(admin, po(("Beranda", "Payun"), ("Cari layanan", "Milari layanan"))).status_code == 303
    citizen = client_of(tenant)
    page = citizen.get("/bantuan?bahasa=su")
    assert '<html lang="su">' in page.text
    assert "Payun" in page.text
    assert "Langsung ke isi" in page.text  # a hole: Indonesian
    assert "Basa Sunda" in page.text
    assert "Payun" in citizen.get("/privasi").text  # remembered
    assert {"Cookie", "Accept-Language"} <= set(re.split(r",\s*", page.headers["Vary"]))
    other = client_of(other_tenant)
    assert "Basa Sunda" not in other.get("/bantuan").text
    assert '<html lang="id">' in other.get("/bantuan?bahasa=su").text


def test_the_browsers_list_chooses_it_too(admin, client_of, tenant):
    upload(admin, po(("Beranda", "Payun")))
    assert "Payun" in client_of(tenant).get("/bantuan", headers={"Accept-Language": "su,en;q=0.8"}).text
    assert "Payun" not in client_of(tenant).get("/bantuan", headers={"Accept-Language": "su;q=0.5,id"}).text


def test_a_newer_catalogue_is_live_at_once_in_every_process(admin, client_of, tenant):
    upload(admin, po(("Beranda", "Payun")))
    citizen = client_of(tenant)
    assert "Payun" in citizen.get("/bantuan?bahasa=su").text
    upload(admin, po(("Beranda", "Bumi")))
    assert "Bumi" in citizen.get("/bantuan").text
    assert post_form(admin, f"{PAGE}/hapus", {"code": "su"}).status_code == 303
    assert '<html lang="id">' in citizen.get("/bantuan").text


def test_the_region_chooses_what_is_offered(admin, client_of, tenant):
    assert "English" in client_of(tenant).get("/").text
    post_form(admin, PAGE, {})
    page = client_of(tenant).get("/?bahasa=en")
    assert '<html lang="id">' in page.text
    assert "English" not in page.text
    assert post_form(admin, PAGE, {"languages": "xx"}).status_code == 422
    post_form(admin, PAGE, {"languages": "en"})
    assert '<html lang="en">' in client_of(tenant).get("/?bahasa=en").text


@pytest.mark.parametrize(
    ("text", "other", "words"),
    [
        ("Sudah kami terima: %(code)s", "Tos ditampi", "tempat isian"),
        ("Sudah kami terima: %(code)s", "Tos ditampi: %(kode)s", "tempat isian"),
        (
            '%(text)s: tidak boleh berisi HTML atau tanda < > \\" & %% yang tidak ada di aslinya.',
            "%(text)s atawa %(text)999999999s", "tempat isian",
        ),
        ("Beranda", "<script>alert(1)</script>", "tidak boleh berisi HTML"),
        ("Beranda", 'Payun\\" onmouseover=\\"x', "tidak boleh berisi HTML"),
        ("Beranda", "100% payun", "tidak boleh berisi HTML"),
        ("Beranda", "{{ config }}", "tidak boleh berisi HTML"),
        ("Beranda", "Payun\u202e", "tidak boleh berisi HTML"),
        ("Beranda", "a" * 500, "terlalu panjang"),
    ],
)  # fmt: skip
def test_what_would_break_a_page_is_refused(admin, client_of, tenant, text, other, words):
    page = upload(admin, po((text, other), ("Cari layanan", "Milari layanan")))
    assert page.status_code == 422
    assert words in page.text
    assert '<html lang="id">' in client_of(tenant).get("/?bahasa=su").text


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\x00", b"", b"msgid", b"PK\x03\x04", HEAD.encode(), po(("Bukan kalimat kami", "x"))]
)
def test_what_is_no_catalogue_of_ours_is_refused(admin, raw):
    assert upload(admin, raw).status_code == 422


@pytest.mark.parametrize(
    ("code", "name"), [("id", "Indonesia"), ("qps", "Uji"), ("SU-1", "Sunda"), ("su", ""), ("su", "<b>")]
)
def test_code_and_name_are_checked(admin, code, name):
    assert upload(admin, po(("Beranda", "Payun")), code, name).status_code == 422


def test_a_hostile_plural_rule_runs_nothing(admin):
    raw = po(("Beranda", "Payun")).replace(b"plural=0", b"plural=__import__('os').system('true')")
    assert upload(admin, raw).status_code in {303, 422}


def test_strings_that_are_not_ours_are_not_kept(admin, app, tenant):
    upload(admin, po(("Beranda", "Payun"), ("Bukan kalimat kami", "<b>x</b>")))
    kept = admin.get(f"{PAGE}/su.po")
    assert "Payun" in kept.text
    assert "Bukan kalimat kami" not in kept.text
    assert kept.headers["Content-Disposition"] == 'attachment; filename="balai-su.po"'


def test_the_template_comes_back_translated(admin, client_of, tenant):
    """Whoever fills in the file that can be downloaded is never refused; counts work without plural forms."""
    template = admin.get(f"{PAGE}/contoh.pot").text
    assert "#. Home" in template
    filled = re.sub(
        r'^msgid ((?:".*"\n)+)((?:msgid_plural (?:".*"\n)+msgstr\[0\]|msgstr)) ""$',
        lambda m: f"msgid {m[1]}{m[2]} {m[1].rstrip()}",
        template,
        flags=re.MULTILINE,
    )
    reply = upload(admin, filled.encode(), "jv", "Basa Jawa")
    assert reply.status_code == 303
    assert '<html lang="jv">' in client_of(tenant).get("/?bahasa=jv").text


def test_messages_of_a_job_come_in_the_regions_language(admin, app, tenant):
    from flask import g

    from balai import db
    from balai.web.i18n import force_language, gettext

    upload(admin, po(("Beranda", "Payun")))
    with app.app_context(), tenant_scope(tenant) as session:
        g.tenant, g.db_session = tenant, session
        with force_language("su"):
            assert gettext("Beranda") == "Payun"
        assert db.session() is session
        g.pop("db_session")


def test_only_who_manages_the_region(client, tenant, office):
    assert client.get(PAGE).status_code in {302, 303}
    act_as(client, tenant, "officer")
    assert client.get(PAGE).status_code == 403
    assert upload(client, po(("Beranda", "Payun"))).status_code == 403


def test_places_of_shipped_strings_are_the_same_in_english():
    strings = catalogues.shipped_strings()
    assert strings
    assert [t for t, s in strings.items() if places(t) != places(s.english)] == []
    assert languages.MOST_OWN > 0
