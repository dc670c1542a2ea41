"""The citizen in front of a page: signed in, holding link secrets in a cookie, or both.

The link secret arrives once in an address (`?kunci=`) or is made by filing, and is exchanged at once for this cookie (decision
31). `__Host-`, HttpOnly: no script and no sibling region reads it.
"""

import hmac
from uuid import UUID

from flask import Response, request
from sqlalchemy import select

from balai import auth, db
from balai.cases.codes import CodeError, parse_code
from balai.cases.filing import hash_secret
from balai.cases.models import Case
from balai.cases.people import Person
from balai.cases.viewers import citizen

COOKIE = "__Host-balai-laporan"
_MOST = 12
_DAYS = 180


def secrets() -> dict[str, str]:
    """Code -> link secret, newest first, as the browser sent them."""
    found: dict[str, str] = {}
    for part in request.cookies.get(COOKIE, "").split("~")[:_MOST]:
        code, _dot, secret = part.partition(".")
        try:
            found[parse_code(code)] = secret
        except CodeError:
            continue
    return found


def remember(response: Response, code: str, secret: str) -> Response:
    """Let this browser hold a case from now on."""
    kept = {code: secret} | {key: value for key, value in secrets().items() if key != code}
    value = "~".join(f"{key.replace('-', '')}.{kept[key]}" for key in list(kept)[:_MOST])
    response.set_cookie(COOKIE, value, max_age=_DAYS * 86400, path="/", secure=True, httponly=True, samesite="Lax")
    return response


def opens(case: Case, secret: str | None) -> bool:
    """Whether this is the case's link secret."""
    return bool(secret and case.link_hash) and hmac.compare_digest(hash_secret(secret or ""), case.link_hash or "")


def reporter(case: Case) -> Person:
    """The visitor as far as this case is concerned."""
    holds = frozenset({case.id}) if opens(case, secrets().get(case.code)) else frozenset()
    return citizen(db.session(), sub=_sub(), holds=holds)


def holder() -> Person:
    """The visitor with every case that this browser holds."""
    session, held = db.session(), secrets()
    ids: set[UUID] = set()
    if held:
        query = select(Case.id, Case.code, Case.link_hash).where(Case.code.in_(held))
        for row in session.execute(query):
            if row.link_hash and hmac.compare_digest(hash_secret(held[row.code]), row.link_hash):
                ids.add(row.id)
    return citizen(session, sub=_sub(), holds=frozenset(ids))


def _sub() -> str | None:
    principal = auth.current()
    return principal.sub if principal else None
