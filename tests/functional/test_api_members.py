"""Staff over the API, against the real Keycloak."""

import uuid

import pytest

pytestmark = pytest.mark.identity
ROOT = "/api/v1/members"


@pytest.fixture
def api(identity, tenant):
    """Requests on the tenant's host with a real token of its admin."""
    token = identity.token(identity.onboard(tenant), "admin")
    client = identity.app.test_client()

    def call(method, path="", **options):
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        base = f"http://{tenant.slug}.localhost:8000"
        return client.open(f"{ROOT}{path}", method=method, base_url=base, headers=headers, **options)

    return call


def invitation(**changes):
    return {"email": f"{uuid.uuid4().hex[:10]}@contoh.id", "name": "Wati Uji", "roles": ["officer"], **changes}


def test_invite_change_and_remove(api):
    made = api("POST", json=invitation())
    assert made.status_code == 201, made.json
    member = made.json["member"]
    assert (member["roles"], member["active"]) == (["officer"], True)
    assert made.json["password"]
    assert member["id"] in {m["id"] for m in api("GET").json["items"]}
    changed = api("PUT", f"/{member['id']}", json={"roles": ["officer", "auditor"]})
    assert changed.json["roles"] == ["auditor", "officer"]
    assert api("DELETE", f"/{member['id']}").status_code == 204
    assert api("GET", f"/{member['id']}").status_code == 404
    assert api("DELETE", f"/{member['id']}").status_code == 404


def test_an_invitation_sent_twice_is_one(api):
    body, key = invitation(), {"Idempotency-Key": str(uuid.uuid4())}
    first, second = api("POST", json=body, headers=key), api("POST", json=body, headers=key)
    assert first.json == second.json
    assert api("POST", json=body).status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (invitation(roles=["raja"]), "roles"),
        (invitation(roles=[]), "/roles"),
        (invitation(email="bukan"), "/email"),
        (invitation(tenant_id=1), "/tenant_id"),
        (invitation(name="x" * 200), "/name"),
    ],
)
def test_what_needs_correcting(api, body, field):
    answer = api("POST", json=body)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)


def test_foreign_members_do_not_exist(api, identity, other_tenant):
    from balai.auth import Member
    from balai.tenancy import tenant_scope

    with identity.app.app_context(), tenant_scope(other_tenant) as session:
        stranger = Member(sub=str(uuid.uuid4()), name="Orang lain", roles=["admin"])
        session.add(stranger)
        session.flush()
        foreign = stranger.id
    for method, body in (("GET", None), ("PUT", {"roles": ["officer"]}), ("DELETE", None)):
        known, unknown = api(method, f"/{foreign}", json=body), api(method, f"/{uuid.uuid4()}", json=body)
        assert (known.status_code, known.data) == (404, unknown.data)
