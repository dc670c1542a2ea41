"""Bearer tokens on /api, as Keycloak really issues them: whose region, whose audience, and never a cookie."""

import base64
import json
import uuid

import pytest

from balai.auth.keycloak import Account
from balai.testing.identity import act_as, bearer_for, organization_claim
from balai.testing.probe import client_on, probe_app

WHO = "/api/v1/uji/siapa"
NEED = "/api/v1/uji/anggota"


@pytest.fixture(scope="module")
def real(identity):
    app = probe_app(identity.settings)
    yield app
    app.extensions["balai.db"].close()


@pytest.fixture(scope="module")
def local(settings):
    """Tokens signed by a key of this process: what Keycloak would never issue."""
    app = probe_app(settings)
    yield app
    app.extensions["balai.db"].close()


def ask(app, tenant, headers, path=WHO):
    return client_on(app, tenant).get(path, headers=headers)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def is_challenge(answer):
    assert answer.status_code == 401, answer.get_data(as_text=True)
    assert answer.content_type.startswith("application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="balai"')
    return answer.headers["WWW-Authenticate"]


# --- real tokens ---


@pytest.mark.identity
def test_an_officers_token_works_on_the_own_host(identity, real, tenant):
    answer = ask(real, tenant, bearer(identity.token(tenant, "officer")))
    assert answer.status_code == 200
    found = answer.get_json()
    assert (found["roles"], found["via"], found["tenant"]) == (["officer"], "token", tenant.id)


@pytest.mark.identity
def test_another_regions_token_is_403(identity, real, tenant, other_tenant):
    identity.onboard(other_tenant)
    answer = ask(real, other_tenant, bearer(identity.token(tenant, "admin")))
    assert answer.status_code == 403
    assert answer.get_json()["type"].endswith("daerah-lain")


@pytest.mark.identity
def test_a_citizens_token_is_good_for_citizens_things_only(identity, real, tenant):
    token = identity.token(tenant)
    assert ask(real, tenant, bearer(token)).get_json()["roles"] == []
    assert ask(real, tenant, bearer(token), NEED).status_code == 403


@pytest.mark.identity
def test_the_permission_decides(identity, real, tenant):
    assert ask(real, tenant, bearer(identity.token(tenant, "admin")), NEED).status_code == 200
    assert ask(real, tenant, bearer(identity.token(tenant, "officer")), NEED).status_code == 403
    is_challenge(ask(real, tenant, {}, NEED))


@pytest.mark.identity
def test_an_id_token_and_a_refresh_token_are_no_access_tokens(identity, real, tenant):
    answer = identity.tokens(tenant, identity.member(tenant, "officer"))
    for kind in ("id_token", "refresh_token"):
        assert "invalid_token" in is_challenge(ask(real, tenant, bearer(answer[kind])))


@pytest.mark.identity
def test_a_token_of_another_realm_or_client_is_401(identity, keycloak, real, tenant):
    identity.onboard(tenant)
    of_master = identity.admin.token()
    console = identity.provisioner.directory.account.token()
    worker = identity.provisioner.worker.token()
    for token in (of_master, console, worker):
        is_challenge(ask(real, tenant, bearer(token)))


@pytest.mark.identity
def test_a_person_in_two_regions_has_in_each_only_what_it_gave(identity, real, tenant, other_tenant):
    person = identity.person(tenant, "admin")
    identity.join(other_tenant, person, "auditor")
    for where, roles in ((tenant, ["admin"]), (other_tenant, ["auditor"])):
        token = identity.tokens(where, person)["access_token"]
        assert ask(real, where, bearer(token)).get_json()["roles"] == roles
    # One token that names both: each host still reads its own part.
    both = identity.tokens(
        tenant, person, scope=f"openid organization:{tenant.alias} organization:{other_tenant.alias}"
    )
    claim = json.loads(base64.urlsafe_b64decode(both["access_token"].split(".")[1] + "=="))["organization"]
    for where, roles in ((tenant, ["admin"]), (other_tenant, ["auditor"])):
        if where.alias in claim:
            assert ask(real, where, bearer(both["access_token"])).get_json()["roles"] == roles


@pytest.mark.identity
def test_an_api_client_acts_for_its_region_alone(identity, real, tenant, other_tenant):
    identity.onboard(tenant)
    made = identity.provisioner.create_api_client(tenant, "sms-gateway", ["helper"])
    assert identity.provisioner.api_clients(tenant) == [made.client_id]
    assert identity.provisioner.api_clients(other_tenant) == []
    account = Account.service(identity.admin.server, identity.settings.realm, made.client_id, made.secret)
    found = ask(real, tenant, bearer(account.token())).get_json()
    assert (found["roles"], found["service"], found["name"]) == (["helper"], True, "sms-gateway")
    assert found["permissions"] == ["cases.file_for"]
    assert ask(real, other_tenant, bearer(account.token())).status_code == 403
    with pytest.raises(LookupError):
        identity.provisioner.revoke_api_client(other_tenant, made.client_id)
    identity.provisioner.revoke_api_client(tenant, made.client_id)
    assert identity.provisioner.api_clients(tenant) == []


@pytest.mark.identity
def test_an_operators_token_works_on_the_apex_and_nowhere_else(identity, real, regions, tenant):
    operator = regions(kind="operator", name="Pengelola", plugins=())
    token = identity.token(operator, "admin")
    found = ask(real, None, bearer(token)).get_json()
    assert (found["tenant"], found["roles"]) == (operator.id, ["admin"])
    assert ask(real, tenant, bearer(token)).status_code == 403


@pytest.mark.identity
def test_a_regions_token_is_403_on_the_apex(identity, real, tenant):
    assert ask(real, None, bearer(identity.token(tenant, "admin"))).status_code == 403


# --- forged tokens ---


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"iss": "http://localhost:8080/realms/master"},
        {"aud": "account"},
        {"azp": "somebody"},
        {"typ": "ID"},
        {"iat": 4_000_000_000},
    ],
    ids=str,
)
def test_a_wrong_token_is_401_with_a_challenge(local, tenant, changes):
    assert ask(local, tenant, bearer_for(local, tenant, "admin")).status_code == 200
    challenge = is_challenge(ask(local, tenant, bearer_for(local, tenant, "admin", **changes)))
    assert 'error="invalid_token"' in challenge


