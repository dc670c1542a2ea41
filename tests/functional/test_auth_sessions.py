"""Sessions over time: roles that change, Keycloak that goes down, cookies that don't fit, and one's own cases."""

from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from balai import auth, clock
from balai.auth import queries, sessions
from balai.testing.identity import act_as
from balai.testing.probe import Line, client_on, probe_app, sign_out


@pytest.fixture
def tenant(request, tenant):
    """With the real Keycloak: onboarded there."""
    return request.getfixturevalue("identity").onboard(tenant) if "identity" in request.fixturenames else tenant


@pytest.fixture(scope="module")
def plain(settings):
    app = probe_app(settings)
    yield app
    app.extensions["balai.db"].close()


@pytest.fixture
def line(keycloak):
    parts = urlsplit(keycloak.url)
    made = Line("127.0.0.1", parts.port).connect()
    yield made
    made.cut()


@pytest.fixture
def wired(identity, line):
    """The application, reaching Keycloak over a line that can be cut."""
    app = probe_app(identity.settings, keycloak_internal_url=line.url)
    yield app
    app.extensions["balai.auth"].server.close()
    app.extensions["balai.db"].close()


def who(client):
    return client.get("/uji/siapa").get_json()


@contextmanager
def owner(database):
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        yield connection


def aged(database, sub, interval):
    """Keycloak's last word on this person's sessions is now `interval` old."""
    with owner(database) as connection:
        connection.execute(
            "UPDATE session SET checked_at = now() - %s::interval, claimed_at = NULL WHERE sub = %s", (interval, sub)
        )


def count(database, sub):
    with owner(database) as connection:
        return connection.execute("SELECT count(*) FROM session WHERE sub = %s", [sub]).fetchone()[0]


# --- Keycloak's word ---


@pytest.mark.identity
def test_a_role_taken_away_in_keycloak_is_gone_after_five_minutes(identity, wired, tenant, database):
    person = identity.person(tenant, "officer", "admin")
    client = client_on(wired, tenant)
    identity.sign_in(client, person)
    identity.join(tenant, person, "officer")
    assert who(client)["roles"] == ["admin", "officer"]
    aged(database, person.sub, "5 minutes 1 second")
    assert who(client)["roles"] == ["officer"]
    assert who(client)["roles"] == ["officer"]


@pytest.mark.identity
def test_a_disabled_account_is_out_after_five_minutes(identity, wired, tenant, database):
    person = identity.person(tenant, "officer")
    client = client_on(wired, tenant)
    identity.sign_in(client, person)
    identity.admin.put(f"/users/{person.sub}", identity.admin.get(f"/users/{person.sub}") | {"enabled": False})
    aged(database, person.sub, "6 minutes")
    assert who(client) is None
    assert count(database, person.sub) == 0


@pytest.mark.identity
def test_a_suspended_region_throws_its_staff_out_at_the_next_refresh(identity, wired, tenant, database):
    person = identity.person(tenant, "officer")
    client = client_on(wired, tenant)
    identity.sign_in(client, person)
    identity.provisioner.directory.set_enabled(tenant, enabled=False)
    aged(database, person.sub, "6 minutes")
    found = who(client)
    assert found is None or found["roles"] == []


@pytest.mark.identity
def test_a_name_changed_in_keycloak_arrives(identity, wired, tenant, database):
    person = identity.person(tenant, "officer", name="Lama")
    client = client_on(wired, tenant)
    identity.sign_in(client, person)
    identity.admin.put(f"/users/{person.sub}", identity.admin.get(f"/users/{person.sub}") | {"firstName": "Baru"})
    aged(database, person.sub, "6 minutes")
    assert who(client)["name"] == "Baru"


# --- Keycloak down ---


@pytest.mark.identity
def test_keycloak_down_those_who_are_signed_in_go_on_for_eight_hours(identity, wired, line, tenant, database):
    person = identity.person(tenant, "officer")
    client = client_on(wired, tenant)
    identity.sign_in(client, person)
    line.cut()
    assert who(client)["roles"] == ["officer"]
    aged(database, person.sub, "7 hours 59 minutes")
    assert who(client)["roles"] == ["officer"]
    aged(database, person.sub, "8 hours 1 minute")
    assert who(client) is None
    # It comes back: the session was never lost.
    line.connect()
    aged(database, person.sub, "8 hours 1 minute")
    assert who(client)["roles"] == ["officer"]


@pytest.mark.identity
def test_keycloak_down_valid_tokens_go_on(identity, wired, line, tenant):
    headers = {"Authorization": f"Bearer {identity.tokens(tenant, identity.person(tenant, 'officer'))['access_token']}"}
    client = client_on(wired, tenant)
    assert client.get("/api/v1/uji/siapa", headers=headers).get_json()["roles"] == ["officer"]
    line.cut()
    assert client.get("/api/v1/uji/siapa", headers=headers).get_json()["roles"] == ["officer"]


