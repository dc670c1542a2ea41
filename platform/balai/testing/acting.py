"""Act as somebody without asking Keycloak: for tests of everything that lies behind the sign-in.

The session row and the token's checks are the real ones; only Keycloak's part, saying who it is, is done here.
"""

import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from balai.tenancy import Tenant


def act_as(
    client: "FlaskClient",
    tenant: "Tenant | None",
    *roles: str,
    name: str = "Siti Aminah",
    sub: str = "",
    acr: str = "kode",
) -> uuid.UUID | None:
    """Sign `client` in without Keycloak, as a member with `roles` (none: a citizen); the member's id.

    The session is a real one, good for 5 minutes; after that it would ask Keycloak.
    """
    from balai.auth import sessions
    from balai.auth.models import Member
    from balai.auth.tokens import Claims
    from balai.clock import now
    from balai.tenancy import tenant_scope

    app = client.application
    sub = sub or str(uuid.uuid4())
    member_id = None
    with app.app_context():
        if tenant is not None and roles:
            with tenant_scope(tenant) as session:
                member = Member(sub=sub, name=name, roles=sorted(roles), roles_changed_at=now() - timedelta(hours=1))
                session.add(member)
                session.flush()
                member_id = member.id
        organizations = {tenant.alias: frozenset(roles)} if tenant is not None else {}
        claims = Claims(
            sub=sub, sid=str(uuid.uuid4()), azp="portal", acr=acr, name=name, email="siti@contoh.id", issued_at=now(),
            auth_at=now(), expires_at=now() + timedelta(minutes=5), organizations=organizations, raw={},
        )  # fmt: skip
        cookie = sessions.create(
            app.extensions["balai.auth"],
            app.extensions["balai.db"],
            tenant=tenant,
            claims=claims,
            tokens=sessions.Tokens("", "", ""),
        )
    set_cookie(client, sessions.COOKIE, cookie)
    return member_id


def set_cookie(client: "FlaskClient", name: str, value: str) -> None:
    """Put a cookie of the client's own host into its jar."""
    host = str(client.environ_base.get("HTTP_HOST", "localhost")).partition(":")[0]
    client.set_cookie(name, value, domain=host, secure=True, httponly=True)


_SIGNERS: dict[int, Any] = {}


def bearer_for(app: "Flask", tenant: "Tenant", *roles: str, sub: str = "", **claims: Any) -> dict[str, str]:
    """An Authorization header for the API on `tenant`'s host, signed with a key that only this process's `app` knows.

    Further claims replace those of a good token (`aud="x"`, `exp=0`, `organization={...}`).
    """
    return {"Authorization": f"Bearer {sign(app, tenant, *roles, sub=sub, **claims)}"}


def sign(app: "Flask", tenant: "Tenant", *roles: str, sub: str = "", **changes: Any) -> str:
    """The token of `bearer_for`."""
    import msgspec
    from joserfc import jws
    from joserfc.jwk import RSAKey

    from balai.clock import now

    runtime = app.extensions["balai.auth"]
    key = _SIGNERS.get(id(app))
    if key is None:
        key = _SIGNERS[id(app)] = RSAKey.generate_key(2048, {"use": "sig", "kid": f"test-{secrets.token_hex(4)}"})
    runtime.keys.trust(key.kid, key)
    moment = int(now().timestamp())
    payload = {
        "iss": runtime.verifier.issuer, "aud": "api", "azp": "portal", "typ": "Bearer", "sub": sub or str(uuid.uuid4()),
        "sid": str(uuid.uuid4()), "iat": moment, "exp": moment + 300, "acr": "kode", "name": "Siti Aminah",
    }  # fmt: skip
    if roles:
        payload["organization"] = organization_claim(tenant, roles)
    payload |= changes
    return jws.serialize_compact({"alg": "RS256", "typ": "JWT", "kid": key.kid}, msgspec.json.encode(payload), key)


def organization_claim(tenant: "Tenant", roles: Iterable[str]) -> dict[str, Any]:
    """What Keycloak's mappers write for a member of this region."""
    return {tenant.alias: {"id": "x", "resource_access": {"api": {"roles": list(roles)}}}}
