"""Stopping from the leader's page by one click with a reason; how old a service counts that came later than its plugin."""

import re
from datetime import UTC, date, datetime, timedelta

import psycopg
from flask import g
from sqlalchemy import delete, select

from balai import audit, clock, plugins
from balai.cases import Case, catalogue
from balai.cases.models import Decision
from balai.contracts import PluginState
from balai.evidence.models import KnownApp, VerdictRow
from balai.evidence.verdicts import services
from balai.places.models import PlaceCount
from balai.tenancy import registry_scope
from balai.tenancy.queries import tenant_by_id
from balai.testing.acting import act_as
from balai.testing.evidence import rolled_up
from balai.testing.pages import post_form

NOW = datetime(2026, 11, 3, 2, tzinfo=UTC)
PAGE = "/kelola/manfaat"
APP = {
    "nama": "Pusat Kendali", "pemilik": "Dinas", "biaya_per_tahun": "2.400.000.000", "kegunaan": "layar", "bidang": "keamanan",
    "pengguna_per_bulan": "3", "sumber_angka": "log", "tahun": "2026", "mulai": "2020-01-01",
}  # fmt: skip


def on_for(database, tenant, days):
    """Say that the region's plugins are on for so many days."""
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(
            "UPDATE registry.tenant_plugin SET changed_at = %s WHERE tenant_id = %s",
            (NOW - timedelta(days=days), tenant.id),
        )


def judged(session, tenant):
    """Judge as the night does, and read the region anew; its verdicts by subject."""
    session.rollback()
    rolled_up(session)
    with registry_scope() as registry:
        g.tenant = session.info["balai.tenant"] = tenant_by_id(registry, tenant.id)
    services.judge_all(session)
    session.commit()
    return {row.subject.partition(":")[0]: row for row in session.scalars(select(VerdictRow))}


def test_services_their_plugin_and_an_app_are_stopped_from_the_leaders_page(
    client, client_of, session, tenant, other_tenant, office, database, file_complaint
):
    on_for(database, tenant, 500)
    act_as(client, tenant, "leader")
    with clock.frozen(NOW):
        session.add(PlaceCount(code=tenant.region_code, subject="penduduk", year=2025, size=900_000, source="BPS"))
        running = file_complaint().case
        session.commit()
        assert post_form(client, f"{PAGE}/data/aplikasi", APP).status_code == 303
        rows = judged(session, tenant)
        page = client.get(PAGE).get_data(as_text=True)
        said = dict(re.findall(r'id="s-([0-9a-f-]+)" name="alasan" value="([^"]+)"', page))
        assert set(said) == {str(row.id) for row in rows.values() if row.action == "stop"}
        assert len(said) == 4

        path = f"{PAGE}/{rows['feedback.usul'].id}/hentikan"
        for roles, host in ((("auditor",), tenant), (("officer",), tenant), (("leader",), other_tenant)):
            stranger = client_of(host)
            act_as(stranger, host, *roles)
            assert post_form(stranger, path, {"alasan": "Tidak dipakai."}).status_code in {403, 404}
        assert post_form(client, path, {"alasan": " "}).status_code == 422
        for subject in ("feedback.usul", "feedback.pengaduan", "aplikasi"):
            row = rows[subject]
            answer = post_form(client, f"{PAGE}/{row.id}/hentikan", {"alasan": said[str(row.id)]})
            assert (answer.status_code, answer.location) == (303, PAGE)
        session.rollback()
        session.expire_all()
        states = {key: catalogue.setting_of(session, f"feedback.{key}").state for key in ("usul", "pengaduan")}
        assert states == {"usul": "off", "pengaduan": "closing"}  # a complaint is still running
        assert session.scalars(select(KnownApp)).one().stopped
        left = judged(session, tenant)
        assert set(left) == {"feedback.permintaan-informasi"}
        # The last one of its plugin takes the plugin along, which waits for the running complaint.
        last = left["feedback.permintaan-informasi"]
        assert post_form(client, f"{PAGE}/{last.id}/hentikan", {"alasan": "Tidak dipakai."}).status_code == 303
        assert judged(session, tenant) == {}
        found = catalogue.tenant_of(session)
        assert plugins.state(found, "feedback") is PluginState.CLOSING
        assert session.get(Case, (tenant.id, running.id)).closed_at is None
        assert [d.kind for d in session.scalars(select(Decision))] == ["service_off"] * 4
        assert len(audit.entries(session, action="evidence.stopped")) == 4

        app = session.scalars(select(KnownApp)).one()
        assert "sudah dihentikan" in client.get(f"{PAGE}/data/aplikasi").get_data(as_text=True)
        assert post_form(client, f"{PAGE}/data/aplikasi/{app.id}", {"dibayar": "ya"}).status_code == 303
        assert set(judged(session, tenant)) == {"aplikasi"}


def test_a_service_that_comes_later_to_an_old_plugin_begins_on_its_own_first_day(session, tenant, office, database):
    on_for(database, tenant, 500)
    with clock.frozen(NOW):
        judged(session, tenant)
        # As if this version of the plugin had brought one service more.
        session.execute(delete(VerdictRow).where(VerdictRow.subject == "feedback.usul"))
        session.commit()
    with clock.frozen(NOW + timedelta(days=10)):
        rows = judged(session, tenant)
        assert rows["feedback.pengaduan"].figures["months_on"] >= 12
        usul = rows["feedback.usul"].figures
        assert (usul["months_on"], usul["begun"], rows["feedback.usul"].verdict) == (0, "2026-11-13", "early")
    with clock.frozen(NOW + timedelta(days=70)):
        judged(session, tenant)
        again = {r.subject: r for r in services.this_month(session)}["feedback.usul"]
        assert (again.month, again.figures["months_on"], again.figures["begun"]) == (date(2027, 1, 1), 1, "2026-11-13")