@pytest.mark.identity
def test_keycloak_down_before_any_key_was_seen_is_503_not_401(identity, wired, line, tenant):
    headers = {"Authorization": f"Bearer {identity.tokens(tenant, identity.person(tenant, 'officer'))['access_token']}"}
    line.cut()
    answer = client_on(wired, tenant).get("/api/v1/uji/siapa", headers=headers)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.identity
def test_keycloak_down_sign_in_shows_a_friendly_page_that_tries_again(wired, line, tenant, identity):
    line.cut()
    client = client_on(wired, tenant)
    answer = client.get("/masuk?next=/kelola")
    text = answer.get_data(as_text=True)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert '<meta http-equiv="refresh" content="5">' in text
    assert "halaman masuk belum siap" in text
    assert "/masuk?next=/kelola" in text
    with wired.app_context():
        assert auth.keycloak_status().startswith("degraded")
    line.connect()
    wired.extensions["balai.auth"]._asked = float("-inf")
    assert client.get("/masuk").status_code == 303
    with wired.app_context():
        assert auth.keycloak_status() == "ok"


@pytest.mark.identity
def test_keycloak_down_between_the_two_halves_of_a_sign_in(identity, wired, line, tenant):
    from balai.testing.identity import Browser

    client = client_on(wired, tenant)
    browser = Browser()
    browser.open(client.get("/masuk").headers["Location"]).enter(identity.person(tenant, "officer"))
    line.cut()
    back = urlsplit(browser.location)
    assert client.get(f"{back.path}?{back.query}").status_code == 503


@pytest.mark.identity
def test_keycloak_down_signing_out_still_works_here(identity, wired, line, tenant, database):
    client = client_on(wired, tenant)
    person = identity.person(tenant, "officer")
    identity.sign_in(client, person)
    line.cut()
    wired.extensions["balai.auth"]._asked = float("-inf")
    answer = sign_out(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/keluar/selesai")
    assert count(database, person.sub) == 0


@pytest.mark.identity
def test_a_realm_that_is_not_set_up_yet_is_told_apart(identity, keycloak):
    app = probe_app(identity.settings, realm="belum-ada")
    try:
        with app.app_context():
            assert "not set up yet" in auth.keycloak_status()
        assert client_on(app, None).get("/masuk").status_code == 503
    finally:
        app.extensions["balai.auth"].server.close()
        app.extensions["balai.db"].close()


# --- without Keycloak ---


def test_readiness_word_is_degraded_without_keycloak(settings):
    app = probe_app(settings, keycloak_internal_url="http://127.0.0.1:9")
    try:
        with app.app_context():
            assert auth.keycloak_status().startswith("degraded")
    finally:
        app.extensions["balai.db"].close()


def test_a_session_ends_after_twelve_hours(plain, tenant):
    client = client_on(plain, tenant)
    act_as(client, tenant, "officer")
    start = clock.now()
    with clock.frozen(start + timedelta(minutes=4)):
        assert who(client)["roles"] == ["officer"]
    with clock.frozen(start + timedelta(hours=12, seconds=1)):
        assert who(client) is None


def test_expired_sessions_are_purged(plain, tenant, database):
    client = client_on(plain, tenant)
    act_as(client, tenant, "officer", sub="purge-me")
    db = plain.extensions["balai.db"]
    with queries.alone(db) as connection:
        queries.purge_sessions(connection, clock.now())
    assert count(database, "purge-me") == 1
    with queries.alone(db) as connection:
        assert queries.purge_sessions(connection, clock.now() + timedelta(hours=13)) >= 1
    assert count(database, "purge-me") == 0


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "A" * 4000, "ä"])
def test_a_made_up_cookie_is_nobody(plain, tenant, cookie):
    client = client_on(plain, tenant)
    client.set_cookie(sessions.COOKIE, cookie, domain=client.host.partition(":")[0])
    assert who(client) is None


def test_a_row_whose_seal_does_not_open_is_nobody(plain, settings, tenant):
    """Another server's secret: the database alone doesn't make a session."""
    client = client_on(plain, tenant)
    act_as(client, tenant, "officer")
    cookie = next(iter(client._cookies.values())).value
    other = probe_app(settings, secret_key="z" * 40)
    try:
        stranger = client_on(other, tenant)
        stranger.set_cookie(sessions.COOKIE, cookie, domain=stranger.host.partition(":")[0])
        assert who(stranger) is None
    finally:
        other.extensions["balai.db"].close()


