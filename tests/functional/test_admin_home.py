"""A region's home page: what can be sent here, the box for a code, nobody's name."""

import re

from balai.tenancy import TenantProfile, tenant_scope
from balai.testing.acting import act_as
from balai.testing.offices import open_office
from balai.testing.words import LEADER, plain, untranslated


def text(response):
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


def _furnish(app, tenant, **values):
    with app.app_context(), tenant_scope(tenant) as session:
        open_office(session)
        profile = session.query(TenantProfile).one()
        for name, value in values.items():
            setattr(profile, name, value)


def test_services_that_take_reports_stand_first(client, app, tenant):
    _furnish(app, tenant)
    page = client.get("/")
    assert page.status_code == 200
    assert 'href="/layanan/feedback/pengaduan"' in text(page)
    assert 'action="/lacak"' in text(page)
    assert plain(page.get_data(as_text=True))


def test_a_region_without_services_says_so_and_how_to_reach_it(client_of, regions):
    page = text(client_of(regions(plugins=())).get("/"))
    assert "Layanan di sini sedang disiapkan" in page
    assert "tel:0221234567" in page


def test_services_without_anybody_to_read_are_not_offered(client):
    assert "Layanan di sini sedang disiapkan" in text(client.get("/"))


def test_no_leader_is_ever_named(client, app, tenant):
    _furnish(app, tenant, leader_name=LEADER)
    for path in ("/", "/bantuan", "/privasi"):
        assert plain(client.get(path).get_data(as_text=True), leader=LEADER)


def test_every_string_can_be_translated(client, app, tenant):
    _furnish(app, tenant)
    data = ("Pengaduan", "Usul", "Permintaan informasi", "Laporkan", "Sampaikan", "Minta")
    assert untranslated(client.get("/?bahasa=qps").get_data(as_text=True), data=data) == []


def test_the_page_is_light(client, app, tenant):
    _furnish(app, tenant)
    assert len(client.get("/", headers={"Accept-Encoding": "gzip"}).get_data()) < 6_000


def test_signed_in_people_are_not_kept_by_any_cache(client, app, tenant):
    act_as(client, tenant)
    assert client.get("/").headers["Cache-Control"] == "no-store"
