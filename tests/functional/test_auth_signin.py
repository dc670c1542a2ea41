"""Signing in and out through the real Keycloak's own pages."""

from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from balai import tenancy
from balai.auth import sessions, signin
from balai.testing.acting import act_as, set_cookie
from balai.testing.identity import Browser
from balai.testing.probe import client_on, probe_app, serving, sign_out

pytestmark = pytest.mark.identity


@pytest.fixture(scope="module")
def probe(identity):
    app = probe_app(identity.settings)
    yield app
    app.extensions["balai.db"].close()


@pytest.fixture(scope="module")
def strict(identity):
    """The same with the second factor demanded, as in production."""
    app = probe_app(identity.settings, step_up=True)
    yield app
    app.extensions["balai.db"].close()


@pytest.fixture
def tenant(identity, tenant):
    return identity.onboard(tenant)


@pytest.fixture
def other_tenant(identity, other_tenant):
    return identity.onboard(other_tenant)


@pytest.fixture
def on():
    """`on(app, tenant)`: a test client of that application on the tenant's host."""
    return client_on


def who(client, path="/uji/siapa"):
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:1000]
    return answer.get_json()


def session_cookie(client):
    return next((c for c in client._cookies.values() if c.key == sessions.COOKIE), None)


def test_officer_signs_in_in_two_steps_and_comes_back_to_the_page(identity, probe, on, tenant):
    officer = identity.person(tenant, "officer", name="Siti Aminah")
    client = on(probe, tenant)
    begun = client.get("/masuk?next=/bantuan?q=1")
    browser = Browser().open(begun.headers["Location"])
    assert (browser.status, browser.page, browser.title) == (200, "login-username", "Masuk")
    assert 'type="password"' not in browser.text
    browser.submit(username=officer.email)
    assert (browser.page, browser.title) == ("login-password", "Masukkan kata sandi")
    assert tenant.name in browser.text
    browser.submit(password=officer.password)
    back = urlsplit(browser.location)
    done = client.get(f"{back.path}?{back.query}")
    assert (done.status_code, done.headers["Location"]) == (303, "/bantuan?q=1")
    person = who(client)
    assert person["sub"] == officer.sub
    assert (person["name"], person["email"], person["roles"]) == ("Siti Aminah", officer.email, ["officer"])
    assert "cases.work" in person["permissions"]
    assert "members.manage" not in person["permissions"]
    assert person["member"] is not None
    assert who(client, "/kelola/uji")["staff"] is True


def test_citizen_signs_in_without_membership_and_stays_out_of_the_console(identity, probe, on, tenant):
    citizen = identity.person(name="Budi")
    client = on(probe, tenant)
    identity.sign_in(client, citizen)
    person = who(client)
    assert (person["name"], person["roles"], person["permissions"], person["staff"]) == ("Budi", [], [], False)
    assert person["tenant"] == tenant.id
    assert client.get("/kelola/uji").status_code == 403


def test_officer_of_another_region_is_a_citizen_here(identity, probe, on, tenant, other_tenant):
    officer = identity.person(tenant, "admin")
    client = on(probe, other_tenant)
    identity.sign_in(client, officer)
    assert who(client)["roles"] == []
    assert client.get("/kelola/uji").status_code == 403


def test_session_cookie_opens_nothing_on_another_host(identity, probe, on, tenant, other_tenant):
    officer = identity.person(tenant, "admin")
    client = on(probe, tenant)
    identity.sign_in(client, officer)
    stolen = session_cookie(client).value
    for elsewhere in (other_tenant, None):
        other = on(probe, elsewhere)
        host = other.host.partition(":")[0]
        other.set_cookie(sessions.COOKIE, stolen, domain=host)
        assert who(other) is None


def test_single_sign_on_leads_to_a_second_region_without_a_password(identity, probe, on, tenant, other_tenant):
    officer = identity.person(tenant, "officer")
    identity.join(other_tenant, officer, "auditor")
    browser = identity.sign_in(on(probe, tenant), officer)
    second = on(probe, other_tenant)
    officer.password = "never asked for"
    identity.sign_in(second, officer, browser=browser)
    assert who(second)["roles"] == ["auditor"]


