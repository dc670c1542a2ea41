"""One sentence for the next page ("Laporan terkirim."), carried over the redirect in a signed cookie.

Not Flask's session: that is a second session cookie beside the real one, and set for everyone.
"""

import base64
import hashlib
import hmac
import json
from typing import Literal

from flask import Response, current_app, g, has_request_context, request

COOKIE = "__Host-balai-kabar"
# What surely fits into a cookie.
_MOST, _MOST_LETTERS = 3, 300
Kind = Literal["info", "good", "warn", "bad"]


def flash(text: object, kind: Kind = "good") -> None:
    """Show `text` on this page if it is still to be rendered, else on the next one."""
    g.setdefault("flashes_new", []).append((kind, str(text)))


def waiting_flashes() -> list[tuple[str, str]]:
    """Template function: what is to be shown, once."""
    if not has_request_context() or g.get("page_for_everyone"):
        return []
    found: list[tuple[str, str]] = [*_carried(), *g.pop("flashes_new", [])]
    g.flashes_shown = True
    return found


def keep_cookie(response: Response) -> Response:
    """Carry what was not shown; drop what was."""
    pending = g.get("flashes_new", [])
    if pending:
        short = [(kind, text[:_MOST_LETTERS]) for kind, text in pending[-_MOST:]]
        body = base64.urlsafe_b64encode(json.dumps(short, ensure_ascii=False).encode()).decode()
        value = f"{_sign(body)}.{body}"
        response.set_cookie(COOKIE, value, max_age=120, path="/", secure=True, httponly=True, samesite="Lax")
    elif g.get("flashes_shown") and COOKIE in request.cookies:
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return response


def _carried() -> list[tuple[str, str]]:
    signature, _dot, body = request.cookies.get(COOKIE, "").partition(".")
    if not body or not hmac.compare_digest(signature, _sign(body)):
        return []
    try:
        return [(str(kind), str(text)) for kind, text in json.loads(base64.urlsafe_b64decode(body))]
    except ValueError:
        return []


def _sign(body: str) -> str:
    key: bytes = current_app.extensions["balai.form_key"]
    return hmac.new(key, f"flash|{request.host}|{body}".encode(), hashlib.sha256).hexdigest()[:32]
