"""The operator's console on the apex host: who enters, opening and stopping a region, looking by permit only."""

import re
import uuid

import pytest

from balai import audit
from balai.admin import grants
from balai.jobs.worker import drain
from balai.tenancy import queries, registry_scope, tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.probe import client_on

PAGES = ("/kelola", "/kelola/daerah-baru", "/kelola/sistem")


def text(response):
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


@pytest.fixture(scope="module")
def company(regions):
    return regions(kind="operator", plugins=(), name="Pengelola Balai")


@pytest.fixture
def operator(client_of, company):
    client = client_of(None)
    act_as(client, company, "admin", name="Oki Operator")
    return client


@pytest.mark.parametrize("path", PAGES)
def test_only_the_operators_admins_enter(client_of, company, tenant, regions, path):
    client = client_of(None)
    assert client.get(path).status_code == 303
    act_as(client, None)
    assert client.get(path).status_code == 403
    act_as(client, regions(kind="ministry", plugins=(), name="Kementerian Contoh"), "admin")
    assert client.get(path).status_code == 403
    act_as(client, company, "officer")
    assert client.get(path).status_code == 403
    act_as(client, company, "admin")
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/kelola/daerah-baru", "/kelola/sistem", "/kelola/organisasi/apa"])
def test_the_operators_pages_are_unknown_in_a_region(client, tenant, path):
    act_as(client, tenant, "admin")
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/kelola/daerah", "/kelola/petugas", "/kelola/audit", "/kelola/unduh"])
def test_a_regions_pages_are_unknown_on_the_apex(operator, path):
    assert operator.get(path).status_code == 404


def test_regions_and_their_state_are_listed(operator, tenant):
    page = text(operator.get("/kelola"))
    assert tenant.name in page
    assert "Pengelola Balai" in page
    assert operator.get("/kelola/organisasi/tidak-ada").status_code == 404


def test_health_names_the_parts(operator):
    page = text(operator.get("/kelola/sistem"))
    assert "Pekerja otomatis" in page
    assert "feedback" in page


def test_nothing_of_a_region_is_seen_without_its_permit(operator, app, tenant):
    page = text(operator.get(f"/kelola/organisasi/{tenant.slug}"))
    assert "Tertutup" in page
    assert post_form(operator, f"/kelola/organisasi/{tenant.slug}/lihat").status_code == 403
    with app.app_context(), tenant_scope(tenant) as session:
        audit.record(session, "unit.created", data={"name": "Unit Air"})
        grant = grants.give_grant(session, hours=2, reason="Pesan tidak terkirim.", by="x")
    seen = post_form(operator, f"/kelola/organisasi/{tenant.slug}/lihat")
    assert seen.status_code == 200
    assert "unit.created" in text(seen)
    with app.app_context(), tenant_scope(tenant) as session:
        looks = audit.entries(session, action="operator.looked")
        assert [(e.actor_kind, e.subject_id) for e in looks] == [("operator", str(grant.id))]
        grants.end_grant(session, grant.id, by="x")
    assert post_form(operator, f"/kelola/organisasi/{tenant.slug}/lihat").status_code == 403


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"region_code": "99.99"}, "Pilih daerah dari daftar"),
        ({"region_code": "31.71"}, "buka provinsinya"),
        ({"slug": "Kota Bandung!"}, "Hanya huruf kecil"),
        ({"admin_email": "bukan"}, "Alamat email tidak bisa dipakai"),
        ({"admin_name": " "}, "Tulis nama lengkapnya"),
    ],
)
def test_an_order_that_needs_correcting(operator, changes, told):
    good = {"region_code": "12.71", "slug": "", "admin_email": "a@contoh.id", "admin_name": "Ani"}
    page = post_form(operator, "/kelola/daerah-baru", good | changes)
    assert page.status_code == 422
    assert told in text(page)


@pytest.mark.identity
def test_open_stop_and_resume_a_region(identity, client_of, company):
    client = client_on(identity.app, None)
    act_as(client, identity.onboard(company), "admin")
    email = f"{uuid.uuid4().hex[:8]}@contoh.go.id"
    order = {"region_code": "12.72", "slug": "", "admin_email": email, "admin_name": "Ani Admin"}
    answer = post_form(client, "/kelola/daerah-baru", order)
    assert answer.status_code == 303
    progress = answer.headers["Location"]
    assert "sedang dibuka" in text(client.get(progress))
    drain(identity.app, tenant=company)
    assert "Tampilkan kata sandi" in text(client.get(progress))
    shown = post_form(client, f"{progress}/kata-sandi")
    assert re.search(r'class="code" id="kode"', shown.get_data(as_text=True))
    assert 'id="kode"' not in post_form(client, f"{progress}/kata-sandi").get_data(as_text=True), "shown once"
    with identity.app.app_context(), registry_scope() as session:
        made = queries.tenant_by_region(session, "12.72")
    assert client_of(made).get("/").status_code == 200
    assert "sudah ada di Balai" in text(post_form(client, "/kelola/daerah-baru", order))

    stop = f"/kelola/organisasi/{made.slug}"
    assert post_form(client, f"{stop}/hentikan", {"reason": "x"}).status_code == 422
    assert post_form(client, f"{stop}/hentikan", {"reason": "Perjanjian berakhir."}).status_code == 303
    assert client_of(made).get("/").status_code == 503
    assert post_form(client, f"{stop}/lanjutkan").status_code == 303
    assert client_of(made).get("/").status_code == 200
    with identity.app.app_context(), tenant_scope(made) as session:
        acts = [e.action for e in audit.entries(session, action="tenant.")]
    assert acts == ["tenant.resumed", "tenant.suspended", "tenant.opened"]
