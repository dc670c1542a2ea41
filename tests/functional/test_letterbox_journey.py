"""With the real Keycloak: a unit's last member goes, somebody tries to report, follows an old report, the admin answers it."""

import io
import re
import uuid

import pytest
from sqlalchemy import select, text

from balai import cases
from balai.auth import Member, members
from balai.cases import units
from balai.cases.models import Case, Unit
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.offices import COMPLAINT
from balai.testing.pages import post_form
from balai.testing.probe import client_on

pytestmark = pytest.mark.identity
FORM = "/layanan/feedback/pengaduan"


@pytest.fixture
def tenant(identity, tenant):
    return identity.onboard(tenant)


@pytest.fixture
def scope(identity, tenant):
    def open_():
        return tenant_scope(tenant)

    with identity.app.app_context():
        yield open_


@pytest.fixture
def arrive(identity, tenant):
    """`arrive("officer")`: somebody who has signed in through Keycloak's pages; (client, member id)."""

    def make(*roles, name=""):
        person = identity.person(tenant, *roles, name=name)
        client = client_on(identity.app, tenant)
        identity.sign_in(client, person)
        with identity.app.app_context(), tenant_scope(tenant) as session:
            return client, session.scalars(select(Member.id).where(Member.sub == person.sub)).one()

    return make


@pytest.fixture
def visitor(identity, tenant):
    return client_on(identity.app, tenant)


def complaint(tenant):
    return {
        **COMPLAINT, "region": f"{tenant.region_code}.01.2001", "landmark": "depan balai desa", "visibility": "public",
        "anonymity": "named", "client_id": str(uuid.uuid4()), "name": "Rina", "phone": "0812 3456 7890",
    }  # fmt: skip


def one_person_unit(scope, member_id):
    with scope() as session:
        unit = units.create_unit(session, name="Penerangan Jalan", phone="(022) 765-4321", head_id=member_id)
        units.map_slot(session, "feedback.pengaduan", "penerima", unit.id)


@pytest.mark.parametrize("act", ["keluarkan", "tangguhkan"])
def test_remove_the_last_member_then_file_follow_answer(identity, tenant, scope, arrive, visitor, act):
    admin, admin_id = arrive("admin", name="Dewi Admin")
    wati, wati_id = arrive("officer", name="Wati Lampu")
    one_person_unit(scope, wati_id)
    with scope() as session:
        filed = cases.file_case(
            session, cases.service(session, "feedback.pengaduan"), COMPLAINT,
            place=cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa"),
        )  # fmt: skip
        code, secret = filed.code, filed.link_secret
    asked = admin.get(f"/kelola/petugas/{wati_id}/{act}").text
    assert "Tidak ada lagi yang bekerja di unit ini" in asked
    assert "1 laporannya pindah ke unit admin" in asked

    assert post_form(admin, f"/kelola/petugas/{wati_id}/{act}").status_code == 303

    assert wati.get("/kelola/laporan").status_code in {302, 303}, "out at once"
    with scope() as session:
        case = session.scalars(select(Case)).one()
        assert case.unit_id == session.scalars(select(Unit.id).where(Unit.is_admin)).one()
    # Try to report: the form, sending it all the same, the API.
    page = visitor.get(FORM)
    assert (page.status_code, "Sedang tidak menerima laporan" in page.text) == (200, True)
    assert 'href="tel:(022)765-4321"' in page.text
    assert FORM not in visitor.get("/layanan").text
    sent = post_form(visitor, FORM, complaint(tenant))
    assert (sent.status_code, "(022) 765-4321" in sent.text) == (409, True)
    body = {"service": "feedback.pengaduan", "data": COMPLAINT, "place": {"region": f"{tenant.region_code}.01.2001"}}
    refused = visitor.post("/api/v1/cases", json=body)
    assert (refused.status_code, refused.json["call"]) == (409, "(022) 765-4321")
    assert refused.json["type"] == "urn:balai:masalah:layanan-tutup"
    # Follow the old one.
    opened = visitor.get(f"/lacak/{code}?kunci={secret}", follow_redirects=True)
    assert (opened.status_code, code in opened.text) == (200, True)
    # The admin finds it in the inbox and answers; its reporter reads the answer.
    assert code in admin.get("/kelola/laporan").text
    answer = {"langkah": "selesaikan", "answer": "Lampunya sudah diganti tadi pagi."}
    assert post_form(admin, f"/kelola/laporan/{code}/langkah", answer).status_code == 303
    assert "Lampunya sudah diganti tadi pagi." in visitor.get(f"/lacak/{code}").text
    assert admin_id != wati_id


