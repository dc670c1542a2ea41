"""People who were removed or disabled in Keycloak itself: they leave Balai too, but never as the last admin."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from balai import audit, cases, clock
from balai.auth import Member, following, members, suspending
from balai.auth.tasks import follow_keycloak
from balai.cases import catalogue, units
from balai.cases.models import Case
from balai.db import new_id
from balai.errors import Conflict, NotFound
from balai.tenancy import tenant_scope
from balai.testing.offices import COMPLAINT
from balai.testing.probe import client_on, probe_app
from balai.testing.staff import at

pytestmark = pytest.mark.identity


@pytest.fixture
def tenant(identity, tenant):
    return identity.onboard(tenant)


@pytest.fixture(scope="module")
def plain(identity):
    app = probe_app(identity.settings)
    yield app
    app.extensions["balai.db"].close()


@pytest.fixture
def arrive(identity, plain, tenant):
    """`arrive("officer")`: a person of the region who has signed in once; (client, person, member id)."""

    def make(*roles, name=""):
        person = identity.person(tenant, *roles, name=name)
        client = client_on(plain, tenant)
        identity.sign_in(client, person)
        return client, person, uuid.UUID(client.get("/uji/siapa").get_json()["member"])

    return make


@pytest.fixture
def round_(plain, tenant):
    """One run of the periodic job, as the worker does it; ago: seconds, since tokens tell their time in whole ones."""

    def run(ago=0):
        with (
            clock.frozen(clock.now() - timedelta(seconds=ago)),
            plain.app_context(),
            audit.acting_as("job", "auth.follow_keycloak"),
            tenant_scope(tenant) as session,
        ):
            follow_keycloak.run(session, tenant)

    return run


def member(session, member_id):
    return session.get(Member, (session.tenant_id, member_id))


def region_row(plain, tenant):
    with plain.app_context(), tenant_scope(tenant) as session:
        from sqlalchemy import text

        return session.execute(
            text("SELECT no_admin_since FROM registry.tenant WHERE id = :id"), {"id": tenant.id}
        ).scalar()


def organization_of(identity, tenant):
    directory = identity.provisioner.directory
    return directory, directory.organization(tenant)


def one_man_unit(session, tenant, member_id):
    unit = units.create_unit(session, name="Unit Satu Orang", phone="022 5", head_id=member_id)
    units.map_slot(session, "feedback.pengaduan", "penerima", unit.id)
    service = cases.service(session, "feedback.pengaduan")
    place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
    return cases.file_case(session, service, COMPLAINT, place=place).case.id


@pytest.mark.parametrize("how", ["removed", "disabled", "deleted"])
def test_who_is_gone_there_is_gone_here_and_leaves_nothing_behind(identity, plain, tenant, arrive, round_, how):
    _admin, _person, admin_id = arrive("admin")
    client, person, member_id = arrive("officer")
    with at(plain, tenant) as session:
        case_id = one_man_unit(session, tenant, member_id)
    round_()
    assert client.get("/uji/siapa").get_json()["member"] == str(member_id), "whoever is there stays"
    directory, organization = organization_of(identity, tenant)
    if how == "removed":
        directory.remove_membership(organization, person.sub)
    elif how == "disabled":
        identity.admin.put(f"/users/{person.sub}", {"enabled": False})
    else:
        identity.admin.delete(f"/users/{person.sub}")
    round_()
    assert client.get("/uji/siapa").get_json() is None, "sessions end"
    with at(plain, tenant) as session:
        gone = member(session, member_id)
        assert (gone.active, gone.roles, gone.left_at is not None) == (False, [], True)
        case = session.get(Case, (tenant.id, case_id))
        admins = units.admin_unit(session)
        assert (case.unit_id, admins.head_id) == (admins.id, admin_id)
        assert "member.gone" in {e.action for e in audit.entries(session)}
        service = cases.service(session, "feedback.pengaduan")
        assert not cases.accepts(catalogue.tenant_of(session), service, session=session).open
    assert region_row(plain, tenant) is None


def test_a_disabled_person_who_is_let_in_again_works_again(identity, plain, tenant, arrive, round_):
    arrive("admin")
    client, person, member_id = arrive("officer")
    identity.admin.put(f"/users/{person.sub}", {"enabled": False})
    round_(ago=2)
    with at(plain, tenant) as session:
        assert not member(session, member_id).active
    identity.admin.put(f"/users/{person.sub}", {"enabled": True})
    identity.sign_in(client, person)
    assert client.get("/uji/siapa").get_json()["member"] == str(member_id)
    with at(plain, tenant) as session:
        assert (member(session, member_id).active, member(session, member_id).roles) == (True, ["officer"])


def test_the_last_admin_is_never_removed_that_way_but_named_to_the_operator(identity, plain, tenant, arrive, round_):
    client, person, member_id = arrive("admin")
    with at(plain, tenant) as session:
        assert units.admin_unit(session).head_id == member_id
    identity.admin.put(f"/users/{person.sub}", {"enabled": False})
    round_()
    assert client.get("/uji/siapa").get_json() is None
    with at(plain, tenant) as session:
        kept = member(session, member_id)
        assert (kept.active, kept.roles, kept.missing_since is not None) == (True, ["admin"], True)
        # Nobody would read it, so nothing is taken.
        service = cases.service(session, "feedback.pengaduan")
        assert not cases.accepts(catalogue.tenant_of(session), service, session=session).open
    since = region_row(plain, tenant)
    assert since is not None
    round_()
    assert region_row(plain, tenant) == since, "since when, not since the last look"
    # The operator invites another one: the region runs again, and the first one goes for good.
    with at(plain, tenant) as session, audit.acting_as(audit.SYSTEM):
        second = members.invite_member(
            session, f"uji-{uuid.uuid4().hex[:8]}@contoh.id", "Admin Dua", ["admin"]
        ).member.id
    round_()
    assert region_row(plain, tenant) is None
    with at(plain, tenant) as session:
        assert not member(session, member_id).active
        assert units.admin_unit(session).head_id == second
        service = cases.service(session, "feedback.pengaduan")
        assert cases.accepts(catalogue.tenant_of(session), service, session=session).open


def test_an_admin_who_is_let_in_again_counts_again(identity, plain, tenant, arrive, round_):
    _client, person, member_id = arrive("admin")
    identity.admin.put(f"/users/{person.sub}", {"enabled": False})
    round_()
    identity.admin.put(f"/users/{person.sub}", {"enabled": True})
    round_()
    assert region_row(plain, tenant) is None
    with at(plain, tenant) as session:
        assert member(session, member_id).missing_since is None


def test_an_admin_demoted_there_is_one_no_more_unless_it_is_the_last(identity, plain, tenant, arrive, round_):
    _first, one, first_id = arrive("admin", "officer")
    client, two, second_id = arrive("admin", "officer")
    directory, organization = organization_of(identity, tenant)
    directory.set_membership(organization, two.sub, ["officer"])
    round_()
    assert client.get("/uji/siapa").get_json() is None
    directory.set_membership(organization, one.sub, ["officer"])
    round_()
    with at(plain, tenant) as session:
        assert member(session, second_id).roles == ["officer"]
        assert member(session, first_id).roles == ["admin", "officer"], "the region keeps a named admin"
    assert region_row(plain, tenant) is not None
    # Signing in with fewer roles doesn't take the last one either.
    again = client_on(plain, tenant)
    identity.sign_in(again, one)
    assert again.get("/uji/siapa").get_json()["roles"] == ["officer"]
    with at(plain, tenant) as session:
        assert member(session, first_id).roles == ["admin", "officer"]


def test_keycloak_s_silence_removes_nobody(identity, plain, tenant, arrive):
    _client, _person, member_id = arrive("admin")
    app = probe_app(identity.settings, keycloak_internal_url="http://127.0.0.1:9")
    try:
        with app.app_context(), tenant_scope(tenant) as session:
            follow_keycloak.run(session, tenant)
        with at(plain, tenant) as session:
            assert member(session, member_id).missing_since is None
    finally:
        app.extensions["balai.db"].close()


def test_a_region_without_an_organization_is_left_alone(identity, plain, other_tenant):
    with at(plain, other_tenant) as session:
        session.add(Member(id=new_id(), sub=str(uuid.uuid4()), name="Hanya di sini", roles=["admin"], active=True))
        session.flush()
        assert following.follow(session, other_tenant, identity.provisioner.directory) == []
        assert session.scalars(select(Member.active)).all() == [True]


# --- suspension, in Balai ---


def test_suspended_and_back(identity, plain, tenant, arrive):
    _client, _person, admin_id = arrive("admin")
    client, person, member_id = arrive("officer")
    with at(plain, tenant) as session:
        case_id = one_man_unit(session, tenant, member_id)
    with at(plain, tenant) as session:
        suspending.suspend_member(session, member_id)
        assert session.get(Case, (tenant.id, case_id)).unit_id == units.admin_unit(session).id
    assert client.get("/uji/siapa").get_json() is None
    identity.sign_in(client, person)
    assert client.get("/uji/siapa").get_json()["roles"] == []
    with at(plain, tenant) as session:
        assert [m.id for m in suspending.suspended_members(session)] == [member_id]
        with pytest.raises(Conflict, match="admin terakhir"):
            suspending.suspend_member(session, admin_id)
    with at(plain, tenant) as session:
        suspending.resume_member(session, member_id)
        assert [u.name for u in units.units_of(session, member_id)] == ["Unit Satu Orang"]
        with pytest.raises(NotFound):
            suspending.resume_member(session, member_id)
    fresh = client_on(plain, tenant)
    identity.sign_in(fresh, person)
    assert fresh.get("/uji/siapa").get_json()["roles"] == ["officer"]
