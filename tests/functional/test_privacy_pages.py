"""The record of processing from what is declared, the 72 hours of a breach, the sentence beside each personal field."""

import csv
import io
from datetime import timedelta

import pytest

from balai import audit
from balai.clock import now
from balai.privacy import breaches
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.personal import keep_document
from balai.testing.words import plain, untranslated

ROOT = "/kelola/data-pribadi"
# Texts of documents and manifests, and what the region is called.
DATA = ("Balai", "Bantuan uji", f" {now().year}")


@pytest.fixture
def admin(client, tenant, office):
    act_as(client, tenant, "admin", name="Ani Admin")
    return client


def test_the_record_names_services_and_manifests(admin, session, tenant):
    keep_document(session)
    page = admin.get(ROOT)
    assert page.status_code == 200
    for text in (
        "NIK penerima",
        "memastikan penerima",
        "UU 13/2011",
        "1 tahun setelah selesai",
        "nama, nomor HP, dan email",
    ):
        assert text in page.text, text
    answer = admin.get(f"{ROOT}/catatan.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert rows[0][:3] == ["Layanan", "Data pribadi", "Tujuan"]
    assert ["Bantuan uji", "NIK penerima", "memastikan penerima", "UU 13/2011", "1 tahun setelah selesai"] in [
        row[:5] for row in rows
    ]
    assert any(row[0] == "Hapus data saya" for row in rows)
    assert len(audit.entries(session, action="privacy.record_downloaded")) == 1


def test_a_plugin_that_is_off_is_not_in_the_record(client_of, regions):
    bare = regions(plugins=())
    client = client_of(bare)
    act_as(client, bare, "auditor")
    page = client.get(ROOT)
    assert page.status_code == 200
    assert "Pengaduan" not in page.text


def test_a_breach_runs_72_hours_and_wants_both_told(admin, session, tenant):
    here = f"{ROOT}/kebocoran"
    assert post_form(admin, here, {"noticed_at": "", "story": "x", "kinds": "", "people": "-3"}).status_code == 422
    ahead = (now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    told = {"story": "Laptop petugas hilang di terminal.", "kinds": "nama dan nomor HP pelapor", "people": "1.200"}
    assert post_form(admin, here, told | {"noticed_at": ahead}).status_code == 422
    local = (now() - timedelta(hours=10)).astimezone(tenant.zone).strftime("%Y-%m-%dT%H:%M")
    made = post_form(admin, here, told | {"noticed_at": local})
    assert made.status_code == 303
    breach = breaches.breaches(session)[0]
    assert breach.people == 1200
    assert timedelta(hours=61) < breaches.deadline(breach) - now() <= timedelta(hours=62)
    page = admin.get(made.location)
    assert "Waktu berjalan" in page.text
    assert "Laptop petugas hilang" in page.text
    old = (now() - timedelta(hours=73)).astimezone(tenant.zone).strftime("%Y-%m-%dT%H:%M")
    late = post_form(admin, here, told | {"noticed_at": old})
    assert "Batas 72 jam sudah lewat" in admin.get(late.location).text
    assert "lewat 72 jam" in admin.get(here).text
    early = post_form(admin, f"{made.location}/close")
    assert "Catat dulu" in admin.get(early.location).text
    for what in ("people", "authority", "people"):
        assert post_form(admin, f"{made.location}/{what}").status_code == 303
    post_form(admin, f"{made.location}/measures", {"measures": "Laptop dikunci dari jauh."})
    letter = admin.get(f"{made.location}/surat")
    assert "Laptop dikunci dari jauh." in letter.text
    post_form(admin, f"{made.location}/close")
    assert "Sudah selesai ditangani." in admin.get(made.location).text
    actions = [e.action for e in audit.entries(session, action="privacy.")]
    assert actions.count("privacy.breach_told_people") == 1
    assert "privacy.breach_closed" in actions


def test_breaches_of_another_region_are_unknown(admin, app, other_tenant):
    from balai.tenancy import tenant_scope

    with app.app_context(), tenant_scope(other_tenant) as elsewhere:
        theirs = breaches.report_breach(
            elsewhere, noticed_at=now() - timedelta(hours=1), story="Surat salah alamat.", kinds="nama"
        ).id
    assert admin.get(f"{ROOT}/kebocoran/{theirs}").status_code == 404


@pytest.mark.parametrize("path", ["", "/masa-simpan", "/kebocoran"])
def test_words_and_rights(client_of, tenant, office, path):
    for role, status in (("admin", 200), ("leader", 200), ("auditor", 200), ("officer", 403), ("helper", 403)):
        client = client_of(tenant)
        act_as(client, tenant, role)
        assert client.get(ROOT + path).status_code == status, role
    reader = client_of(tenant)
    act_as(reader, tenant, "admin", name="Ani Admin")
    assert untranslated(reader.get(f"{ROOT}{path}?bahasa=qps").text, data=DATA) == []


def test_every_personal_field_says_what_for_and_how_long(client, session, office):
    owner, key = keep_document(session).split(".")
    page = client.get(f"/layanan/{owner}/{key}").text
    assert plain(page)
    assert "Dipakai untuk memastikan penerima (dasar: UU 13/2011), lalu dihapus 1 tahun setelah selesai." in page
    assert "Dipakai untuk menghubungi penerima (dasar: UU 13/2011), lalu dihapus 3 bulan setelah selesai." in page
    assert "Dipakai untuk memberi kabar dan jawaban" in page
    schema = client.get(f"/api/v1/services/{owner}.{key}").json["form"]["properties"]["nik"]
    assert schema["x-personal"] == "memastikan penerima"
    assert schema["x-personal-notice"].endswith("lalu dihapus 1 tahun setelah selesai.")
