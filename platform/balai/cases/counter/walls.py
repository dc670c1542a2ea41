"""A village helper files for neighbours and sees nothing else: no inbox, no case, no list of colleagues.

Many console pages need no permission of their own (any member may open them). Whoever holds nothing but the right to file is
therefore stopped here, in one place, instead of page by page.
"""

from typing import Final

from flask import Response, redirect, request

from balai import auth
from balai.auth import Principal
from balai.errors import Forbidden
from balai.web.i18n import gettext as _

PATH: Final = "/kelola/catat"
RIGHT: Final = "cases.file_for"


def only_files(principal: Principal | None) -> bool:
    """Whether this member may do nothing but file for others."""
    return principal is not None and principal.is_staff and principal.permissions == frozenset({RIGHT})


def keep_in() -> Response | None:
    """Before each request: a helper's console is the form and the slip, nothing else. Raises Forbidden."""
    path = request.path
    if request.endpoint is None or not (path == "/kelola" or path.startswith("/kelola/")):
        return None
    if path == PATH or path.startswith(f"{PATH}/") or not only_files(auth.current()):
        return None
    if path == "/kelola" and request.method in {"GET", "HEAD"}:
        answer = redirect(PATH, 303)
        answer.headers["Cache-Control"] = "no-store"
        return answer  # type: ignore[return-value]
    raise Forbidden(_("Anda terdaftar sebagai pencatat: Anda bisa mencatat untuk warga, tidak membuka halaman lain."))
