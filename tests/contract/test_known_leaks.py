"""One test for each leak between tenants that a sister platform really had (list in the design notes' public-services page).

Newsletter to all tenants, scopes and users of others in admin lists, reported users, reading by id, admin notifications, cached
statistics, audit log, map.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from balai import cases, clock, jobs
from balai.auth import Member
from balai.cases import Case, figures
from balai.notify.models import Message
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as, bearer_for
from balai.testing.offices import COMPLAINT, open_office

MARK = "hanyauntukkami"


@pytest.fixture
def theirs(app, tenant):
    """A region with an office and one public report, everything marked."""
    with app.app_context(), tenant_scope(tenant) as session:
        office = open_office(session)
        session.get(Member, (tenant.id, office.officer_id)).name = f"Petugas {MARK}"
        filed = file(session, tenant, f"Lampu jalan {MARK} mati sejak tiga hari.")
        session.flush()
    return filed


def file(session, tenant, words, phone="081234567890"):
    place = cases.Place(f"{tenant.region_code}.01.2001", f"dekat {MARK}")
    return cases.file_case(
        session, cases.service(session, "feedback.pengaduan"), COMPLAINT | {"uraian": words}, place=place,
        reporter=cases.Reporter(name=f"Warga {MARK}", phone=phone, email="warga@contoh.id"), client_id=uuid4(),
    )  # fmt: skip


@pytest.fixture
def ours(app, other_tenant, client_of):
    """An admin of the other region, on that region's host."""
    with app.app_context(), tenant_scope(other_tenant) as session:
        open_office(session)
    client = client_of(other_tenant)
    act_as(client, other_tenant, "admin", "officer")
    return client


def test_messages_go_to_nobody_elsewhere(app, theirs, other_tenant, ours):
    """Newsletter and admin notifications: what happens there writes no message and queues no job here."""
    with app.app_context(), tenant_scope(other_tenant) as session:
        assert session.scalars(select(Message)).all() == []
        assert list(jobs.jobs_of_tenant(session)) == []
    assert MARK not in ours.get("/kelola/pekerjaan").text


@pytest.mark.parametrize(
    "path", ["/kelola/petugas", "/kelola/unit", "/kelola/layanan", "/kelola/laporan?antrean=all&keadaan=semua"]
)
def test_lists_hold_no_scopes_or_people_of_others(theirs, tenant, ours, path):
    page = ours.get(path)
    assert page.status_code == 200
    assert MARK not in page.text
    assert f"{tenant.region_code}.01" not in page.text


def test_a_reporter_is_not_recognised_across_regions(app, theirs, tenant, other_tenant, ours):
    """The same phone in two regions: other index, other pseudonym, nothing to join."""
    with app.app_context(), tenant_scope(other_tenant) as session:
        file(session, other_tenant, "Lampu jalan di sini juga mati.")
    found = {}
    with app.app_context():
        for region in (tenant, other_tenant):
            with tenant_scope(region) as session:
                found[region.id] = session.scalars(select(Case)).one()
    one, two = found[tenant.id], found[other_tenant.id]
    assert one.pseudonym
    assert two.pseudonym
    assert one.pseudonym != two.pseudonym


def test_reading_by_id_answers_like_an_unknown_one(app, theirs, tenant, other_tenant, client_of):
    client, headers = client_of(other_tenant), bearer_for(app, other_tenant, "admin", "officer")
    foreign = client.get(f"/api/v1/cases/{theirs.code}", headers=headers)
    unknown = client.get(f"/api/v1/cases/{theirs.code[:-1]}0", headers=headers)
    assert foreign.status_code == 404
    assert MARK not in foreign.text
    assert unknown.status_code in {404, 422}


def test_statistics_are_counted_apart_and_cached_for_nobody_else(app, theirs, tenant, other_tenant, client_of):
    """Ten quick answers there give their home page a sentence of proof; ours has none, before and after theirs was asked."""
    with app.app_context(), tenant_scope(tenant) as session:
        office = open_office(session)
        for number in range(12):
            with clock.frozen(clock.now() - timedelta(days=20)):
                filed = file(
                    session, tenant, f"Laporan {MARK} nomor {number} yang panjang.", phone=f"08123456{number:04d}"
                )
            cases.move_case(session, filed.case.id, "selesaikan", person=office.staff(), fields={"answer": "Sudah."})
    for region in (tenant, other_tenant):
        with app.app_context(), tenant_scope(region) as session:
            figures.count_figures.run(session, region)
    ours_before = client_of(other_tenant).get("/").text
    assert "Biasanya selesai" in client_of(tenant).get("/").text
    ours_after = client_of(other_tenant).get("/").text
    assert "Biasanya selesai" not in ours_before + ours_after


def test_the_audit_shows_our_own_acts_only(theirs, tenant, ours):
    for path in ("/kelola/audit", "/kelola/audit/catatan.csv"):
        page = ours.get(path)
        assert page.status_code == 200
        assert MARK not in page.text
        assert str(theirs.case.id) not in page.text


@pytest.mark.parametrize("path", ["/usul", "/peta", "/api/v1/cases", "/layanan"])
def test_public_lists_and_maps_hold_our_own_reports_only(theirs, other_tenant, client_of, path):
    page = client_of(other_tenant).get(path)
    assert page.status_code in {200, 401, 404}
    assert MARK not in page.text
