"""A region's staff with the real Keycloak: roles, removal, the last admin, a table of people."""

import threading
import uuid
from datetime import timedelta

import pytest

from balai import clock
from balai.auth import members, rosters
from balai.auth.keycloak import KeycloakRefusedError
from balai.errors import Conflict, Invalid, NotFound, Unavailable
from balai.tenancy import tenant_scope
from balai.testing.identity import Browser
from balai.testing.probe import client_on, probe_app
from balai.testing.staff import at, fresh, invite

pytestmark = pytest.mark.identity


@pytest.fixture
def tenant(identity, tenant):
    return identity.onboard(tenant)


@pytest.fixture
def other_tenant(identity, other_tenant):
    return identity.onboard(other_tenant)


@pytest.fixture(scope="module")
def plain(identity):
    """No mail server: first passwords are shown once."""
    app = probe_app(identity.settings)
    yield app
    app.extensions["balai.db"].close()


# --- roles, removal ---


def test_changed_roles_count_with_the_next_request(identity, plain, tenant):
    person = identity.person(tenant, "officer", "admin")
    identity.person(tenant, "admin")
    client = client_on(plain, tenant)
    identity.sign_in(client, person)
    member_id = client.get("/uji/siapa").get_json()["member"]
    _second_admin(identity, plain, tenant)
    with at(plain, tenant) as session:
        members.change_roles(session, _uuid(member_id), ["auditor"])
    assert client.get("/uji/siapa").get_json() is None
    identity.sign_in(client, person)
    assert client.get("/uji/siapa").get_json()["roles"] == ["auditor"]


def test_a_removed_person_is_out_at_once_and_stays_a_citizen(identity, plain, tenant):
    _second_admin(identity, plain, tenant)
    person = identity.person(tenant, "officer")
    here, phone = client_on(plain, tenant), client_on(plain, tenant)
    identity.sign_in(here, person)
    identity.sign_in(phone, person)
    member_id = _uuid(here.get("/uji/siapa").get_json()["member"])
    heard = []
    with at(plain, tenant) as session:
        session.database.dispatcher = lambda _session, event: heard.append((event.name, event.subject_id))
        try:
            members.remove_member(session, member_id)
        finally:
            session.database.dispatcher = None
    assert heard == [("member_left", str(member_id))]
    assert here.get("/uji/siapa").get_json() is None
    assert phone.get("/uji/siapa").get_json() is None
    with at(plain, tenant) as session:
        with pytest.raises(NotFound):
            members.get_member(session, member_id)
        assert member_id in {m.id for m in members.list_members(session, active=None)}
        assert member_id not in {m.id for m in members.list_members(session)}
    identity.sign_in(here, person)
    assert here.get("/uji/siapa").get_json()["roles"] == []
    # And back again: the same row, with its history.
    again = invite(plain, tenant, person.email, "helper")
    assert again.member.id == member_id


def test_a_token_from_before_a_removal_is_dead_within_its_five_minutes(identity, plain, tenant):
    """Sessions end at once; an access token that was copied out lives until it expires, and no refresh follows."""
    _second_admin(identity, plain, tenant)
    person = identity.person(tenant, "officer")
    tokens = identity.tokens(tenant, person)
    client = client_on(plain, tenant)
    identity.sign_in(client, person)
    with at(plain, tenant) as session:
        members.remove_member(session, _uuid(client.get("/uji/siapa").get_json()["member"]))
    runtime = plain.extensions["balai.auth"]
    form = {
        "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": "portal",
        "client_secret": identity.settings.portal_client_secret,
    }  # fmt: skip
    path = f"/realms/{identity.settings.realm}/protocol/openid-connect/token"
    with pytest.raises(KeycloakRefusedError) as caught:
        runtime.server.send("POST", path, form=form)
    assert caught.value.error == "invalid_grant"
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    with clock.frozen(clock.now() + timedelta(minutes=5, seconds=6)):
        assert client.get("/api/v1/uji/siapa", headers=headers).status_code == 401


def test_the_last_admin_stays(identity, plain, tenant):
    first = invite(plain, tenant, fresh(), "admin").member
    with at(plain, tenant) as session, pytest.raises(Conflict, match="admin terakhir"):
        members.remove_member(session, first.id)
    with at(plain, tenant) as session, pytest.raises(Conflict, match="admin terakhir"):
        members.change_roles(session, first.id, ["officer"])
    with at(plain, tenant) as session:
        assert members.change_roles(session, first.id, ["admin", "officer"]).roles == ["admin", "officer"]
    second = invite(plain, tenant, fresh(), "admin").member
    with at(plain, tenant) as session:
        members.remove_member(session, first.id)
    with at(plain, tenant) as session, pytest.raises(Conflict):
        members.remove_member(session, second.id)


