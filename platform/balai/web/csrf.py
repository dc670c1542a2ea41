"""Unsafe methods come from our own pages only: the Origin is this host and the form carries this browser's token.

Sibling regions are the same site for a browser (`bandung.` and `bantul.` share a domain), so SameSite cookies don't keep one
from posting to another; Origin and token do (decision 20).

- Origin must be this very host. Without Origin the Referer's host counts; Sec-Fetch-Site, where sent, must be `same-origin`.
- With neither, the request is refused when it carries a session cookie. An anonymous one may go on with a good token alone:
  some phone browsers and proxies strip both headers, and filing without an account has no session that could be abused.
- The token is an HMAC of a random value in a `__Host-` cookie, which no sibling host can set. It isn't tied to the session: a
  form that was open while its owner signed in elsewhere must still arrive. It is masked anew on every page, so that
  compressed pages don't leak it byte by byte.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from markupsafe import Markup

from balai.errors import Forbidden
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext

COOKIE = "__Host-balai-form"
SESSION_COOKIE = "__Host-balai"
FIELD = "_kunci"
HEADER = "X-Balai-Kunci"
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Bearer tokens or API keys only, never cookies (decision 16): nothing to forge.
COOKIELESS = ("/api/", "/open311/")
_BYTES = 16
_MONTH = 30 * 24 * 3600
_exempt: dict[str, str] = {}
View = TypeVar("View", bound=Callable[..., Any])


class Forged(Forbidden):
    """403: the request didn't come from one of our own pages, or its page is too old."""

    slug, title = "formulir-kedaluwarsa", lazy_gettext("Formulir ini sudah terlalu lama terbuka")


class Stale(Forged):
    """403: from our own page, but its token has run out (the phone dropped the cookie). The page offers to send it again."""


def exempt(reason: str) -> Callable[[View], View]:
    """Mark a view that proves its caller in another way (a signature over the raw body, decision 43), and say how."""

    def mark(view: View) -> View:
        view.balai_csrf_exempt = reason  # type: ignore[attr-defined]
        return view

    return mark


def exempt_endpoint(endpoint: str, reason: str) -> None:
    """The same by endpoint name, where the view can't be marked."""
    _exempt[endpoint] = reason


def exemptions(app: Flask) -> dict[str, str]:
    """Every exempt endpoint and its reason: a test prints and checks this list."""
    marked = {
        name: reason
        for name, view in app.view_functions.items()
        if (reason := getattr(view, "balai_csrf_exempt", None))
    }
    return marked | {name: reason for name, reason in _exempt.items() if name in app.view_functions}


def token() -> str:
    """A fresh mask over this browser's token, for one form."""
    mask = secrets.token_bytes(_BYTES)
    mac = _mac(_nonce())
    return base64.urlsafe_b64encode(mask + _xor(mask, mac)).decode().rstrip("=")


def field() -> Markup:
    """Template function: the hidden input that every POST form carries."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token())


def protect() -> None:
    """Before each request: refuse an unsafe one that didn't come from us. Raises Forged."""
    if request.method in SAFE or request.path.startswith(COOKIELESS) or request.endpoint is None:
        return
    view = current_app.view_functions.get(request.endpoint)
    if request.endpoint in _exempt or hasattr(view, "balai_csrf_exempt"):
        return
    if not _from_this_host():
        raise Forged(_("Demi keamanan, isian tidak kami terima. Buka lagi formulirnya, lalu kirim sekali lagi."))
    if not _good_token():
        # Only who proved to be this very host gets the offer to send again: everybody else gets nothing to build on.
        proven = "Origin" in request.headers or "Referer" in request.headers
        kind = Stale if proven else Forged
        raise kind(_("Demi keamanan, isian tidak kami terima. Buka lagi formulirnya, lalu kirim sekali lagi."))


def keep_cookie(response: Response) -> Response:
    """Set the form cookie when a page with a form made one."""
    made = g.get("csrf_made")
    if made:
        # Kept for a month: a form restored with its tab, days later, still finds its cookie.
        response.set_cookie(COOKIE, made, max_age=_MONTH, path="/", secure=True, httponly=True, samesite="Lax")
    return response


def _from_this_host() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    source = origin if origin is not None else request.headers.get("Referer")
    if source is not None:
        return _netloc(source) == _netloc(request.host_url)
    return site == "same-origin" or SESSION_COOKIE not in request.cookies


def _netloc(url: str) -> str | None:
    """host:port of a URL in lower case, the scheme's own port dropped; None for `null` and nonsense."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    host = parts.hostname.lower().removesuffix(".")
    # A proxy may end TLS, so the scheme seen here can differ from the browser's; 80 and 443 are both "no port".
    return host if port in {None, 80, 443} else f"{host}:{port}"


def _good_token() -> bool:
    nonce = request.cookies.get(COOKIE)
    sent = request.headers.get(HEADER) or request.form.get(FIELD) or ""
    if not nonce:
        return False
    try:
        raw = base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4))
    except ValueError:
        return False
    if len(raw) != 2 * _BYTES:
        return False
    return hmac.compare_digest(_xor(raw[:_BYTES], raw[_BYTES:]), _mac(nonce))


def _nonce() -> str:
    found = request.cookies.get(COOKIE) or g.get("csrf_made")
    if not found:
        found = g.csrf_made = secrets.token_urlsafe(_BYTES)
    return str(found)


def _mac(nonce: str) -> bytes:
    message = f"form|{request.host}|{nonce}".encode()
    return hmac.digest(current_app.extensions["balai.form_key"], message, hashlib.sha256)[:_BYTES]


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))
