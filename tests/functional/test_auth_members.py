"""The region's staff, with the real Keycloak: invite, change roles, remove, and what must never be possible."""

import re
import secrets
import threading
import uuid
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from balai import audit, clock
from balai.auth import members, rosters
from balai.auth.keycloak import KeycloakRefusedError
from balai.auth.models import Member
from balai.auth.realm import ensure_realm
from balai.devstack.mail import Catcher
from balai.errors import Conflict, Invalid, NotFound, Unavailable
from balai.tenancy import tenant_scope
from balai.testing.identity import Browser, Person
from balai.testing.probe import client_on, probe_app

pytestmark = pytest.mark.identity
OWN = "sandi-sendiri-17"


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


@pytest.fixture(scope="module")
def mailing(identity, keycloak, tmp_path_factory):
    """(application, mailbox): the same realm with a mail server, and back again."""
    with Catcher(tmp_path_factory.mktemp("mail")) as box:
        settings = replace(identity.settings, smtp_url=box.url, mail_from="Balai <balai@contoh.id>")
        ensure_realm(settings, keycloak.admin_user, keycloak.admin_password)
        app = probe_app(settings)
        yield app, box
        app.extensions["balai.db"].close()
    ensure_realm(identity.settings, keycloak.admin_user, keycloak.admin_password)


@contextmanager
def at(app, tenant):
    with app.app_context(), tenant_scope(tenant) as session:
        yield session


def invite(app, tenant, email, *roles, name="Siti Aminah"):
    with at(app, tenant) as session:
        return members.invite_member(session, email, name, roles or ("officer",))


def fresh(word="baru"):
    return f"{word}-{secrets.token_hex(4)}@contoh.id"


def set_password(browser, password=OWN):
    assert browser.page == "login-update-password", f"{browser.page} {browser.title}"
    return browser.submit(**{"password-new": password, "password-confirm": password})


def link_to(browser, word):
    return urljoin(browser.url, unescape(re.search(rf'href="([^"]*{word}[^"]*)"', browser.text)[1]))


# --- invite, without mail ---


def test_first_password_is_shown_once_works_once_and_must_be_changed(identity, plain, tenant):
    email = fresh()
    made = invite(plain, tenant, email, "officer", "auditor")
    assert made.password
    assert made.warning is None
    client = client_on(plain, tenant)
    browser = Browser().open(client.get("/masuk").headers["Location"])
    browser.submit(username=email).submit(password=made.password)
    assert browser.title == "Buat kata sandi baru"
    set_password(browser)
    back = urlsplit(browser.location)
    assert client.get(f"{back.path}?{back.query}").status_code == 303
    found = client.get("/uji/siapa").get_json()
    assert (found["roles"], found["name"], found["email"]) == (["auditor", "officer"], "Siti Aminah", email)
    assert found["member"] == str(made.member.id)
    with at(plain, tenant) as session:
        row = members.get_member(session, made.member.id)
        assert row.joined_at is not None
        assert members.email_of(session, row) == email
        assert members.masked_email(session, row) != email
        assert row.email.startswith("v1|")


def test_an_invitation_stands_in_the_audit_without_the_address(plain, tenant):
    email = fresh()
    with plain.app_context(), audit.acting_as("staff", "admin-1"):
        invite(plain, tenant, email, "helper")
    with at(plain, tenant) as session:
        entry = next(e for e in audit.entries(session, action="member.invited"))
        assert (entry.actor, entry.data["roles"]) == ("admin-1", ["helper"])
        assert email not in str(entry.data)


@pytest.mark.parametrize(
    ("email", "name", "roles", "fields"),
    [
        ("", "Siti", ["officer"], {"email"}),
        ("bukan-surel", "Siti", ["officer"], {"email"}),
        ("a@b.id", "  ", ["officer"], {"name"}),
        ("a@b.id", "x" * 121, ["officer"], {"name"}),
        ("a@b.id", "Siti", [], {"roles"}),
        ("a@b.id", "Siti", ["raja"], {"roles"}),
        ("a@b.id", "Siti", ["officer", "air.admin"], {"roles"}),
        ("", "", [], {"email", "name", "roles"}),
    ],
)
def test_bad_invitations_name_everything_to_correct(plain, tenant, email, name, roles, fields):
    with at(plain, tenant) as session, pytest.raises(Invalid) as caught:
        members.invite_member(session, email, name, roles)
    assert {e.field for e in caught.value.errors} == fields


def test_an_active_member_is_not_invited_twice(plain, tenant):
    email = fresh()
    invite(plain, tenant, email)
    with pytest.raises(Invalid):
        invite(plain, tenant, email.upper())


def test_an_invitation_that_broke_off_half_way_can_be_given_again(identity, plain, tenant):
    """The account was made, then the machine went down: no row, no membership."""
    email = fresh()
    with plain.app_context():
        people = members.directory()
        people.create_person(email, "Siti", inviter=tenant)
    assert invite(plain, tenant, email).password


def test_a_new_first_password_only_while_none_was_set(identity, plain, tenant):
    email = fresh()
    made = invite(plain, tenant, email)
    with at(plain, tenant) as session:
        again = members.resend_invitation(session, made.member.id)
    assert again.password
    assert again.password != made.password
    client = client_on(plain, tenant)
    browser = Browser().open(client.get("/masuk").headers["Location"])
    browser.submit(username=email).submit(password=made.password)
    assert browser.page == "login-password"
    set_password(browser.submit_right(lambda: {"password": again.password}))
    with at(plain, tenant) as session, pytest.raises(Conflict):
        members.resend_invitation(session, made.member.id)


# --- who already has an account ---


