"""RFC 9457: every failure under /api is one `application/problem+json` document, whoever raised it.

The document never names the path, so that an unknown route, a route of a plugin that is off and a foreign id answer the same
bytes. `web` draws pages for every other address and asks `is_api` which of the two it is.
"""

import logging
from typing import Any

import msgspec
import psycopg
from flask import Response, request
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError

from balai.errors import (
    BadRequest,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)
from balai.words import gettext as _
from balai.words import lazy_gettext as _l

log = logging.getLogger(__name__)

API_ROOT = "/api"
MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:balai:masalah:"

_FAMILY: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        BadRequest, Unauthenticated, Forbidden, NotFound, Conflict, TooLarge, UnsupportedMedia, Invalid, TooMany, Unavailable,
    )
}  # fmt: skip
_OTHER = {
    405: ("cara-tidak-didukung", _l("Alamat ini tidak melayani cara permintaan itu")),
    406: ("bentuk-tidak-tersedia", _l("Bentuk jawaban itu tidak tersedia")),
    408: ("terlalu-lama", _l("Permintaan terlalu lama")),
    412: ("sudah-berubah", _l("Data sudah diubah orang lain")),
    428: ("syarat-diperlukan", _l("Permintaan ini perlu If-Match")),
}
# 404s on the API speak of data, not of pages.
_API_TITLES = {404: _l("Tidak ditemukan"), 403: _l("Anda tidak berwenang melakukan ini")}


class PreconditionFailed(Problem):
    """412: the representation that the client names in If-Match is no longer the current one."""

    status, slug, title = 412, *_OTHER[412]


def is_api(path: str) -> bool:
    """Whether errors under `path` are problem documents."""
    return path == API_ROOT or path.startswith(API_ROOT + "/")


def answer(error: Exception) -> Response:
    """The problem document of any exception; unknown ones are logged and become a plain 500."""
    problem, status = _as_problem(error)
    return _document(problem, status, _http_headers(error))


def _as_problem(error: Exception) -> tuple[Problem, int]:
    if isinstance(error, InternalServerError):
        error = error.original_exception if isinstance(error.original_exception, Exception) else error
    if isinstance(error, Problem):
        return error, error.status
    if isinstance(error, HTTPException) and error.code is not None:
        return _from_http(error, error.code), error.code
    if isinstance(error, DataError | psycopg.DataError):
        # The net under the schemas: a value that PostgreSQL can't hold is the client's to correct.
        log.warning("value refused by the database on %s", request.endpoint, exc_info=error)
        return Invalid(detail=_("Ada nilai yang tidak bisa disimpan.")), 422
    if isinstance(error, OperationalError | psycopg.OperationalError | PoolTimeoutError):
        log.error("database not reachable", exc_info=error)
        return Unavailable(_("Basis data tidak terjangkau. Coba lagi sebentar lagi.")), 503
    log.error("unhandled error on %s", request.endpoint, exc_info=error)
    return Problem(), 500


def _from_http(error: HTTPException, status: int) -> Problem:
    if status == Invalid.status:
        return Invalid(_webargs_errors(error))
    family = _FAMILY.get(status)
    if family is not None:
        return family()
    slug, title = _OTHER.get(status, ("permintaan-ditolak" if status < 500 else Problem.slug, Problem.title))  # noqa: PLR2004 - HTTP
    return Problem(title=title, slug=slug)


def _webargs_errors(error: HTTPException) -> list[FieldError]:
    """Marshmallow schemas of plugins: webargs hangs `{location: {field: [messages]}}` on the exception."""
    messages = (getattr(error, "data", None) or {}).get("messages", {})
    found: list[FieldError] = []

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                walk(value, f"{path}/{key}")
        else:
            found.extend(FieldError(path, str(text)) for text in (node if isinstance(node, list) else [node]))

    for fields in messages.values() if isinstance(messages, dict) else ():
        walk(fields, "")
    return found


def _http_headers(error: Exception) -> dict[str, str]:
    if not isinstance(error, HTTPException):
        return {}
    return {key: value for key, value in error.get_headers() if key.lower() not in {"content-type", "content-length"}}


def _document(problem: Problem, status: int, headers: dict[str, str]) -> Response:
    title = problem.title
    if title == type(problem).title:
        title = _API_TITLES.get(status, title)
    body: dict[str, Any] = {"type": TYPE_PREFIX + problem.slug, "title": title, "status": status}
    if problem.detail:
        body["detail"] = problem.detail
    if isinstance(problem, Invalid) and problem.errors:
        body["errors"] = [{"field": e.field, "message": str(e.message)} for e in problem.errors]
    body |= {key: value for key, value in problem.extra.items() if key not in body}
    response = Response(msgspec.json.encode(body, enc_hook=str), status=status, content_type=MEDIA_TYPE)
    response.headers.update(headers)
    response.headers.update(problem.headers)
    if status == Unauthenticated.status:
        response.headers.setdefault("WWW-Authenticate", 'Bearer realm="balai"')
    response.headers["Cache-Control"] = "no-store"
    return response