def test_cookie_is_bound_to_the_host_and_hidden_from_scripts(identity, probe, on, tenant):
    client = on(probe, tenant)
    identity.sign_in(client, identity.member(tenant, "officer"))
    cookie = session_cookie(client)
    assert (cookie.secure, cookie.http_only, cookie.same_site, cookie.path) == (True, True, "Lax", "/")
    assert cookie.key.startswith("__Host-")
    assert cookie.origin_only is True
    assert len(sessions.read_cookie(cookie.value)) == 32


def test_database_holds_neither_the_cookie_nor_a_readable_token(identity, probe, on, tenant, database):
    client = on(probe, tenant)
    identity.sign_in(client, identity.person(tenant, "officer", name="Nama Rahasia"))
    raw = sessions.read_cookie(session_cookie(client).value)
    with psycopg.connect(database.owner_url) as owner:
        rows = owner.execute("SELECT id_hash, who, tokens FROM session").fetchall()
    everything = b"".join(b"".join(bytes(cell) for cell in row) for row in rows)
    assert raw not in everything
    for word in (b"Nama Rahasia", b"eyJ", b"refresh"):
        assert word not in everything


@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_next_never_leads_to_another_site(identity, probe, on, tenant, bad):
    client = on(probe, tenant)
    browser = Browser()
    begun = client.get("/masuk", query_string={"next": bad})
    browser.open(begun.headers["Location"]).enter(identity.member(tenant, "officer"))
    back = urlsplit(browser.location)
    assert client.get(f"{back.path}?{back.query}").headers["Location"] == "/"


def test_answer_without_the_pre_login_cookie_signs_nobody_in(identity, probe, on, tenant):
    """What an attacker could do: send a victim the end of his own sign-in."""
    attacker, victim = on(probe, tenant), on(probe, tenant)
    browser = Browser()
    browser.open(attacker.get("/masuk").headers["Location"]).enter(identity.member(tenant, "officer"))
    back = urlsplit(browser.location)
    answer = victim.get(f"{back.path}?{back.query}")
    assert answer.status_code == 400
    assert "Belum masuk" in answer.get_data(as_text=True)
    assert session_cookie(victim) is None


def test_answer_opened_twice_is_explained_and_keeps_the_session(identity, probe, on, tenant):
    client = on(probe, tenant)
    browser = identity.sign_in(client, identity.member(tenant, "officer"))
    back = urlsplit(browser.location)
    assert client.get(f"{back.path}?{back.query}").status_code == 400
    assert who(client)["roles"] == ["officer"]


def test_code_without_our_verifier_is_worth_nothing(identity, probe, on, tenant):
    client = on(probe, tenant)
    browser = Browser()
    browser.open(client.get("/masuk").headers["Location"]).enter(identity.member(tenant, "officer"))
    stolen = parse_qs(urlsplit(browser.location).query)["code"][0]
    thief = on(probe, tenant)
    state = parse_qs(urlsplit(thief.get("/masuk").headers["Location"]).query)["state"][0]
    answer = thief.get("/masuk/selesai", query_string={"state": state, "code": stolen})
    assert answer.status_code == 400
    assert session_cookie(thief) is None


def test_request_asks_for_exactly_this_region_and_carries_pkce(identity, probe, on, tenant):
    query = parse_qs(urlsplit(on(probe, tenant).get("/masuk").headers["Location"]).query)
    assert query["scope"] == [f"openid organization:{tenant.alias}"]
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [f"http://{tenant.slug}.localhost:8000/masuk/selesai"]
    assert query["nonce"]
    assert query["state"]


def test_several_sign_ins_under_way_in_one_browser_all_end_well(identity, probe, on, tenant):
    client = on(probe, tenant)
    first, second = Browser(), Browser()
    urls = [client.get(f"/masuk?next={path}").headers["Location"] for path in ("/bantuan", "/privasi")]
    for browser, url, path in ((second, urls[1], "/privasi"), (first, urls[0], "/bantuan")):
        browser.open(url).enter(identity.member(tenant, "officer"))
        back = urlsplit(browser.location)
        assert client.get(f"{back.path}?{back.query}").headers["Location"] == path


