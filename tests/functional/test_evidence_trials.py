"""Basic services first, trials that stop by themselves, topics that staff correct."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from balai import cases, clock, plugins
from balai.cases import catalogue, units
from balai.cases.models import CaseEvent, Decision, ServiceSetting
from balai.contracts import PluginState
from balai.db import new_id
from balai.errors import Conflict
from balai.evidence import settings as evidence_settings
from balai.evidence.models import ServiceCost, StageReason, Trial
from balai.evidence.needs import queries as needs_queries
from balai.evidence.needs import services as needs
from balai.evidence.trials import services as trials
from balai.places.models import PlaceCount
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.evidence import rolled_up
from balai.testing.pages import post_form
from balai.testing.probe import client_on

MOBILITY = """
from dataclasses import replace
from balai.api import Sector as _Sector
manifest = replace(manifest, sector=_Sector.MOBILITAS)
"""
START = datetime(2026, 11, 2, 2, tzinfo=UTC)
TRIAL = {
    "layanan": "feedback.usul", "ukuran": "asked", "target": "25", "batas_biaya": "1.000.000", "sampai": "2026-12-15",
    "alasan": "Melihat apakah usul warga dipakai.",
}  # fmt: skip


def overdue(session, office, file_complaint, number, category="air"):
    for _n in range(number):
        case = file_complaint({"bidang": category}).case
        session.add(
            CaseEvent(
                id=new_id(), case_id=case.id, seq=case.seq + 1, kind="overdue", at=clock.now(), actor_kind="system",
                unit=office.unit_id, public=False, data={},
            )
        )  # fmt: skip


@pytest.fixture
def bus(make_app, workshop, regions, staffed):
    """An application with a plugin of stage mobility, and a region in which it is off."""
    workshop.add("angkut", MOBILITY)
    app = make_app(port=8124)
    tenant = regions()
    return app, tenant


def test_a_later_stage_needs_a_published_reason_while_basic_falls_short(bus, staffed):
    app, tenant = bus
    with app.app_context(), tenant_scope(tenant) as session:
        from flask import g

        g.tenant = tenant
        from balai.testing.offices import COMPLAINT, open_office

        office = open_office(session)
        session.add(PlaceCount(code=tenant.region_code, subject="penduduk", year=2025, size=10_000, source="uji"))
        service = cases.service(session, "feedback.pengaduan")

        def complain(category):
            place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai")
            return cases.file_case(session, service, {**COMPLAINT, **category}, place=place)

        overdue(session, office, complain, 11)
        rolled_up(session)
        air = next(b for b in needs.basics(session) if b.topic.key == "air")
        assert (air.overdue, air.per, air.short) == (11, 11.0, True)
        banjir = next(b for b in needs.basics(session) if b.topic.key == "banjir")
        assert (banjir.per, banjir.short) == (None, False)
        with pytest.raises(Conflict) as refused:
            plugins.switch(session, tenant, "angkut", PluginState.ON, reason="Bus kota.")
        assert "Air bersih" in refused.value.detail
        session.rollback()
    client = client_on(app, tenant)
    act_as(client, tenant, "leader")
    assert post_form(client, "/kelola/manfaat/tahap/angkut", {"alasan": "pendek"}).status_code == 422
    said = {"alasan": "Pekerja pabrik tidak bisa pulang malam tanpa bus."}
    assert post_form(client, "/kelola/manfaat/tahap/angkut", said).status_code == 303
    assert post_form(client, "/kelola/layanan-daerah/angkut/on", {"reason": "Bus kota."}).status_code == 303
    assert "Pekerja pabrik" in client_on(app, tenant).get("/manfaat").get_data(as_text=True)
    with app.app_context(), tenant_scope(tenant) as session:
        assert session.scalars(select(StageReason)).one().short == ["air"]
        assert client.get("/kelola/manfaat/tahap/feedback").status_code == 200
        assert post_form(client, "/kelola/manfaat/tahap/feedback", said).status_code == 404  # no later stage


def test_a_later_stage_is_switched_on_freely_when_basic_holds_or_is_not_measured(bus):
    app, tenant = bus
    with app.app_context(), tenant_scope(tenant) as session:
        assert all(basic.per is None for basic in needs.basics(session))
        assert plugins.switch(session, tenant, "angkut", PluginState.ON, reason="Bus kota.") is PluginState.ON


def test_the_limit_is_the_regions_own(client, session, tenant, office, file_complaint):
    act_as(client, tenant, "leader")
    session.add(PlaceCount(code=tenant.region_code, subject="penduduk", year=2025, size=10_000, source="uji"))
    overdue(session, office, file_complaint, 11)
    rolled_up(session)
    assert needs.falling_short(session)
    assert post_form(client, "/kelola/manfaat/pengaturan", {"batas": "0"}).status_code == 422
    assert (
        post_form(
            client, "/kelola/manfaat/pengaturan", {"batas": "20", "kementerian": "ya", "harga_pesan": "450"}
        ).status_code
        == 303
    )
    session.rollback()
    assert evidence_settings.values(session) == {"falls_short": 20, "ministry": True, "message_price": 450}
    assert not needs.falling_short(session)


def test_a_trial_is_published_first_starts_the_next_day_and_stops_by_itself(client, session, tenant, office):
    act_as(client, tenant, "leader")
    with clock.frozen(START):
        for field, bad in (
            ("sampai", "2026-11-05"),
            ("target", "-1"),
            ("alasan", "x"),
            ("ukuran", "gelar"),
            ("layanan", "x.y"),
        ):
            assert post_form(client, "/kelola/manfaat/uji-coba/baru", TRIAL | {field: bad}).status_code == 422
        assert post_form(client, "/kelola/manfaat/uji-coba/baru", TRIAL).status_code == 303
        assert post_form(client, "/kelola/manfaat/uji-coba/baru", TRIAL).status_code == 422  # one at a time
        public = client.get("/manfaat/uji-coba").get_data(as_text=True)
        assert "diumumkan" in public
        assert "25" in public
        session.rollback()
        trials.run_due(session)
        assert session.scalars(select(Trial)).one().state == "announced"
    with clock.frozen(START + timedelta(days=1)):
        trials.run_due(session)
        session.flush()
        assert session.scalars(select(Trial)).one().state == "running"
        assert session.scalars(select(ServiceSetting)).one().state == "trial"
        session.commit()
    with clock.frozen(datetime(2026, 12, 16, 2, tzinfo=UTC)):
        trials.run_due(session)
        session.commit()
        trial = session.scalars(select(Trial)).one()
        assert (trial.state, trial.result, trials.reached(trial)) == ("stopped", 0, False)
        assert session.scalars(select(ServiceSetting)).one().state == "closing"
        assert not catalogue.accepts(tenant, cases.service(session, "feedback.usul"), session=session).open
        assert "target belum tercapai" in client.get("/manfaat/uji-coba").get_data(as_text=True)
        assert [d.kind for d in session.scalars(select(Decision))] == ["trial", "trial"]


def test_the_leader_decides_otherwise_with_a_reason_and_a_cap_ends_it_early(client, session, tenant, office):
    act_as(client, tenant, "leader")
    with clock.frozen(START):
        post_form(client, "/kelola/manfaat/uji-coba/baru", TRIAL)
        post_form(client, "/kelola/manfaat/uji-coba/baru", TRIAL | {"layanan": "feedback.permintaan-informasi"})
    with clock.frozen(START + timedelta(days=1)):
        trials.run_due(session)
        session.commit()
        first = session.scalars(select(Trial).where(Trial.subject == "feedback.usul")).one()
        path = f"/kelola/manfaat/uji-coba/{first.id}"
        post_form(client, f"{path}/teruskan", {"alasan": ""})
        session.expire_all()
        assert first.state == "running"
        assert post_form(client, f"{path}/teruskan", {"alasan": "Warga memakainya setiap hari."}).status_code == 303
        session.add(
            ServiceCost(
                subject="feedback.permintaan-informasi", year=2026, kind="other", amount=1_000_001, document="uji", dpa="",
                note="", activity_code="",
            )
        )  # fmt: skip
        session.commit()
        session.expire_all()
        trials.run_due(session)
        session.commit()
    states = {t.subject: t.state for t in session.scalars(select(Trial))}
    assert states == {"feedback.usul": "kept", "feedback.permintaan-informasi": "stopped"}
    kept = session.scalars(select(ServiceSetting).where(ServiceSetting.service_id == "feedback.usul")).one()
    assert (kept.state, kept.trial_until) == ("on", None)


def test_a_unit_is_left_out_for_a_while_and_comes_back(client, session, tenant, office):
    act_as(client, tenant, "leader")
    desk = units.create_unit(session, name="Bagian Umum", phone="022 1")
    works = units.create_unit(session, name="Dinas PU", phone="022 2")
    units.map_slot(session, "feedback.pengaduan", "penerima", desk.id)
    units.map_slot(session, "feedback.pengaduan", "pelaksana", works.id)
    session.commit()
    wish = TRIAL | {"layanan": "feedback.pengaduan", "ukuran": "days", "target": "3", "pengganti": str(works.id)}
    path = f"/kelola/manfaat/uji-coba/unit/{desk.id}"
    with clock.frozen(START):
        assert "Coba tanpa Bagian Umum" in client.get(path).get_data(as_text=True)
        assert post_form(client, path, wish | {"pengganti": str(desk.id)}).status_code == 422
        assert post_form(client, path, wish | {"layanan": "feedback.usul"}).status_code == 422
        assert post_form(client, path, wish).status_code == 303
    session.rollback()
    with clock.frozen(START + timedelta(days=1)):
        trials.run_due(session)
        session.commit()
        assert units.slots(session, "feedback.pengaduan") == {"penerima": works.id, "pelaksana": works.id}
    with clock.frozen(datetime(2026, 12, 20, tzinfo=UTC)):
        trials.run_due(session)
        session.commit()
        assert units.slots(session, "feedback.pengaduan") == {"penerima": desk.id, "pelaksana": works.id}


def test_staff_correct_a_topic_and_teach_a_word(client, session, tenant, office, file_complaint, monkeypatch):
    monkeypatch.setattr(needs_queries, "_AT_ONCE", 1)  # however many wait, all are read before they are counted
    act_as(client, tenant, "officer", "admin")
    first = file_complaint({"bidang": "lainnya", "uraian": "Selokan mampet dan tergenang."}, visibility="public")
    second = file_complaint({"bidang": "lainnya", "uraian": "Embung jebol semalam."}, visibility="public")
    rolled_up(session)
    topics = dict(
        session.execute(text("SELECT case_id, topic FROM fact_case WHERE tenant_id = :t"), {"t": tenant.id}).all()
    )
    assert topics == {first.case.id: "saluran", second.case.id: "lainnya"}
    assert post_form(client, f"/kelola/manfaat/topik/{second.case.id}", {"topik": "gelar"}).status_code == 422
    assert post_form(client, f"/kelola/manfaat/topik/{second.case.id}", {"topik": "air"}).status_code == 303
    assert post_form(client, "/kelola/manfaat/topik/kata", {"kata": "embung", "topik": "air"}).status_code == 303
    assert post_form(client, "/kelola/manfaat/topik/kata", {"kata": "<b>", "topik": "air"}).status_code == 422
    session.rollback()
    third = file_complaint({"bidang": "lainnya", "uraian": "Embung jebol lagi."}, visibility="public")
    rolled_up(session)
    query = text("SELECT topic, asked FROM fact_need WHERE tenant_id = :t AND district = '' ORDER BY 1")
    assert [tuple(row) for row in session.execute(query, {"t": tenant.id})] == [("air", 2), ("saluran", 1)]
    page = client.get("/kelola/manfaat/topik").get_data(as_text=True)
    assert "diperbaiki petugas" in page
    assert third.code in page
