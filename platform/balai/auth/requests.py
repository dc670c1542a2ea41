"""The request's person: found once, when first asked for; the gates in front of the console and the API.

Pages know people by the session cookie, the API by bearer token only: a cookie never authenticates `/api` (decision 16).
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Flask, Response, g, has_request_context, redirect, request

from balai import audit, tenancy
from balai.audit.actors import ActorKind
from balai.auth import sessions
from balai.auth.jwks import KeysUnknownError
from balai.auth.permissions import Catalogue, catalogue
from balai.auth.principal import Principal
from balai.auth.runtime import install, runtime
from balai.auth.tokens import Claims, TokenRefusedError
from balai.db import database
from balai.errors import Forbidden, Unauthenticated, Unavailable
from balai.tenancy import Tenant
from balai.tenancy import queries as registry
from balai.words import gettext as _

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])
# Machines' interfaces: no cookies there.
_COOKIELESS = ("/api/", "/open311/", "/kait/")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_UNSET = object()


class InvalidToken(Unauthenticated):
    """401: the bearer token isn't one that we take."""

    slug, title = "token-tidak-berlaku", "Token akses tidak berlaku"

    def __init__(self, reason: str) -> None:
        challenge = f'Bearer realm="balai", error="invalid_token", error_description="{reason}"'
        super().__init__(headers={"WWW-Authenticate": challenge})


class OtherRegion(Forbidden):
    """403: the token is good, for another region."""

    slug, title = "daerah-lain", "Token ini untuk daerah lain"


def current() -> Principal | None:
    """Who is asking on this host, None when nobody signed in. In jobs always None. Raises InvalidToken, OtherRegion."""
    if not has_request_context():
        return None
    found = g.get("principal", _UNSET)
    if found is _UNSET:
        found = g.principal = _find()
        if found is not None:
            _tell_audit(found)
    principal: Principal | None = found
    return principal


def require(permission: str) -> Callable[[View], View]:
    """Decorator: the view needs this permission. Raises Unauthenticated or Forbidden."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            check(permission)
            return view(*args, **kwargs)

        guarded.balai_permission = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def require_staff(view: View) -> View:
    """Decorator: the view needs any role in this region. Everything under /kelola has this without saying so."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not signed_in().is_staff:
            raise Forbidden
        return view(*args, **kwargs)

    return guarded  # type: ignore[return-value]


def signed_in() -> Principal:
    """The person; raises Unauthenticated."""
    principal = current()
    if principal is None:
        raise Unauthenticated
    return principal


def check(permission: str) -> Principal:
    """The person, who has this permission; raises Unauthenticated or Forbidden."""
    principal = signed_in()
    if permission not in principal.permissions:
        raise Forbidden
    return principal


def init_app(app: Flask) -> None:
    """Hang sign-in into an application: runtime, catalogue of rights, the two gates."""
    install(app)
    app.extensions["balai.permissions"] = _catalogue(app)
    if app.extensions["balai.settings"].env != "test":
        app.extensions["balai.auth"].warm()
    app.before_request(_gate)

    @app.teardown_request
    def _forget(_error: BaseException | None) -> None:
        audit.clear_actor()


def _gate() -> Response | None:
    path = request.path
    if request.endpoint is None or request.endpoint.endswith("static"):
        return None
    if path.startswith(_COOKIELESS):
        # A bad token is refused even where none was needed: a client must not believe that it was understood.
        if "Authorization" in request.headers and not path.startswith("/kait/"):
            current()
        return None
    if path == "/kelola" or path.startswith("/kelola/"):
        return _console_gate()
    if request.method not in _SAFE and sessions.COOKIE in request.cookies:
        current()  # whoever acts stands in the audit, whether or not the view asks
    return None


def _console_gate() -> Response | None:
    principal = current()
    if principal is None:
        return _to_sign_in()
    if not principal.is_staff:
        raise Forbidden(_("Halaman ini untuk petugas. Akun Anda belum terdaftar sebagai petugas di sini."))
    if runtime().settings.step_up and not principal.stepped_up:
        return _to_sign_in(step_up=True)
    return None


