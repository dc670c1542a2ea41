"""Invitations and registration with the real Keycloak: with mail and without, and whose account nobody may take over."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from balai import audit
from balai.auth import members
from balai.auth.models import Member
from balai.auth.realm import ensure_realm
from balai.devstack.mail import Catcher
from balai.errors import Conflict, Invalid
from balai.testing.identity import Browser, Person
from balai.testing.probe import client_on, probe_app
from balai.testing.staff import at, fresh, invite, link_to, set_password

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
    assert browser.title == "Buktikan alamat email Anda"
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
    assert "email berisi tautan akan tiba" in browser.text
    mail = box.messages(person.email)[0]
    assert mail.subject == "Buat kata sandi baru"
    set_password(browser.open(mail.links[0]), "sandi-yang-lain-5")


@pytest.mark.parametrize("name", ["Siti/Ani", "x&y", "A<b>", "=1+1", "Budi (Kominfo)", "a\u202eb", "nol\x00"])
def test_a_name_that_keycloak_would_refuse_is_named_before_anything_begins(plain, tenant, name):
    with pytest.raises(Invalid) as refused:
        invite(plain, tenant, fresh("aneh"), "officer", name=name)
    assert [e.field for e in refused.value.errors] == ["name"]


@pytest.mark.parametrize("email", ["<x>@contoh.id", "é@contoh.id", "u\x00@contoh.id", "a b@contoh.id"])
def test_an_odd_address_is_a_fault_and_no_failure(plain, tenant, email):
    with pytest.raises(Invalid) as refused:
        invite(plain, tenant, email, "officer")
    assert [e.field for e in refused.value.errors] == ["email"]


def test_a_name_with_titles_is_fine(plain, tenant):
    assert invite(plain, tenant, fresh("gelar"), "officer", name="R. O'Neil, S.T., M.Si.").member.active
