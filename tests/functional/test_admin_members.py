"""The staff page against the real Keycloak: invite, list, roles, removal, the last admin."""

import io
import re
import uuid

import pytest

from balai import audit
from balai.auth import members
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.probe import client_on

pytestmark = pytest.mark.identity


def text(response):
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


@pytest.fixture
def admin(identity, tenant):
    identity.onboard(tenant)
    client = client_on(identity.app, tenant)
    act_as(client, tenant, "admin", name="Dewi Admin")
    return client


@pytest.fixture
def staff(identity, tenant):
    def read():
        with identity.app.app_context(), tenant_scope(tenant) as session:
            return {m.name: m for m in members.list_members(session)}

    return read


def address():
    return f"{uuid.uuid4().hex[:10]}@contoh.go.id"


def test_without_mail_the_first_password_is_shown_once_and_works(identity, admin, tenant, staff):
    email = address()
    answer = post_form(admin, "/kelola/petugas/undang", {"name": "Wati Uji", "email": email, "roles": ["officer"]})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    password = re.search(r'class="code" id="kode"[^>]*>([a-z0-9-]+)<', answer.get_data(as_text=True))[1]
    assert password not in text(admin.get("/kelola/petugas"))
    with identity.app.app_context(), tenant_scope(tenant) as session:
        recorded = str([(e.action, e.data) for e in audit.entries(session)])
    assert "member.invited" in recorded
    assert password not in recorded
    assert email not in recorded
    assert staff()["Wati Uji"].roles == ["officer"]


def test_a_refused_invitation_keeps_what_was_typed(admin):
    page = post_form(admin, "/kelola/petugas/undang", {"name": "Wati Uji", "email": "bukan alamat"})
    assert page.status_code == 422
    assert 'value="Wati Uji"' in text(page)
    assert "Pilih paling sedikit satu peran" in text(page)


def test_a_list_is_shown_row_by_row_before_anybody_is_invited(admin, staff):
    good = f"nama;email;peran\nAni Uji;{address()};Petugas\nBudi Uji;{address()};Petugas + Pemeriksa\n"
    preview = post_form(admin, "/kelola/petugas/daftar", {"berkas": (io.BytesIO(good.encode()), "petugas.csv")})
    assert preview.status_code == 200
    assert "Belum ada yang diundang" in text(preview)
    assert "Ani Uji" not in staff()
    carried = re.search(r'name="text" value="([^"]*)"', preview.get_data(as_text=True))[1]
    done = post_form(admin, "/kelola/petugas/daftar/undang", {"text": carried})
    assert "hanya ditampilkan sekali" in text(done)
    assert staff()["Budi Uji"].roles == ["auditor", "officer"]


def test_a_faulty_list_names_each_row_and_invites_nobody(admin, staff):
    bad = f"nama,email,peran\nAni Uji,bukan,Petugas\n,{address()},Raja\nBudi Uji,{address()},Petugas\n"
    page = post_form(admin, "/kelola/petugas/daftar", {"berkas": (io.BytesIO(bad.encode()), "petugas.csv")})
    assert page.status_code == 422
    assert "Baris 2:" in text(page)
    assert "Baris 3:" in text(page)
    assert 'action="/kelola/petugas/daftar/undang"' not in text(page)
    assert set(staff()) == {"Dewi Admin"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "Baris pertama harus berisi judul kolom"),
        (b"PK\x03\x04\x00\x00", "Baris pertama harus berisi judul kolom"),
        (b"nama,email,peran\n", "belum berisi siapa pun"),
        (b"x" * 300_000, "terlalu besar"),
    ],
)
def test_what_is_no_list_is_named(admin, body, told):
    page = post_form(admin, "/kelola/petugas/daftar", {"berkas": (io.BytesIO(body), "petugas.csv")})
    assert page.status_code == 422
    assert told in text(page)


def test_roles_change_at_once_and_end_the_persons_sessions(identity, admin, tenant, staff):
    post_form(admin, "/kelola/petugas/undang", {"name": "Wati Uji", "email": address(), "roles": ["officer"]})
    member = staff()["Wati Uji"]
    page = text(admin.get(f"/kelola/petugas/{member.id}"))
    assert 'value="officer" checked' in page
    assert post_form(admin, f"/kelola/petugas/{member.id}/peran", {"roles": ["auditor"]}).status_code == 303
    assert staff()["Wati Uji"].roles == ["auditor"]
    assert post_form(admin, f"/kelola/petugas/{member.id}/peran", {}).status_code == 422


def test_the_last_admin_stays(identity, tenant, person_client, staff):
    person = identity.person(tenant, "admin", name="Satu Satunya")
    client = person_client(tenant)
    identity.sign_in(client, person, to="/kelola")
    (me,) = staff().values()
    page = post_form(client, f"/kelola/petugas/{me.id}/keluarkan")
    assert page.status_code == 422
    assert "admin terakhir" in text(page)
    page = post_form(client, f"/kelola/petugas/{me.id}/peran", {"roles": ["officer"]})
    assert page.status_code == 422
    assert "admin terakhir" in text(page)
    assert next(iter(staff().values())).roles == ["admin"]


def test_removal_asks_first_and_is_final(admin, staff):
    post_form(admin, "/kelola/petugas/undang", {"name": "Wati Uji", "email": address(), "roles": ["officer"]})
    member = staff()["Wati Uji"]
    assert "Aksesnya dicabut seketika" in text(admin.get(f"/kelola/petugas/{member.id}/keluarkan"))
    assert post_form(admin, f"/kelola/petugas/{member.id}/keluarkan").status_code == 303
    assert "Wati Uji" not in staff()
    assert admin.get(f"/kelola/petugas/{member.id}").status_code == 404


def test_a_lost_phone(admin, staff):
    post_form(admin, "/kelola/petugas/undang", {"name": "Wati Uji", "email": address(), "roles": ["officer"]})
    path = f"/kelola/petugas/{staff()['Wati Uji'].id}/kode-baru"
    assert "Pastikan dulu" in text(admin.get(path))
    assert post_form(admin, path).status_code == 303
    assert "Kode masuk petugas disetel ulang" in text(admin.get("/kelola/audit"))


def test_a_member_of_another_region_is_unknown(admin, identity, other_tenant):
    client = client_on(identity.app, other_tenant)
    other = act_as(client, other_tenant, "officer")
    for path in ("", "/keluarkan", "/kode-baru"):
        assert admin.get(f"/kelola/petugas/{other}{path}").status_code == 404
    for path in ("/keluarkan", "/peran", "/kirim-ulang", "/kode-baru"):
        assert post_form(admin, f"/kelola/petugas/{other}{path}", {"roles": ["auditor"]}).status_code == 404


def test_the_sign_in_pages_take_the_regions_look(identity, admin, tenant):
    from balai.admin.profile import COLOURS
    from balai.jobs.worker import drain

    look = {
        "display_name": f"{tenant.name} Baru", "timezone": "Asia/Jakarta", "motif": "kawung",
        **dict(zip(COLOURS, ("#1d4f9e", "#f2b705"), strict=True)),
    }  # fmt: skip
    assert post_form(admin, "/kelola/daerah", look).status_code == 303
    drain(identity.app, tenant=tenant)
    people = identity.provisioner.directory
    organization = people.account.get(f"/organizations/{people.organization(tenant)}")
    assert organization["name"] == f"{tenant.name} Baru"
    assert organization["attributes"]["warna"][0].startswith("#")
