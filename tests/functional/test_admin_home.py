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


def _figures(app, tenant, **filed):
    from balai.cases.models import ServiceFigure
    from balai.clock import now

    with app.app_context(), tenant_scope(tenant) as session:
        for key, (count, completed, median) in filed.items():
            session.add(
                ServiceFigure(
                    service_id=f"feedback.{key.replace('_', '-')}", filed=count, completed=completed, median_days=median,
                    counted_at=now(),
                )
            )  # fmt: skip


def _order(page):
    return re.findall(r'href="/layanan/feedback/([\w-]+)"', page)


def test_what_is_used_most_stands_first(client, app, tenant):
    _furnish(app, tenant)
    assert _order(client.get("/").text)[0] == "pengaduan"  # before data: the plugin's cards
    _figures(app, tenant, permintaan_informasi=(40, 0, None), usul=(12, 0, None))
    assert _order(client.get("/").text)[:3] == ["permintaan-informasi", "usul", "pengaduan"]


def test_proof_only_with_enough_cases(client, app, tenant):
    _furnish(app, tenant)
    _figures(app, tenant, pengaduan=(9, 5, 3.6), usul=(9, 4, 2.0))
    page = text(client.get("/"))
    assert page.count("Biasanya selesai") == 1
    assert "Biasanya selesai 4 hari" in page


def test_figures_are_counted_by_the_job(session, office, file_complaint):
    from datetime import timedelta

    from balai import cases
    from balai.cases.figures import count_figures, figures
    from balai.clock import frozen, now

    at = now()
    with frozen(at - timedelta(days=100)):
        file_complaint()
    for days in (10, 4):
        with frozen(at - timedelta(days=days)):
            made = file_complaint().case
    with frozen(at - timedelta(days=1)):
        cases.move_case(session, made.id, "selesaikan", person=office.staff(), fields={"answer": "Beres."})
    file_complaint(is_test=True)
    with frozen(at):
        count_figures(session, None)
        found = figures(session)["feedback.pengaduan"]
        assert (found.filed, found.completed, round(found.median_days)) == (2, 1, 3)
        count_figures(session, None)
        assert figures(session)["feedback.pengaduan"] == found


def test_the_page_asks_the_same_whatever_is_filed(client, app, tenant, session, office, file_complaint):
    from sqlalchemy import event

    engine, seen = app.extensions["balai.db"].engine, []
    client.get("/")

    def note(*given):
        seen.append(given[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        client.get("/")
        before = len(seen)
        for _n in range(3):
            file_complaint()
        session.commit()
        seen.clear()
        client.get("/")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(seen) == before > 0
    assert not any("FROM cases" in statement for statement in seen)
