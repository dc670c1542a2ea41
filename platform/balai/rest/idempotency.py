"""`Idempotency-Key`: a POST sent twice is done once (decision 36).

The answer is stored by the same transaction that did the work, so there is either both or neither. While that transaction is
open it holds an advisory lock; a second request with the same key meets the lock and gets 409 instead of waiting. A refused or
failed request leaves nothing behind and may be sent again. Stored answers can hold personal data and link secrets: they are
encrypted with the region's key and dropped after 24 hours.
"""

import hashlib
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

import msgspec
from flask import Response, request

from balai import auth, db, keys, tenancy
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Conflict, Invalid
from balai.rest import bodies, queries
from balai.words import gettext as _

HEADER = "Idempotency-Key"
KEEP = timedelta(hours=24)
_SHORTEST, _LONGEST = 8, 200
_KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Link")
_COLUMN = {"table": "idempotency_key", "column": "answer"}


class Stored(msgspec.Struct):
    """An answer as it is kept: status, a few headers, the body as text."""

    status: int
    headers: dict[str, str]
    body: str


def idempotent(view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a view; without the header, and on the apex host (no tenant to store for), it runs as it is."""

    @wraps(view)
    def once(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None or tenancy.current() is None:
            return view(*args, **kwargs)
        if not (_SHORTEST <= len(key) <= _LONGEST and key.isprintable()):
            raise Invalid.field(
                HEADER, _("Panjang kunci %(least)s sampai %(most)s huruf.", least=_SHORTEST, most=_LONGEST)
            )
        return _run_once(db.session(), _scope(key), _body_hash(), lambda: view(*args, **kwargs))

    return once


def _run_once(session: TenantSession, row_id: uuid.UUID, body_hash: str, work: Callable[[], Response]) -> Response:
    if not queries.lock_key(session, row_id):
        raise Conflict(
            _("Permintaan dengan kunci ini masih dikerjakan. Coba lagi sebentar lagi."),
            slug="masih-dikerjakan",
            title=_("Masih dikerjakan"),
            headers={"Retry-After": "2"},
        )
    found = queries.find_answer(session, row_id, since=now() - KEEP)
    if found is not None:
        if found.body_hash != body_hash:
            raise Invalid(
                detail="Kunci ini sudah dipakai untuk permintaan dengan isi lain.", slug="kunci-dipakai-isi-lain"
            )
        return _replay(keys.decrypt(session, found.answer, row_id=row_id, **_COLUMN))
    response = work()
    if response.status_code < 400:  # noqa: PLR2004 - HTTP
        answer = keys.encrypt(session, _freeze(response), row_id=row_id, **_COLUMN)
        queries.keep_answer(session, row_id, body_hash, answer, at=now())
    return response


def _scope(key: str) -> uuid.UUID:
    """Who, what, where and the key, as 128 bits of a hash; the tenant is the row's own.

    Without a token there is no one to scope to: there the body hash is what keeps strangers' answers apart.
    """
    principal = auth.current()
    who = principal.sub if principal is not None else ""
    scope = f"{who}|{request.method}|{request.path}|{key}"
    return uuid.UUID(bytes=hashlib.sha256(scope.encode()).digest()[:16])


def _body_hash() -> str:
    raw = request.get_data(cache=True)
    return hashlib.sha256(request.query_string + b"\0" + request.mimetype.encode() + b"\0" + raw).hexdigest()


def _freeze(response: Response) -> str:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return msgspec.json.encode(Stored(response.status_code, headers, response.get_data(as_text=True))).decode()


def _replay(answer: str) -> Response:
    stored = bodies.decode(answer.encode(), Stored)
    response = Response(stored.body, status=stored.status, headers=stored.headers)
    response.headers["Idempotent-Replayed"] = "true"
    return response
