"""The chain's pages on the real spine: what they say, who may read them, what a plugin may hang beside a unit."""

from datetime import UTC, datetime, timedelta

import pytest

from balai import cases
from balai.cases import units
from balai.cases.chain import queries
from balai.cases.models import Unit
from balai.cases.moving import move_case
from balai.clock import frozen, now
from balai.testing.acting import act_as
from balai.testing.words import untranslated

SUGGESTS = """
from balai.api import ChainAction

@hookimpl
def collect_chain_actions(tenant, session, unit_id):
    return [ChainAction("Latih petugas unit ini", f"/kelola/latih/{unit_id}")]
"""
PAGE = "/kelola/rantai/feedback/pengaduan"
# The clock at the foot of every page.
DATA = ("24 November 2026",)
MONDAY = datetime(2026, 6, 8, 2, tzinfo=UTC)


@pytest.fixture
def chain(session, tenant, office, file_complaint):
    """`chain(count, days)`: complaints that lay `days` days at Loket, which forwarded them, answered the day after."""
    desk = units.create_unit(session, name="Loket pengaduan", head_id=office.officer_id)
    units.map_slot(session, "feedback.pengaduan", "penerima", desk.id)
    session.commit()
    person = cases.Person(
        "staff", member_id=office.officer_id, is_admin=True, permissions=frozenset({"cases.work", "cases.assign"}),
    )  # fmt: skip

    def make(count, days, *, step="teruskan", fields=None, **options):
        for _n in range(count):
            at = MONDAY
            with frozen(at):
                case = file_complaint(**options).case
            with frozen(at + timedelta(days=days)):
                move_case(session, case.id, step, person=person, fields=fields)
            if case.is_open:
                with frozen(at + timedelta(days=days + 1)):
                    move_case(session, case.id, "selesaikan", person=person, fields={"answer": "Sudah kami perbaiki."})
        session.commit()

    return make


@pytest.fixture
def leader(client, tenant):
    act_as(client, tenant, "leader", name="Ibu Wali")
    return client


def look(client, **query):
    return client.get(PAGE, query_string={"dari": "2026-06-01", "sampai": "2026-06-30", **query})


def test_a_link_that_only_forwards_is_named_with_its_evidence(leader, chain):
    chain(50, 2)
    page = look(leader)
    assert page.status_code == 200
    assert "Bisa dipotong: Loket pengaduan" in page.text
    sentence = (
        "Loket pengaduan menyetujui 100% dari 50 permohonan tanpa mengubahnya dan menambah 2 hari kerja;"
        " tanpa unit ini separuh permohonan selesai dalam 1 hari kerja, bukan 3."
    )
    assert sentence in page.text
    assert "Bisa dipotong: Admin daerah" not in page.text
    assert "Pekerjaannya di sini" in page.text
    assert "Perpres 76/2013" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_fewer_than_fifty_are_never_judged_and_the_page_says_why(leader, chain):
    chain(49, 2)
    chain(3, 2, is_test=True)
    page = look(leader)
    assert "Bisa dipotong:" not in page.text
    assert "Belum cukup data" in page.text
    assert "Baru 49 yang selesai" in page.text
    assert "satu permohonan saja sudah menggeser hasilnya lebih dari 2 persen" in page.text


def test_a_unit_that_decides_is_not_named(leader, chain):
    chain(48, 2)
    chain(2, 2, step="tolak", fields={"reason": "Bukan jalan umum."})
    page = look(leader)
    assert "Bisa dipotong:" not in page.text
    assert "Ikut menentukan" in page.text
    assert "Tidak ada unit yang memenuhi semua syarat" in page.text


def test_a_quick_unit_is_not_named(leader, chain):
    chain(50, 0)
    assert "Cepat, tidak menahan" in look(leader).text


def test_the_period_decides_what_counts(leader, chain):
    chain(2, 2)
    assert "Belum ada yang selesai di masa ini" in look(leader, dari="2026-07-01", sampai="2026-07-31").text
    assert "Dihitung dari 2 yang selesai." in look(leader, dari="2026-06-11", sampai="2026-06-11").text
    for wrong in ({"dari": "kemarin"}, {"dari": "2026-07-01", "sampai": "2026-06-01"}, {"dari": "1990-01-01"}):
        page = look(leader, **wrong)
        assert page.status_code == 422, wrong
        assert "Perlu diperbaiki" in page.text