def test_sign_out_ends_both_sides_and_makes_the_browser_forget(identity, probe, on, tenant, database):
    client = on(probe, tenant)
    officer = identity.person(tenant, "officer")
    browser = identity.sign_in(client, officer)
    answer = sign_out(client)
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert session_cookie(client) is None
    with psycopg.connect(database.owner_url) as owner:
        assert owner.execute("SELECT count(*) FROM session WHERE sub = %s", [officer.sub]).fetchone() == (0,)
    browser.open(answer.headers["Location"])
    assert urlsplit(browser.location).path == "/keluar/selesai"
    assert "Anda sudah keluar" in client.get("/keluar/selesai").get_data(as_text=True)
    browser.open(client.get("/masuk").headers["Location"])
    assert browser.page == "login-username"


def test_a_link_to_sign_out_signs_nobody_out(identity, probe, on, tenant):
    client = on(probe, tenant)
    identity.sign_in(client, identity.member(tenant, "officer"))
    assert client.get("/keluar").status_code == 200
    assert client.post("/keluar").status_code == 403
    assert who(client)["roles"] == ["officer"]


def test_console_demands_the_second_factor_once_it_is_switched_on(identity, strict, on, tenant):
    officer = identity.person(tenant, "officer")
    client = on(strict, tenant)
    identity.sign_in(client, officer)
    assert who(client)["acr"] == "sandi"
    sent = client.get("/kelola/uji?x=1")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/masuk?next=%2Fkelola%2Fuji%3Fx%3D1&langkah=2")
    # First time: the code is set up; then the very page that was asked for.
    browser = Browser().open(client.get(sent.headers["Location"]).headers["Location"])
    browser.submit(username=officer.email)
    browser.submit(password=officer.password)
    assert (browser.page, browser.title) == ("login-config-totp", "Pasang kode keamanan")
    browser.enter(officer)
    back = urlsplit(browser.location)
    done = client.get(f"{back.path}?{back.query}")
    assert done.headers["Location"] == "/kelola/uji?x=1"
    assert who(client, "/kelola/uji")["acr"] == "kode"
    # On another device: address, password, code. A wrong code doesn't do.
    other = on(strict, tenant)
    browser = Browser().open(other.get("/masuk?langkah=2").headers["Location"])
    browser.submit(username=officer.email)
    browser.submit(password=officer.password)
    assert (browser.page, browser.title) == ("login-otp", "Masukkan kode")
    browser.submit(otp="000000", selectedCredentialId=browser.field("selectedCredentialId"))
    assert "Kode belum cocok" in browser.text
    browser.enter(officer)
    assert browser.location, browser.text[-1500:]
    back = urlsplit(browser.location)
    assert other.get(f"{back.path}?{back.query}").status_code == 303
    assert who(other, "/kelola/uji")["acr"] == "kode"


def test_console_sends_strangers_to_sign_in_and_says_so_to_forms(identity, probe, on, tenant):
    client = on(probe, tenant)
    assert client.get("/kelola/uji").headers["Location"] == "/masuk?next=%2Fkelola%2Fuji"
    posted = client.post("/kelola/uji", headers={"Origin": f"http://{tenant.slug}.localhost:8000"})
    assert posted.status_code == 401
    assert "Waktu masuk Anda sudah habis" in posted.get_data(as_text=True)
    htmx = client.get("/kelola/uji", headers={"HX-Request": "true"})
    assert (htmx.status_code, htmx.headers["HX-Redirect"]) == (401, "/masuk?next=%2Fkelola%2Fuji")


def test_suspended_region_lets_nobody_sign_in(identity, probe, on, tenant):
    officer = identity.person(tenant, "officer")
    identity.provisioner.directory.set_enabled(tenant, enabled=False)
    client = on(probe, tenant)
    browser = Browser().open(client.get("/masuk").headers["Location"])
    back = urlsplit(browser.location)
    answer = client.get(f"{back.path}?{back.query}")
    assert (back.path, answer.status_code) == ("/masuk/selesai", 400)
    assert "tidak menerima orang masuk" in answer.get_data(as_text=True)
    identity.provisioner.directory.set_enabled(tenant, enabled=True)
    identity.sign_in(client, officer)
    assert who(client)["roles"] == ["officer"]


