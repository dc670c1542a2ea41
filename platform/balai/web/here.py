"""Where the reader is: for menus and the language switch."""

from urllib.parse import urlencode

from flask import g, request
from werkzeug.datastructures import MultiDict

from balai.web.i18n import COOKIE


def is_current(path: str, *, exact: bool = False) -> bool:
    """Whether `path` (or, unless exact, something below it) is the page being shown."""
    if g.get("page_for_everyone"):  # the unknown page doesn't even tell below what it was asked for
        return False
    here = request.path.rstrip("/") or "/"
    wanted = path.rstrip("/") or "/"
    return here == wanted or (not exact and wanted != "/" and here.startswith(f"{wanted}/"))


def language_url(code: str) -> str:
    """This page in another language; the home page where the page must not tell what was asked for, or came by POST."""
    if g.get("page_for_everyone") or request.method not in {"GET", "HEAD"}:
        return f"/?{COOKIE}={code}"
    query = MultiDict(request.args)
    query[COOKIE] = code
    return f"{request.path}?{urlencode(list(query.items(multi=True)))}"
