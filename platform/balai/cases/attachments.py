"""Files of cases: who may read them, and how pages show them. Voice notes are heard in the console alone (hearing.py)."""

from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import select

from balai import auth, files
from balai.cases import access, visitor
from balai.cases.models import Case, CaseFile
from balai.cases.viewers import staff
from balai.db import TenantSession


def may_read_file(session: TenantSession, file: files.File) -> bool:
    """Whoever may read the case; voice notes are heard at an address of their own, where that is recorded."""
    if file.media_type.startswith("audio/"):
        return False
    query = (
        select(Case)
        .join(CaseFile, (CaseFile.tenant_id == Case.tenant_id) & (CaseFile.case_id == Case.id))
        .where(CaseFile.file_id == file.id)
    )
    case = session.scalars(query).first()
    if case is None:
        return False
    principal = auth.current()
    if principal is not None and principal.is_staff and access.may_read(session, staff(session, principal), case):
        return True
    return access.is_reporter(visitor.reporter(case), case)


def shown_files(session: TenantSession, case: Case, *, staff: bool) -> dict[UUID | None, list[dict[str, Any]]]:
    """Files of a case by the timeline row that brought them: name, url, thumbnail (None = not a photo), size."""
    query = (
        select(CaseFile, files.File)
        .join(files.File, (files.File.tenant_id == CaseFile.tenant_id) & (files.File.id == CaseFile.file_id))
        .where(CaseFile.case_id == case.id)
        .order_by(CaseFile.id)
    )
    found: dict[UUID | None, list[dict[str, Any]]] = {}
    for row, file in session.execute(query):
        voice = file.media_type.startswith("audio/")
        shown = {
            "id": file.id,
            "name": files.filename(session, file),
            "url": _address(case, file, staff=staff) if file.is_readable else None,
            "thumbnail": files.thumbnail_url(file) if file.is_readable else None,
            "voice": voice,
            "size": file.size,
        }
        found.setdefault(row.event_id, []).append(shown)
    return found


def _address(case: Case, file: files.File, *, staff: bool) -> str | None:
    if not file.media_type.startswith("audio/"):
        return files.url(file)
    return url_for("cases_console.hear", code=case.code, file_id=file.id) if staff else None
