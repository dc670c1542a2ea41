"""The console's side of voice notes: hear one, and write down what it says.

A voice tells who somebody is, also of a report without a name: only those who handle the case hear it, and each hearing is
recorded.
"""

from datetime import timedelta
from io import BytesIO
from typing import Final
from uuid import UUID

from flask import Response, request, send_file
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import audit, auth, db, files
from balai.auth import require
from balai.cases import access, catalogue, console_acts, timeline, voices
from balai.cases.console import blueprint, case_of, person
from balai.cases.forms import check_step
from balai.cases.models import Case, CaseFile
from balai.cases.moving import lock, require_fresh, write_answers
from balai.cases.people import Person
from balai.cases.personal import marks
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Conflict, Forbidden, NotFound
from balai.web.i18n import gettext as _

_SAME: Final = timedelta(hours=1)  # parts that a player asks for within it belong to one hearing


def write_down(session: TenantSession, case_id: UUID, text: str, *, person: Person, seen: int | None = None) -> Case:
    """Staff's summary of a voice note becomes the answer to the question that it was given for.

    Raises Conflict when there is none (any more), Forbidden, NotFound, Invalid (nothing written).
    """
    case = lock(session, case_id)
    if not access.may_read(session, person, case):
        raise NotFound
    if not access.may_work(session, person, case):
        raise Forbidden(_("Laporan ini ditangani unit lain."))
    require_fresh(session, case, seen)
    service = catalogue.rules(session, case)
    said = voices.untold(session, case, service)
    if said is None:
        raise Conflict(_("Isinya sudah ditulis."), title=_("Tidak perlu ringkasan lagi"), slug="sudah-ditulis")
    _words, answers = check_step(service, (said.key,), {said.key: text})
    write_answers(session, case, service, answers)
    timeline.append(session, case, "noted", person, data={"told": said.key})
    return case


@blueprint.post("/laporan/<code>/ringkasan")
@require("cases.work")
def tell(code: str) -> AnyResponse:
    """Write down what a voice note says."""
    case, given = case_of(code), request.form
    said = voices.untold(db.session(), case, catalogue.rules(db.session(), case))
    text = given.get(said.key, "") if said else ""
    return console_acts.do(
        code,
        lambda found: write_down(db.session(), found.id, text, person=person(), seen=console_acts.seen()),
        _("Ringkasan tersimpan. Langkah berikutnya sekarang terbuka."),
    )


@blueprint.get("/laporan/<code>/suara/<uuid:file_id>")
@require("cases.work")
def hear(code: str, file_id: UUID) -> Response:
    """The voice note itself, in parts as players ask for it: one hearing on the record, whichever part comes first."""
    session, case = db.session(), case_of(code)
    query = select(CaseFile.id).where(CaseFile.case_id == case.id, CaseFile.file_id == file_id)
    if session.scalars(query).first() is None or not access.may_work(session, person(), case):
        raise NotFound
    file = files.find(session, file_id)
    if not file.media_type.startswith("audio/"):
        raise NotFound
    marks.require_unrestricted(session, case.id)
    facts = {"code": case.code, "file": str(file.id)}
    if _begins() or not _was_heard(session, case, facts):
        audit.record(session, "case.voice_heard", subject_kind="case", subject_id=case.id, data=facts)
    content = files.content(session, file)
    db.commit()
    answer = send_file(BytesIO(content), mimetype=file.media_type, conditional=True, etag=file.sha256[:32])
    answer.headers["Cache-Control"] = "private, no-store"
    # Even opened on its own it gets an origin of its own and may load nothing but itself.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; media-src 'self'; sandbox"
    return answer


def _begins() -> bool:
    return request.range is None or any(start == 0 for start, _end in request.range.ranges)


def _was_heard(session: TenantSession, case: Case, facts: dict[str, str]) -> bool:
    """Whether this part goes on with a hearing of this member that stands on the record: all but one byte is the whole note."""
    known = audit.entries(
        session, action="case.voice_heard", actor=auth.signed_in().sub, subject=("case", str(case.id)), since=now() - _SAME,
    )  # fmt: skip
    return any(entry.data == facts for entry in known)