def test_two_admins_who_remove_each_other_at_once_leave_one(plain, tenant):
    for _ in range(3):
        with at(plain, tenant) as session:
            for row in members.list_members(session):
                row.active = False
        pair = [invite(plain, tenant, fresh(), "admin").member.id for _ in range(2)]
        outcomes = []
        gate = threading.Barrier(2)

        def remove(member_id, gate=gate, outcomes=outcomes):
            with plain.app_context():
                gate.wait()
                try:
                    with tenant_scope(tenant) as session:
                        members.remove_member(session, member_id)
                    outcomes.append("removed")
                except Conflict:
                    outcomes.append("kept")

        threads = [threading.Thread(target=remove, args=(member_id,)) for member_id in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(outcomes) == ["kept", "removed"]


def test_a_member_of_another_region_is_not_found(plain, tenant, other_tenant):
    foreign = invite(plain, other_tenant, fresh(), "admin").member.id
    for act in (
        lambda s: members.remove_member(s, foreign),
        lambda s: members.change_roles(s, foreign, ["officer"]),
        lambda s: members.resend_invitation(s, foreign),
        lambda s: members.reset_second_factor(s, foreign),
        lambda s: members.get_member(s, foreign),
    ):
        with at(plain, tenant) as session, pytest.raises(NotFound):
            act(session)


def test_a_lost_phone_is_helped_by_the_own_region_alone(identity, plain, tenant, other_tenant):
    strict = probe_app(identity.settings, step_up=True)
    try:
        person = identity.person(tenant, "officer")
        client = client_on(strict, tenant)
        identity.sign_in(client, person, query="&langkah=2")
        member_id = _uuid(client.get("/uji/siapa").get_json()["member"])
        with at(plain, tenant) as session:
            members.reset_second_factor(session, member_id)
        assert client.get("/uji/siapa").get_json() is None
        browser = Browser().open(client.get("/masuk?langkah=2").headers["Location"])
        browser.submit(username=person.email).submit(password=person.password)
        assert browser.page == "login-config-totp"
        identity.join(other_tenant, person, "auditor")
        with at(plain, tenant) as session, pytest.raises(Conflict):
            members.reset_second_factor(session, member_id)
    finally:
        strict.extensions["balai.db"].close()


def test_keycloak_down_changes_nothing_and_says_so(identity, tenant, plain):
    made = invite(plain, tenant, fresh(), "admin").member
    invite(plain, tenant, fresh(), "admin")
    app = probe_app(identity.settings, keycloak_internal_url="http://127.0.0.1:9")
    try:
        with pytest.raises(Unavailable):
            invite(app, tenant, fresh())
        with at(app, tenant) as session, pytest.raises(Unavailable):
            members.remove_member(session, made.id)
        with at(app, tenant) as session:
            assert members.get_member(session, made.id).roles == ["admin"]
    finally:
        app.extensions["balai.db"].close()


# --- a table of people ---


def test_a_table_of_people_is_invited_row_by_row(identity, plain, tenant):
    known = fresh()
    invite(plain, tenant, known)
    rows = [fresh("a"), fresh("b"), fresh("c")]
    table = (
        f"Nama;Alamat surel;Peran\nSiti;{rows[0]};Petugas\n\nBudi;{rows[1]};admin + pemeriksa\n"
        f"Lama;{known};officer\nTini;{rows[2]};helper\n"
    )
    with at(plain, tenant) as session:
        done = rosters.invite_from_csv(session, tenant, ("\ufeff" + table).encode())
    assert [(r.line, bool(r.invited), r.fault) for r in done] == [
        (2, True, ""), (4, True, ""), (5, False, "Orang ini sudah menjadi anggota."), (6, True, ""),
    ]  # fmt: skip
    assert done[1].invited.member.roles == ["admin", "auditor"]
    assert all(r.invited.password for r in done if r.invited)
    with at(plain, tenant) as session:
        assert {m.name for m in members.list_members(session)} >= {"Siti", "Budi", "Tini"}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("", "judul kolom"),
        ("nama,surel\nSiti,a@b.id\n", "judul kolom"),
        ("nama,surel,peran\n", "belum berisi"),
        ("nama,surel,peran\nSiti,bukan surel,officer\nBudi,b@c.id,raja\n", "Baris 3"),
        ("nama,surel,peran\nSiti,a@b.id,officer\nBudi,A@B.id,officer\n", "sudah ada di atas"),
        ("nama,surel,peran\n" + "".join(f"N,n{i}@b.id,officer\n" for i in range(101)), "Paling banyak 100"),
    ],
    ids=["empty", "no-role", "no-rows", "faults", "twice", "too-many"],
)
def test_a_faulty_table_invites_nobody(plain, tenant, table, words):
    with at(plain, tenant) as session, pytest.raises(Invalid) as caught:
        rosters.invite_from_csv(session, tenant, table.encode())
    assert any(words in e.message for e in caught.value.errors)
    with at(plain, tenant) as session:
        assert members.list_members(session) == []


def _second_admin(identity, app, tenant):
    invite(app, tenant, fresh(), "admin")


def _uuid(text):
    return uuid.UUID(text)