def test_suspended_people_stand_on_the_list_and_come_back(tenant, scope, arrive):
    admin, _id = arrive("admin")
    _wati, wati_id = arrive("officer", name="Wati Lampu")
    post_form(admin, f"/kelola/petugas/{wati_id}/tangguhkan")
    listed = admin.get("/kelola/petugas").text
    assert "Ditangguhkan" in listed
    assert "Wati Lampu" in listed
    assert admin.get(f"/kelola/petugas/{wati_id}").status_code == 404
    assert post_form(admin, f"/kelola/petugas/{wati_id}/aktifkan").status_code == 303
    assert "Ditangguhkan" not in admin.get("/kelola/petugas").text


@pytest.mark.parametrize("act", ["keluarkan", "tangguhkan", "peran"])
def test_the_last_admin_is_told_so(tenant, arrive, act):
    admin, admin_id = arrive("admin")
    answer = post_form(admin, f"/kelola/petugas/{admin_id}/{act}", {"roles": ["officer"]})
    assert answer.status_code == 422
    assert "Ini admin terakhir" in answer.text
    assert admin.get("/kelola/petugas").status_code == 200, "and still signed in"


def test_the_same_over_the_api(identity, tenant, arrive):
    _admin, admin_id = arrive("admin")
    headers = {"Authorization": f"Bearer {identity.token(tenant, 'admin')}"}
    api = client_on(identity.app, tenant)
    _wati, wati_id = arrive("officer")
    assert api.post(f"/api/v1/members/{wati_id}/suspension", headers=headers).status_code == 204
    assert api.post(f"/api/v1/members/{wati_id}/suspension", headers=headers).status_code == 404
    assert api.delete(f"/api/v1/members/{wati_id}/suspension", headers=headers).json["active"] is True
    last = api.post(f"/api/v1/members/{admin_id}/suspension", headers=headers)
    assert (last.status_code, "admin terakhir" in last.json["detail"]) == (409, True)
    for path, method in ((f"/api/v1/members/{admin_id}", "DELETE"), (f"/api/v1/members/{admin_id}/suspension", "POST")):
        assert api.open(path, method=method).status_code == 401


def test_the_operator_invites_a_new_admin_only_where_none_can_get_in(identity, regions, tenant, scope, arrive):
    _admin, admin_id = arrive("admin")
    operator_tenant = regions(kind="operator")
    operator = client_on(identity.app, None)
    act_as(operator, operator_tenant, "admin")
    wish = {"admin_name": "Admin Baru", "admin_email": f"uji-{uuid.uuid4().hex[:8]}@contoh.id"}
    where = f"/kelola/organisasi/{tenant.slug}"
    assert "Undang admin baru" not in operator.get(where).text
    assert post_form(operator, f"{where}/admin", wish).status_code == 403
    with scope() as session:
        row = session.get(Member, (tenant.id, admin_id))
        identity.admin.put(f"/users/{row.sub}", {"enabled": False})
    from balai.auth.tasks import follow_keycloak

    with scope() as session:
        follow_keycloak.run(session, tenant)
    assert "Tidak ada admin yang bisa masuk" in operator.get("/kelola").text
    assert "Undang admin baru" in operator.get(where).text
    wrong = post_form(operator, f"{where}/admin", {"admin_name": "Admin Baru", "admin_email": "bukan"})
    assert (wrong.status_code, "Admin Baru" in wrong.text) == (422, True)
    done = post_form(operator, f"{where}/admin", wish)
    assert re.search(r'class="code" id="kode"[^>]*>[a-z0-9-]+<', done.text)
    missing = operator.get("/kelola").text.partition("Tidak ada admin yang bisa masuk")[2].partition("<table")[0]
    assert where not in missing
    with scope() as session:
        assert {m.name for m in members.list_members(session) if "admin" in m.roles} >= {"Admin Baru"}
        assert (
            session.execute(text("SELECT no_admin_since FROM registry.tenant WHERE id = :i"), {"i": tenant.id}).scalar()
            is None
        )


def test_a_list_of_staff_names_each_faulty_row(tenant, arrive):
    """Invitations and their faults are tested with the staff page; here only that a list of a hundred says every line."""
    admin, _id = arrive("admin")
    rows = ["nama,email,peran"] + [f"Orang {n},{'bukan' if n % 2 else f'o{n}@contoh.id'},Petugas" for n in range(1, 41)]
    upload = {"berkas": (io.BytesIO("\n".join(rows).encode()), "petugas.csv")}
    page = post_form(admin, "/kelola/petugas/daftar", upload, content_type="multipart/form-data")
    assert page.status_code == 422
    told = [int(n) for n in re.findall(r"Baris (\d+): Alamat email", page.text)]
    assert told == list(range(2, 42, 2))