def test_guessing_passwords_is_stopped(identity, probe, on, tenant):
    officer = identity.person(tenant, "officer")
    browser = Browser().open(on(probe, tenant).get("/masuk").headers["Location"])
    browser.submit(username=officer.email)
    for _ in range(8):
        browser.submit(password="salah-sekali")
        assert browser.page == "login-password"
    browser.submit(password=officer.password)
    assert browser.page == "login-password"
    assert "tunggu 15 menit" in browser.text


def test_back_channel_ends_the_session_when_keycloak_signs_somebody_out(identity, probe, on, tenant):
    officer = identity.person(tenant, "officer")
    here, there = on(probe, tenant), on(probe, tenant)
    identity.sign_in(here, officer)
    identity.sign_in(there, officer)
    with serving(probe) as port:
        portal = identity.admin.get("/clients", clientId="portal")[0]["id"]
        address = {"backchannel.logout.url": f"http://localhost:{port}/masuk/keluar-kait"}
        identity.admin.put(f"/clients/{portal}", {"attributes": address})
        sessions_there = identity.admin.get(f"/users/{officer.sub}/sessions")
        assert len(sessions_there) == 2
        identity.admin.post(f"/users/{officer.sub}/logout")
    assert who(here) is None
    assert who(there) is None


def test_operator_signs_in_on_the_apex_host(identity, probe, on, regions):
    with probe.app_context():  # there is one operator; another test of this process may have made it
        operator = tenancy.operator() or regions(kind="operator", name="Balai Nasional", plugins=())
    person = identity.person(operator, "admin")
    client = on(probe, None)
    identity.sign_in(client, person)
    found = who(client)
    assert (found["tenant"], found["roles"]) == (operator.id, ["admin"])
    assert "tenants.manage" in found["permissions"]
    assert who(client, "/kelola/uji")["staff"] is True


def test_ministry_signs_in_on_the_apex_host_and_manages_no_tenants(identity, probe, on, regions):
    ministry = regions(kind="ministry", name="Kementerian Uji", plugins=())
    person = identity.person(ministry, "admin")
    client = on(probe, None)
    identity.sign_in(client, person, query=f"&lembaga={ministry.slug}")
    found = who(client)
    assert (found["tenant"], found["roles"]) == (ministry.id, ["admin"])
    assert "tenants.manage" not in found["permissions"]


def test_citizen_on_the_apex_host_belongs_to_no_tenant(identity, probe, on):
    client = on(probe, None)
    identity.sign_in(client, identity.person(name="Warga"))
    found = who(client)
    assert (found["name"], found["tenant"], found["roles"]) == ("Warga", None, [])
    assert client.get("/kelola/uji").status_code == 403


def test_a_sign_in_carried_to_another_host_is_refused(identity, probe, on, tenant, other_tenant):
    """The portal's client knows every host: whoever changes the redirect address must not arrive with the first host's roles."""
    officer = identity.person(tenant, "admin")
    identity.onboard(other_tenant)
    at_home, abroad = on(probe, tenant), on(probe, other_tenant)
    begun = at_home.get("/masuk?next=/kelola")
    host, other = (f"{t.slug}.localhost" for t in (tenant, other_tenant))
    browser = Browser().open(begun.headers["Location"].replace(host, other)).enter(officer)
    assert f"//{other}" in browser.location
    carried = at_home.get_cookie(signin.COOKIE, domain=host)
    set_cookie(abroad, signin.COOKIE, carried.value)
    parts = urlsplit(browser.location)
    answer = abroad.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 400
    assert abroad.get_cookie(sessions.COOKIE, domain=other) is None
    assert abroad.get("/kelola").status_code == 303


def test_nobody_has_a_role_whom_the_region_does_not_list(probe, on, tenant):
    from balai.auth.models import Member
    from balai.tenancy import tenant_scope

    client = on(probe, tenant)
    act_as(client, tenant, "admin")
    assert client.get("/kelola/uji").status_code == 200
    with probe.app_context(), tenant_scope(tenant) as session:
        for member in session.query(Member):
            session.delete(member)
    assert client.get("/kelola/uji").status_code == 403