def test_application_role_cannot_read_the_session_table(database):
    with psycopg.connect(database.app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM session")


def test_a_session_that_is_being_refreshed_is_refreshed_once(plain, tenant):
    client = client_on(plain, tenant)
    act_as(client, tenant, "officer")
    raw = sessions.read_cookie(next(iter(client._cookies.values())).value)
    from balai.auth.seal import digest

    moment = clock.now()
    with queries.alone(plain.extensions["balai.db"]) as db:
        assert queries.claim_refresh(db, digest(raw), moment) is not None
        assert queries.claim_refresh(db, digest(raw), moment) is None
        assert queries.claim_refresh(db, digest(raw), moment + timedelta(seconds=31)) is not None


def test_sign_in_waits_for_a_change_of_roles_and_then_asks_keycloak_again(plain, tenant, database):
    """The race: a token from just before the change, a session stored just after it."""
    import threading

    sub = "racing-officer"
    first = client_on(plain, tenant)
    act_as(first, tenant, "officer", sub=sub)
    other = client_on(plain, tenant)
    done = threading.Event()

    def sign_in():
        act_as(other, tenant, sub=sub)
        done.set()

    with psycopg.connect(database.owner_url) as changing:
        changing.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant.id)])
        changing.execute(
            "UPDATE member SET roles = '[]', roles_changed_at = now() + interval '1 second' WHERE tenant_id = %s AND sub = %s",
            (tenant.id, sub),
        )
        thread = threading.Thread(target=sign_in)
        thread.start()
        assert not done.wait(0.4)
        changing.commit()
    thread.join(5)
    assert done.is_set()
    with owner(database) as connection:
        rows = connection.execute(
            "SELECT checked_at < created_at FROM session WHERE sub = %s ORDER BY created_at", [sub]
        )
        assert [row[0] for row in rows] == [False, True]
    assert who(first)["roles"] == []


# --- one's own cases over all regions ---


def test_a_citizen_sees_own_cases_of_all_regions_and_nobody_elses(plain, tenant, other_tenant):
    from balai.tenancy import tenant_scope

    with plain.app_context():
        for region, sub, code in ((tenant, "budi", "A-1"), (other_tenant, "budi", "B-1"), (tenant, "tini", "A-2")):
            with tenant_scope(region) as session:
                auth.put_my_case(
                    session, sub=sub, code=code, service="feedback.pengaduan", state="baru", at=clock.now()
                )
        db = plain.extensions["balai.db"]
        assert {(r.tenant_id, r.code) for r in auth.my_cases(db, "budi")} == {
            (tenant.id, "A-1"),
            (other_tenant.id, "B-1"),
        }
        assert [r.code for r in auth.my_cases(db, "budi", tenant_id=tenant.id)] == ["A-1"]
        with tenant_scope(tenant) as session:
            auth.put_my_case(
                session, sub="budi", code="A-1", service="feedback.pengaduan", state="selesai", at=clock.now()
            )
        assert next(r.state for r in auth.my_cases(db, "budi") if r.code == "A-1") == "selesai"
        with tenant_scope(other_tenant) as session:
            auth.drop_my_case(session, "A-1")  # another region's code: not theirs to take away
        assert len(auth.my_cases(db, "budi")) == 2
        with tenant_scope(tenant) as session:
            auth.drop_my_case(session, "A-1")
        assert [r.code for r in auth.my_cases(db, "budi")] == ["B-1"]


def test_my_case_is_closed_without_a_person_and_to_writes(database, plain, tenant):
    from balai.tenancy import tenant_scope

    with plain.app_context(), tenant_scope(tenant) as session:
        auth.put_my_case(session, sub="wati", code="W-1", service="s", state="baru", at=clock.now())
    with psycopg.connect(database.app_url) as connection:
        with pytest.raises(psycopg.errors.UndefinedObject):
            connection.execute("SELECT * FROM my_case")
        connection.rollback()
        connection.execute("SELECT set_config('app.sub', 'wati', true)")
        assert connection.execute("SELECT code FROM my_case").fetchall() == [("W-1",)]
        assert connection.execute("SELECT code FROM my_case WHERE sub = 'budi'").fetchall() == []
        for statement in (
            "DELETE FROM my_case",
            "UPDATE my_case SET sub = 'x'",
            "INSERT INTO my_case VALUES ('a',1,'b','c','d',now())",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)


def test_ending_a_members_sessions_needs_the_regions_own_session(plain):
    from balai.tenancy import registry_scope

    with plain.app_context(), pytest.raises(DBAPIError), registry_scope() as session:
        queries.end_sessions_of_member(session, "anybody")