def _to_sign_in(*, step_up: bool = False) -> Response:
    """Send the reader to sign in and back. What was typed into a form can't be carried along: say so instead."""
    if request.method not in _SAFE:
        raise Unauthenticated(
            _("Waktu masuk Anda sudah habis. Masuk lagi di tab lain, lalu kirim ulang dari halaman ini.")
        )
    here = request.full_path.removesuffix("?")
    target = f"/masuk?next={quote(here, safe='')}" + ("&langkah=2" if step_up else "")
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": target})
    answer = redirect(target, 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]


def _find() -> Principal | None:
    path = request.path
    if path.startswith("/kait/"):
        return None
    if path.startswith(_COOKIELESS):
        return _from_bearer()
    cookie = request.cookies.get(sessions.COOKIE)
    return _from_cookie(cookie) if cookie else None


def _from_cookie(cookie: str) -> Principal | None:
    host = tenancy.current()
    user = sessions.find(runtime(), database(), cookie, host.id if host else None)
    if user is None:
        return None
    tenant = host or (_by_id(user.tenant_id) if user.tenant_id is not None else None)
    return Principal(
        sub=user.sub,
        name=user.name,
        email=user.email,
        tenant_id=user.tenant_id,
        roles=user.roles,
        permissions=granted(tenant, user.roles),
        member_id=user.member_id,
        via="session",
        acr=user.acr,
        auth_at=user.auth_at,
    )


def _from_bearer() -> Principal | None:
    header = request.headers.get("Authorization", "")
    scheme, _space, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    try:
        claims = runtime().verifier.access(token.strip())
    except TokenRefusedError as refused:
        raise InvalidToken(str(refused)) from refused
    except KeysUnknownError:
        raise Unavailable(_("Layanan masuk sedang tidak terjangkau. Coba lagi sebentar lagi.")) from None
    return principal_of(claims, tenancy.current())


def principal_of(claims: Claims, host: Tenant | None) -> Principal:
    """The person of a verified access token on this host; raises OtherRegion."""
    tenant = host or _apex_tenant(claims)
    alias = tenant.alias if tenant else None
    if alias not in claims.organizations and claims.organizations:
        raise OtherRegion
    roles = claims.organizations.get(alias or "", frozenset())
    return Principal(
        sub=claims.sub,
        name=claims.name,
        email=claims.email,
        tenant_id=tenant.id if tenant else None,
        roles=roles,
        permissions=granted(tenant, roles),
        member_id=None,
        via="token",
        acr=claims.acr,
        auth_at=claims.auth_at,
        is_service=claims.service_alias is not None,
    )


def granted(tenant: Tenant | None, roles: frozenset[str]) -> frozenset[str]:
    """What these roles allow in this region, as its services are switched right now."""
    if tenant is None or not roles:
        return frozenset()
    usable = [name for name, state in tenant.plugins.items() if state.open]
    return catalogue().granted(roles, operator=tenant.kind == "operator", open_plugins=usable)


def _apex_tenant(claims: Claims) -> Tenant | None:
    """On the apex host: the operator or the ministry that the token is for."""
    from uuid import UUID

    for alias in claims.organizations:
        with tenancy.registry_scope() as session:
            tenant = registry.tenant_by_key(session, UUID(alias.removeprefix("t-")))
        if tenant is not None and tenant.kind != "region":
            return tenant
    return None


def _by_id(tenant_id: int) -> Tenant | None:
    with tenancy.registry_scope() as session:
        return registry.tenant_by_id(session, tenant_id)


def _tell_audit(principal: Principal) -> None:
    host = tenancy.current()
    kind: ActorKind = "citizen"
    if principal.is_staff:
        kind = "operator" if host is None else "staff"
    audit.set_actor(kind, principal.sub, ip=request.remote_addr)


def _catalogue(app: Flask) -> Catalogue:
    """Core rights, those of rooms, and those of the plugins that `plugins` has let in."""
    made = Catalogue()
    manager = app.extensions.get("balai.plugins")
    if manager is not None:
        for plugin, permission in manager.brought("permissions"):
            made.add(None if plugin.core else plugin.name, permissions=[permission])
        for plugin, role in manager.brought("roles"):
            try:
                made.add(None if plugin.core else plugin.name, roles=[role])
            except ValueError as wrong:
                if plugin.core:
                    raise
                # One role of one plugin must not keep every region's city hall closed.
                log.warning("plugin %s: %s; the role is left out", plugin.name, wrong)
    return made
