"""`/berkas/<id>`: serve a file so that it can do no harm, to those who may read it.

Whoever may not gets the same 404 as for a file that doesn't exist.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Final
from uuid import UUID

from flask import Blueprint, Flask, Response, current_app, request, send_file, url_for

from balai import db, tenancy
from balai.db import TenantSession
from balai.errors import NotFound
from balai.files import services
from balai.files.models import File

# May the current visitor read this file? Asked for files that aren't public.
Checker = Callable[[TenantSession, File], bool]

CLAIM: Final = "klaim"
_EXTENSION = "balai.files"
_ENDING: Final = {
    "image/jpeg": ".jpg",
    "application/pdf": ".pdf",
    "audio/webm": ".webm",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
}

blueprint = Blueprint("files", __name__)


def allow(app: Flask, purpose: str, checker: Checker) -> None:
    """Say who may read files of a purpose (`case.attachment`) or of a whole room's (`case`) that aren't public.

    Without a rule nobody may. The checker looks at the current principal itself and must not write.
    """
    app.extensions[_EXTENSION][purpose] = checker


def url(file: File) -> str:
    """Address of a file on its tenant's host."""
    return url_for("files.serve", file_id=file.id)


def thumbnail_url(file: File) -> str | None:
    """Address of its thumbnail, None when it has none."""
    return url_for("files.serve_thumbnail", file_id=file.id) if file.has_thumbnail else None


@blueprint.get("/berkas/<uuid:file_id>")
def serve(file_id: UUID) -> Response:
    """The file itself: photos inline, everything else as a download."""
    file = _readable(file_id)
    session = db.session()
    return _answer(session, file, services.content(session, file), inline=file.is_image)


@blueprint.get("/berkas/<uuid:file_id>/kecil")
def serve_thumbnail(file_id: UUID) -> Response:
    """Its thumbnail, for lists."""
    file = _readable(file_id)
    session = db.session()
    return _answer(session, file, services.thumbnail(session, file), inline=True, thumbnail=True)


def respond(session: TenantSession, file: File) -> Response:
    """A file for whoever a page of its own room has let in: a plugin's page, whose files have no rule here."""
    return _answer(session, file, services.content(session, file), inline=file.is_image)


def _readable(file_id: UUID) -> File:
    if tenancy.current() is None:
        raise NotFound
    session = db.session()
    file = services.find(session, file_id)
    if not _may_read(session, file):
        raise NotFound
    return file


def _may_read(session: TenantSession, file: File) -> bool:
    if file.state == "draft":
        token = request.args.get(CLAIM, "")
        found = services.find_draft(session, token) if token else None
        return found is not None and found.id == file.id
    if file.visibility == "public":
        return True
    rules: dict[str, Checker] = current_app.extensions[_EXTENSION]
    checker = rules.get(file.purpose) or rules.get(file.purpose.partition(".")[0])
    return checker is not None and checker(session, file)


def _answer(session: TenantSession, file: File, data: bytes, *, inline: bool, thumbnail: bool = False) -> Response:
    response = send_file(
        BytesIO(data),
        mimetype="image/jpeg" if thumbnail else file.media_type,
        as_attachment=not inline,
        download_name=_download_name(session, file),
        conditional=True,
        etag=f"{file.sha256[:32]}{'-s' if thumbnail else ''}",
    )
    public = file.visibility == "public" and file.state != "draft"
    response.headers["Cache-Control"] = "public, max-age=3600" if public else "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Even opened on its own, a file gets an origin of its own and may load nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _download_name(session: TenantSession, file: File) -> str:
    """The sender's name for it with the ending of what is really inside."""
    stem = services.filename(session, file).rsplit(".", 1)[0].strip(". ") or "berkas"
    return stem + _ENDING[file.media_type]