def test_a_verified_citizen_joins_and_nobody_learns_a_password(identity, plain, tenant):
    citizen = identity.person(name="Budi")
    made = invite(plain, tenant, citizen.email, name="Budi")
    assert made.password is None
    assert "kata sandinya sendiri" in made.warning
    client = client_on(plain, tenant)
    identity.sign_in(client, citizen)
    assert client.get("/uji/siapa").get_json()["roles"] == ["officer"]


def test_without_mail_an_unproven_account_of_somebody_else_is_refused(identity, plain, tenant):
    """Somebody registered the officer's address first. Handing out a password would take over a citizen's account."""
    squatter = identity.person(verified=False)
    with pytest.raises(Invalid) as caught:
        invite(plain, tenant, squatter.email)
    assert caught.value.errors[0].field == "email"
    with plain.app_context():
        assert members.directory().organizations_of(squatter.sub) == set()


def test_a_region_never_gets_a_password_of_another_regions_officer(identity, plain, tenant, other_tenant):
    email = fresh()
    invite(plain, other_tenant, email)
    with pytest.raises(Invalid):
        invite(plain, tenant, email)
    # Not even by asking for the first password of a person whom both have.
    with at(plain, tenant) as session:
        row = Member(sub=_sub(plain, email), name="x", roles=["officer"])
        session.add(row)
        session.flush()
        identity.provisioner.directory.set_membership(
            identity.provisioner.directory.organization(tenant), row.sub, ["officer"]
        )
        with pytest.raises(Conflict):
            members.resend_invitation(session, row.id)


def _sub(app, email):
    with app.app_context():
        return members.directory().find_person(email).sub


# --- invite, with mail ---


def test_the_mail_names_the_region_and_its_link_leads_to_a_password_and_back(identity, mailing, tenant):
    app, box = mailing
    email = fresh("surel")
    made = invite(app, tenant, email, name="Siti Aminah")
    assert (made.password, made.warning) == (None, None)
    assert made.member.mailed_at is not None
    mail = box.messages(email)[0]
    assert mail.subject == "Siapkan akun Balai Anda"
    assert tenant.name in mail.text
    assert "Halo Siti Aminah" in mail.text
    assert "3 hari" in mail.text
    browser = Browser().open(mail.links[0])
    assert "Tinggal beberapa langkah" in browser.text
    set_password(browser.open(link_to(browser, "action-token")), "sandi-dari-surel-1")
    assert browser.title == "Akun sudah siap"
    assert f"http://{tenant.slug}.localhost:8000/masuk/selesai" in browser.text
    client = client_on(app, tenant)
    assert client.get("/masuk/selesai").headers["Location"] == "/masuk?next=/kelola"
    person = Person(made.member.sub, email, "Siti Aminah", password="sandi-dari-surel-1")
    identity.sign_in(client, person)
    assert client.get("/uji/siapa").get_json()["roles"] == ["officer"]


def test_with_mail_an_unproven_account_loses_its_password_to_whoever_reads_the_mailbox(identity, mailing, tenant):
    app, box = mailing
    squatter = identity.person(verified=False)
    made = invite(app, tenant, squatter.email)
    assert made.password is None
    assert len(box.messages(squatter.email)) == 1
    browser = Browser().open(client_on(app, tenant).get("/masuk").headers["Location"])
    browser.submit(username=squatter.email)
    assert (browser.page, browser.location) == ("error", "")
    assert "Akun ini belum punya kata sandi" in browser.text, browser.text[-900:]


def test_a_mail_that_fails_is_a_warning_and_can_be_sent_again(identity, mailing, keycloak, tenant):
    app, box = mailing
    email = fresh("gagal")
    server = identity.admin.get("")["smtpServer"]
    identity.admin.put("", {"smtpServer": server | {"port": "9"}})
    try:
        made = invite(app, tenant, email)
    finally:
        identity.admin.put("", {"smtpServer": server})
    assert "Kirim ulang" in made.warning
    assert made.member.mailed_at is None
    assert box.messages(email) == []
    with at(app, tenant) as session:
        again = members.resend_invitation(session, made.member.id)
    assert again.warning is None
    assert len(box.messages(email)) == 1


def test_a_citizen_registers_proves_the_address_and_only_then_sets_a_password(identity, mailing, tenant):
    app, box = mailing
    client = client_on(app, tenant)
    email = fresh("warga")
    browser = Browser().open(client.get("/masuk").headers["Location"])
    browser.open(link_to(browser, "registration"))
    assert browser.title == "Buat akun"
    assert 'type="password"' not in browser.text
    browser.submit(firstName="Budi", email=email)
    assert browser.page == "login-verify-email", f"{browser.page} {browser.text}"
    assert browser.title == "Buktikan alamat surel Anda"
    link = box.messages(email)[0].links[0]
    browser.open(link)
    if browser.page == "info":
        browser.open(link_to(browser, "action-token"))
    set_password(browser)
    back = urlsplit(browser.location)
    assert client.get(f"{back.path}?{back.query}").status_code == 303
    found = client.get("/uji/siapa").get_json()
    assert (found["name"], found["email"], found["roles"]) == ("Budi", email, [])


def test_a_forgotten_password_is_set_anew_by_mail(identity, mailing, tenant):
    app, box = mailing
    person = identity.person(tenant, "officer")
    browser = Browser().open(client_on(app, tenant).get("/masuk").headers["Location"])
    browser.submit(username=person.email)
    browser.open(link_to(browser, "reset-credentials"))
    assert browser.title == "Lupa kata sandi"
    browser.submit(username=person.email)
    assert "surel berisi tautan akan tiba" in browser.text
    mail = box.messages(person.email)[0]
    assert mail.subject == "Buat kata sandi baru"
    set_password(browser.open(mail.links[0]), "sandi-yang-lain-5")


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
