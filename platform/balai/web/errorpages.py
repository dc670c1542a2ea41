"""What a person reads when something doesn't work: plain words and a next step, never internals.

An unknown page is one page, byte for byte, whatever was asked for: an address of a service that this region has switched off
must not differ from one that never existed (decision 24). So it has no user menu, no token, no path and no reference.
"""

import logging
import secrets
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound as UnknownPage

from balai.errors import NotFound, Problem
from balai.rest.problems import answer as answer_api
from balai.rest.problems import is_api
from balai.web import csrf
from balai.web.i18n import lazy_gettext as _l

log = logging.getLogger("balai.web")
Answer = Callable[[Exception], Any]
# Prefixes whose errors are documents for machines; a higher room (Open311) adds its own with `answer_errors_under`.
_machines: dict[str, Answer] = {}

_MOST_FIELDS = 200
# (title, what to do next) of what werkzeug and Flask themselves refuse.
_WORDS = {
    400: (_l("Permintaan tidak bisa dibaca"), _l("Kembali ke halaman sebelumnya dan coba sekali lagi.")),
    403: (_l("Anda tidak punya akses ke halaman ini"), _l("Kalau ini tugas Anda, minta admin daerah memberi akses.")),
    404: (_l("Halaman tidak ditemukan"), _l("Periksa lagi alamatnya, atau mulai dari beranda.")),
    405: (_l("Halaman ini tidak bisa dipakai dengan cara itu"), _l("Kembali dan gunakan tombol pada halamannya.")),
    408: (_l("Sambungan terlalu lambat"), _l("Coba lagi. Isian yang belum terkirim tetap ada di halaman sebelumnya.")),
    413: (_l("Kiriman terlalu besar"), _l("Pilih foto yang lebih kecil atau kurangi jumlahnya, lalu kirim lagi.")),
    415: (_l("Jenis berkas ini tidak bisa diterima"), _l("Gunakan foto (JPEG, PNG, WebP) atau dokumen PDF.")),
    429: (_l("Terlalu banyak permintaan"), _l("Tunggu sebentar, lalu coba lagi. Isian Anda tidak hilang.")),
    500: (_l("Maaf, ada gangguan di sistem kami"), _l("Coba beberapa menit lagi. Kalau tetap begini, hubungi kami.")),
    503: (_l("Layanan belum siap"), _l("Halaman ini akan bisa dibuka lagi sebentar lagi. Silakan coba ulang.")),
}


def init_app(app: Flask) -> None:
    """Pages for everything that goes wrong outside the machine interfaces."""
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def answer_errors_under(prefix: str, answer: Answer) -> None:
    """Errors below `prefix` ("/open311/") are answered by this function instead of a page."""
    _machines[prefix] = answer


def unknown_page() -> Response:
    """The one page of every unknown address; also the answer of the route gate for what is switched off."""
    g.page_for_everyone = True
    response = make_response(render_template("balai/errors/unknown.html"), 404)
    response.headers["Cache-Control"] = "no-store"
    return response


def _problem(problem: Problem) -> Any:
    _roll_back()
    machine = _machine()
    if machine:
        return machine(problem)
    if type(problem) is NotFound:
        return unknown_page()
    if problem.slug == "daerah-tidak-dikenal":
        return _page(problem.status, problem.title, None, "balai/errors/unknown_host.html", problem.headers)
    if isinstance(problem, csrf.Stale):
        return _send_again()
    title, advice = _WORDS.get(problem.status, _WORDS[400])
    return _page(problem.status, problem.title or title, problem.detail or advice, headers=problem.headers)


def _send_again() -> Response:
    """Everything typed stands in a new form with a fresh token; only files have to be chosen again."""
    left_out = {csrf.FIELD, *(name for name in request.form if "sandi" in name or "password" in name)}
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in left_out]
    text = render_template(
        "balai/errors/again.html",
        fields=fields[:_MOST_FIELDS],
        action=request.full_path.rstrip("?"),
        files=bool(request.files),
    )
    response = make_response(text, csrf.Stale.status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _http(error: HTTPException) -> Any:
    _roll_back()
    if error.code is None or error.code < 400:  # noqa: PLR2004 - redirects made by werkzeug
        return error
    machine = _machine()
    if machine:
        return machine(error)
    if isinstance(error, UnknownPage):
        return unknown_page()
    title, advice = _WORDS.get(error.code, _WORDS[400] if error.code < 500 else _WORDS[500])  # noqa: PLR2004 - HTTP
    kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    return _page(error.code, title, advice, headers=kept)


def _unexpected(error: Exception) -> Any:
    _roll_back()
    machine = _machine()
    if machine:
        return machine(error)
    if isinstance(error, OperationalError | PoolTimeout):
        log.error("database not reachable", exc_info=error)
        g.page_for_everyone = g.page_without_database = True
        title, advice = _WORDS[503]
        return _page(503, title, advice, headers={"Retry-After": "15"})
    # The reference stands in the log beside the traceback: a citizen can read eight characters over the phone.
    reference = secrets.token_hex(4).upper()
    log.error("reference %s: %s %s failed", reference, request.method, request.path, exc_info=error)
    title, advice = _WORDS[500]
    g.page_for_everyone = True
    return _page(500, title, advice, reference=reference)


def _page(
    status: int,
    title: object,
    advice: object,
    template: str = "balai/errors/page.html",
    headers: dict[str, str] | None = None,
    reference: str | None = None,
) -> Response:
    text = render_template(
        template, status=status, title=str(title), advice=str(advice) if advice else None, reference=reference
    )
    response = make_response(text, status)
    response.headers.update(headers or {})
    response.headers["Cache-Control"] = "no-store"
    return response


def _machine() -> Answer | None:
    if is_api(request.path):
        return answer_api
    return next((answer for prefix, answer in _machines.items() if request.path.startswith(prefix)), None)


def _roll_back() -> None:
    """A failed statement leaves the session unusable; the page's own look-ups need it."""
    if "db_session" in g:
        try:
            g.db_session.rollback()
        except SQLAlchemyError:
            g.page_without_database = True
