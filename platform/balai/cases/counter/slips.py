"""Which slips this sign-in may print again: the link secret is known only at filing, so it rides in a cookie of the session.

The cookie ends with the browser and counts only together with the sign-in that made it (a MAC over the session cookie): whoever
signs in next at the same machine gets no slip of somebody else's.
"""

import hashlib
import hmac

from flask import Response, current_app, request

from balai.auth import sessions
from balai.cases import visitor
from balai.cases.codes import CodeError, parse_code
from balai.cases.models import Case

COOKIE = "__Host-balai-slip"
_MOST = 6


def remember(response: Response, code: str, secret: str) -> Response:
    """Let this sign-in print the slip of a case that it has just filed."""
    kept = {code: secret} | {key: value for key, value in _kept().items() if key != code}
    value = "~".join(f"{key.replace('-', '')}.{kept[key]}" for key in list(kept)[:_MOST])
    response.set_cookie(COOKIE, f"{_mac(value)}~{value}", path="/", secure=True, httponly=True, samesite="Strict")
    return response


def secret_of(case: Case) -> str | None:
    """The link secret of a case that this sign-in filed, None for every other."""
    secret = _kept().get(case.code)
    return secret if visitor.opens(case, secret) else None


def _kept() -> dict[str, str]:
    mac, _tilde, value = request.cookies.get(COOKIE, "").partition("~")
    found: dict[str, str] = {}
    if not value or not mac.isascii() or not hmac.compare_digest(mac, _mac(value)):
        return found
    for part in value.split("~")[:_MOST]:
        code, _dot, secret = part.partition(".")
        try:
            found[parse_code(code)] = secret
        except CodeError:
            continue
    return found


def _mac(value: str) -> str:
    session = request.cookies.get(sessions.COOKIE, "")
    message = f"slip|{request.host}|{session}|{value}".encode(errors="surrogatepass")
    return hmac.digest(current_app.extensions["balai.form_key"], message, hashlib.sha256).hex()