def test_beyond_a_limit_counts_are_estimates_and_marked_as_such(leader, chain, monkeypatch):
    chain(12, 2)
    monkeypatch.setattr(queries, "EXACT", 11)
    monkeypatch.setattr(queries, "SAMPLE", 6)
    page = look(leader).text
    assert "Dihitung dari 6 yang dipilih acak di antara 12 yang selesai." in page
    assert "Masuk: 12" in page
    assert ">±12<" in page
    assert "±" not in look(leader, semua="ya").text
    assert untranslated(look(leader, bahasa="qps").text, data=DATA) == []
    monkeypatch.setattr(queries, "EXACT", 12)
    assert "Dihitung dari 12 yang selesai." in look(leader, bahasa="id").text


def test_who_may_look(client, tenant, office):
    assert client.get(PAGE).status_code in {302, 303}
    for roles, status in ((("officer",), 200), (("auditor",), 200), (("leader",), 200), (("helper",), 403)):
        act_as(client, tenant, *roles)
        assert client.get(PAGE).status_code == status, roles
        assert client.get("/kelola/rantai").status_code == status, roles
    assert client.get("/kelola/rantai/feedback/tidak-ada").status_code == 403
    act_as(client, tenant, "leader")
    assert client.get("/kelola/rantai/feedback/tidak-ada").status_code == 404
    assert client.get("/kelola/rantai/tidakada/pengaduan").status_code == 404


def test_another_regions_cases_never_count(client_of, other_tenant, staffed, chain):
    chain(2, 2)
    stranger = client_of(other_tenant)
    act_as(stranger, other_tenant, "leader")
    staffed(other_tenant)
    assert "Belum ada yang selesai di masa ini" in look(stranger).text


def test_the_list_leads_there_and_is_in_the_menu(leader, chain):
    with frozen(MONDAY + timedelta(days=10)):
        chain(2, 2)
    page = leader.get("/kelola/rantai")
    assert f'href="{PAGE}"' in page.text
    assert 'href="/kelola/rantai" aria-current="page"' in page.text


def test_a_region_without_services_is_told_so(regions, client_of):
    bare = regions(plugins=())
    client = client_of(bare)
    act_as(client, bare, "leader")
    page = client.get("/kelola/rantai")
    assert page.status_code == 200


def test_every_word_can_be_translated(leader, chain):
    chain(50, 2)
    for path in (f"{PAGE}?dari=2026-06-01&sampai=2026-06-30", "/kelola/rantai"):
        text = leader.get(path + ("&" if "?" in path else "?") + "bahasa=qps").text
        assert untranslated(text, data=DATA) == []


def test_a_plugins_suggestion_stands_beside_the_unit(workshop, make_app, regions, chain, tenant):
    """Asked for each unit while the plugin is on here; elsewhere nobody sees it."""
    from balai.contracts import PluginState
    from balai.tenancy import queries, tenant_scope
    from balai.testing.leaks import client_on

    chain(2, 2)
    workshop.add("latih", SUGGESTS)
    app = make_app()
    assert app.extensions["balai.plugins"].get("latih"), app.extensions["balai.plugins"].refused
    client = client_on(app, tenant)
    act_as(client, tenant, "leader")
    assert "Latih petugas unit ini" not in look(client).text
    with app.app_context(), tenant_scope(tenant) as session:
        queries.switch_plugin(session, tenant.id, "latih", PluginState.ON)
        unit = session.query(Unit).filter_by(name="Loket pengaduan").one()
    page = look(client).text
    assert f'href="/kelola/latih/{unit.id}"' in page
    assert "Latih petugas unit ini" in page


def test_now_is_the_default(leader, chain):
    assert now().date().isoformat() in leader.get(PAGE).text or "Belum ada yang selesai" in leader.get(PAGE).text


def test_units_that_are_gone_still_have_a_name(leader, chain, session, app, tenant):
    chain(2, 2)
    unit = session.query(Unit).filter_by(name="Loket pengaduan").one()
    unit.active = False
    session.commit()
    assert "Loket pengaduan" in look(leader).text