def test_an_unsigned_token_is_401(local, tenant):
    good = bearer_for(local, tenant, "admin")["Authorization"].removeprefix("Bearer ")
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    payload = good.split(".")[1]
    for token in (f"{head}.{payload}.", f"{head}.{payload}", f"{good.split('.')[0]}.{payload}."):
        is_challenge(ask(local, tenant, bearer(token)))


def test_a_bad_token_is_refused_even_where_none_is_needed(local, tenant):
    is_challenge(ask(local, tenant, bearer("x.y.z"), "/api/v1/openapi.json"))


def test_a_cookie_never_authenticates_the_api(local, tenant):
    client = client_on(local, tenant)
    act_as(client, tenant, "admin")
    assert client.get("/uji/siapa").get_json()["roles"] == ["admin"]
    assert client.get(WHO).get_json() is None
    is_challenge(client.get(NEED))


def test_a_token_never_authenticates_a_page(local, tenant):
    headers = bearer_for(local, tenant, "admin")
    client = client_on(local, tenant)
    assert client.get("/uji/siapa", headers=headers).get_json() is None
    assert client.get("/kelola/uji", headers=headers).status_code == 303


def test_roles_outside_the_regions_own_claim_count_for_nothing(local, tenant, other_tenant):
    sneaky = bearer_for(
        local, tenant, "officer", resource_access={"api": {"roles": ["admin"]}}, realm_access={"roles": ["admin"]}
    )
    assert ask(local, tenant, sneaky).get_json()["roles"] == ["officer"]
    foreign = bearer_for(local, tenant, organization=organization_claim(other_tenant, ["admin"]))
    assert ask(local, tenant, foreign).status_code == 403


def test_unknown_roles_and_those_of_services_that_are_off_give_nothing(local, tenant):
    found = ask(local, tenant, bearer_for(local, tenant, "pencuri", "air.admin")).get_json()
    assert found["permissions"] == []


def test_an_unknown_organization_is_not_this_region(local, tenant):
    claim = {f"t-{uuid.uuid4()}": {"resource_access": {"api": {"roles": ["admin"]}}}}
    assert ask(local, tenant, bearer_for(local, tenant, organization=claim)).status_code == 403


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "bearer", "Token x", ""])
def test_other_schemes_are_nobody(local, tenant, header):
    assert ask(local, tenant, {"Authorization": header}).get_json() is None
    is_challenge(ask(local, tenant, {"Authorization": header}, NEED))
