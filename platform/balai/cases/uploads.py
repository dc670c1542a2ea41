"""Photos, documents and voice notes that come with a form: kept before the form is judged, so that a mistake loses none."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import request
from werkzeug.datastructures import FileStorage

from balai import db, files, web
from balai.cases.forms import FILE_TYPES
from balai.contracts import Field, Service
from balai.errors import FieldError, Invalid

UPLOADS_PER_HOUR: Final = 900
PURPOSE: Final = "case.attachment"


@dataclass(frozen=True, slots=True)
class Kept:
    """An upload that waits for its form: id is the token that claims it, as macros of balai/form.html want it."""

    id: str
    file_id: UUID
    name: str
    url: str | None
    size: int


def keep_uploads(service: Service) -> tuple[dict[str, list[Kept]], list[FieldError]]:
    """Uploads of this request and of earlier attempts, by field; refused ones as faults."""
    session = db.session()
    kept: dict[str, list[Kept]] = {}
    faults: list[FieldError] = []
    for asked in (f for f in service.fields if f.type in FILE_TYPES):
        kept[asked.key] = [k for k in map(find_kept, request.form.getlist(f"{asked.key}_kept")) if k]
        for upload in (u for u in request.files.getlist(asked.key) if u.filename):
            web.count("cases.upload", allowed=UPLOADS_PER_HOUR, seconds=3600)
            try:
                kept[asked.key].append(_keep(session, asked, upload))
            except Invalid as refused:
                faults += [FieldError(asked.key, e.message) for e in refused.errors]
    return {key: several for key, several in kept.items() if several}, faults


def _keep(session: db.TenantSession, asked: Field, upload: FileStorage) -> Kept:
    kinds: tuple[Any, ...] = {"photo": ("image",), "voice": ("voice",)}.get(asked.type, files.CITIZEN)
    stream: Any = upload.stream
    file, token = files.store_draft(session, stream, filename=upload.filename, kinds=kinds, field=asked.key)
    return kept_of(session, file, token)


def find_kept(token: str) -> Kept | None:
    """An earlier attempt's upload by its token, None when there is none (any more)."""
    file = files.find_draft(db.session(), token)
    return kept_of(db.session(), file, token) if file else None


def kept_of(session: db.TenantSession, file: files.File, token: str) -> Kept:
    """A draft as the form shows it."""
    url = f"{files.url(file)}?klaim={token}" if file.is_image else None
    return Kept(token, file.id, files.filename(session, file), url, file.size)
