"""/masuk and /keluar: the pages around Keycloak's sign-in. What happens is in `balai.auth`; here are only its answers."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, tenancy
from balai.auth import arrivals, queries, sessions, signin
from balai.auth.jwks import KeysUnknownError
from balai.auth.keycloak import KeycloakDownError
from balai.auth.tokens import TokenRefusedError
from balai.db import database
from balai.settings import Settings, current_settings
from balai.tenancy import Tenant
from balai.web import csrf, limits
from balai.web.headers import personal
from balai.web.i18n import gettext as _
from balai.web.i18n import language
from balai.web.rendering import render

blueprint = Blueprint("signin", __name__, template_folder="templates")
RETRY_SECONDS = 5
_FORGET = '"cache", "cookies", "storage"'


@blueprint.get("/masuk")
def sign_in() -> AnyResponse:
    """Send the reader to Keycloak; a waiting page while it isn't there; in the demo first the list of its accounts."""
    personal()
    # Generous: a whole phone network can stand behind one address. Guessing passwords is stopped per account, in Keycloak.
    limits.count("masuk", allowed=1000, seconds=300)
    to = signin.safe_path(request.args.get("next"))
    step_up = request.args.get("langkah") == "2"
    if auth.current() is not None and not step_up:
        return redirect(to, 303)
    if auth.runtime().status() != "ok":
        return _waiting(to)
    accounts = demo_accounts(current_settings(), g.host)
    if accounts and not step_up and "lanjut" not in request.args:
        return render("balai/signin/demo.html", accounts=accounts, to=to)
    begun = signin.begin(
        auth.runtime(),
        host_url=_host_url(),
        alias=_alias(request.args.get("lembaga")),
        to=to,
        step_up=step_up,
        language=language(),
        pending=request.cookies.get(signin.COOKIE, ""),
    )
    return _with_cookie(redirect(begun.url, 303), signin.COOKIE, begun.cookie, minutes=signin.MINUTES)


@blueprint.get("/masuk/selesai")
def signed_in() -> AnyResponse:
    """Keycloak's answer: verify it, start the session, go on."""
    personal()
    if "state" not in request.args:
        return redirect(
            "/masuk?next=/kelola", 303
        )  # from an invitation mail: the account is ready, the sign-in follows
    try:
        done = signin.finish(
            auth.runtime(),
            database(),
            host_url=_host_url(),
            tenant_of=_tenant_of,
            query=request.args,
            pending=request.cookies.get(signin.COOKIE, ""),
        )
    except signin.SignInFailedError as failed:
        return _not_done(failed.reason)
    except (KeycloakDownError, KeysUnknownError):
        return _waiting("/")
    old = sessions.read_cookie(request.cookies.get(sessions.COOKIE, ""))
    if old is not None:
        sessions.end(database(), old)
    answer = _with_cookie(redirect(done.next, 303), sessions.COOKIE, done.cookie)
    return _with_cookie(answer, signin.COOKIE, done.pending, minutes=signin.MINUTES)


@blueprint.post("/masuk/keluar-kait")
@csrf.exempt("Keycloak's back-channel logout: proves itself by a signed logout token")
def back_channel() -> AnyResponse:
    """Keycloak tells that somebody signed out, or was signed out, elsewhere."""
    try:
        sid, sub = auth.runtime().verifier.logout(request.form.get("logout_token", ""))
    except (TokenRefusedError, KeysUnknownError):
        return _plain(400)
    with queries.alone(database()) as db:
        queries.end_sessions_of_sid(db, sid, sub)
    return _plain(200)


@blueprint.get("/keluar")
def ask_sign_out() -> AnyResponse:
    """A page with a button: a picture or a link must not sign anybody out."""
    personal()
    return render("balai/signin/out.html", person=auth.current())


@blueprint.post("/keluar")
def sign_out() -> AnyResponse:
    """End the session here and in Keycloak; the browser forgets what it kept (shared phones, decision 42)."""
    raw = sessions.read_cookie(request.cookies.get(sessions.COOKIE, ""))
    token = None
    if raw is not None:
        token = sessions.identity_token(auth.runtime(), database(), raw)
        sessions.end(database(), raw)
    up = auth.runtime().status() == "ok"
    target = signin.logout_url(auth.runtime(), host_url=_host_url(), identity_token=token)
    answer = redirect(target if up and token else signin.AFTER_LOGOUT, 303)
    answer.headers["Clear-Site-Data"] = _FORGET
    answer.headers["Cache-Control"] = "no-store"
    answer.delete_cookie(sessions.COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return answer


@blueprint.get("/keluar/selesai")
def signed_out() -> AnyResponse:
    """The end of signing out."""
    personal()
    return render("balai/signin/done.html")


def demo_accounts(settings: Settings, host: str) -> list[dict[str, Any]]:
    """The demo's accounts for this host, [] outside the demo."""
    if not settings.demo or not settings.demo_accounts:
        return []
    try:
        listed = json.loads(Path(settings.demo_accounts).read_text(encoding="utf-8"))["accounts"]
        return [a for a in listed if urlsplit(str(a.get("url", ""))).hostname == host]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []  # the demo is still being loaded


def _waiting(to: str) -> Response:
    """Keycloak isn't there: a page that tries again by itself."""
    response = render("balai/signin/waiting.html", to=to, seconds=RETRY_SECONDS)
    response.status_code = 503
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _not_done(reason: str) -> Response:
    words = {
        "expired": _("Waktu masuk sudah habis, atau halaman ini dibuka dua kali. Silakan masuk sekali lagi."),
        "cancelled": _("Anda membatalkan masuk. Tidak ada yang berubah."),
        "suspended": _("Daerah ini sedang tidak menerima orang masuk. Hubungi pengelola di kantor Anda."),
        "refused": _("Maaf, masuk belum berhasil. Silakan coba sekali lagi."),
    }
    response = render("balai/signin/failed.html", text=words[reason])
    response.status_code = 400
    return response


def _host_url() -> str:
    return current_settings().public_url(g.host)


def _alias(institution: str | None) -> str | None:
    """The organization to sign in for: the host's region; on the apex the operator, or a ministry that was named."""
    host = tenancy.current()
    if host is not None:
        return host.alias
    tenant = _institution(institution) if institution else tenancy.operator()
    return tenant.alias if tenant else None


def _institution(slug: str) -> Tenant | None:
    found = tenancy.tenants(status=("active",), kind=("operator", "ministry"))
    return next((t for t in found if t.slug == slug), None)


def _tenant_of(claims: Any, alias: str | None) -> Tenant | None:
    """The region of this sign-in, and its member's row brought up to date. A citizen belongs to the host, or to nothing."""
    host = tenancy.current()
    if host is not None:
        arrivals.note(host, claims)
        return host
    found = tenancy.tenants(status=("active", "onboarding"), kind=("operator", "ministry"))
    tenant = next((t for t in found if t.alias == alias), None)
    if tenant is None or not claims.organizations.get(tenant.alias):
        return None
    arrivals.note(tenant, claims)
    return tenant


def _with_cookie(answer: AnyResponse, name: str, value: str, *, minutes: int | None = None) -> AnyResponse:
    """Set (or, when empty, drop) a cookie that only this very host and no script sees."""
    if value:
        answer.set_cookie(
            name, value, path="/", secure=True, httponly=True, samesite="Lax", max_age=minutes * 60 if minutes else None
        )
    else:
        answer.delete_cookie(name, path="/", secure=True, httponly=True, samesite="Lax")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _plain(status: int) -> Response:
    response = make_response("", status)
    response.headers["Cache-Control"] = "no-store"
    return response
