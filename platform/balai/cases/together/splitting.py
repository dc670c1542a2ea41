"""One report, two problems: the second becomes a case of its own, with the words and files that belong to it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from balai import audit, keys
from balai.cases import access, catalogue, timeline
from balai.cases.drafts import Place, Reporter
from balai.cases.filing import Filed, file_case
from balai.cases.forms import data_fields
from balai.cases.models import Case, CaseFile, CaseLink
from balai.cases.moving import lock, require_fresh
from balai.cases.people import Person
from balai.cases.personal import marks
from balai.cases.personal.shield import LANDMARK
from balai.cases.referral import flow, receivers
from balai.clock import now
from balai.contracts import Field, Service
from balai.db import TenantSession
from balai.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from balai.web.i18n import gettext as _


def split(
    session: TenantSession,
    case_id: UUID,
    *,
    person: Person,
    text: str,
    files: Sequence[UUID] = (),
    client_id: UUID | None = None,
    seen: int | None = None,
) -> Filed:
    """File the second problem of a case as a new one of the same service, place and reporter, who gets its code and link.

    text: what it is about; files: those of the case that go over to it; client_id: made by the page, so that a second click
    answers the first case. Raises Invalid (text, files), Conflict (closed, restricted, the service takes none),
    NotFound, Forbidden.
    """
    case = lock(session, case_id)
    if not access.may_read(session, person, case):
        raise NotFound
    if person.kind != "staff" or not access.may_work(session, person, case):
        raise Forbidden(_("Laporan ini ditangani unit lain."))
    known = _known(session, client_id)
    if known is not None:
        return known
    require_fresh(session, case, seen)
    if not case.is_open or flow.is_sending(case.state):
        raise Conflict(_("Laporan ini sudah selesai."), slug="sudah-selesai")
    # The new case would hold the same person's data without the mark.
    marks.require_unrestricted(session, case.id)
    service = catalogue.service(session, case.service_id)
    rows = _files(session, case, files)
    answers = receivers.answers_of(session, case)
    asked = _main_question(service)
    data = {f.key: answers[f.key] for f in data_fields(service) if f.key in answers} | {asked.key: text}
    # A file belongs to one case: what goes over is taken out here first.
    moved = [(row.file_id, row.field, row.public) for row in rows]
    for row in rows:
        session.delete(row)
    session.flush()
    filed = _file(session, case, service, data, moved, answers, person, client_id, asked)
    _tie(session, case, filed.case, person, moved, service)
    return filed


def _known(session: TenantSession, client_id: UUID | None) -> Filed | None:
    if client_id is None:
        return None
    found = session.scalars(select(Case).where(Case.client_id == client_id)).first()
    return Filed(found, found.code, "", created=False) if found is not None else None


def _main_question(service: Service) -> Field:
    for kind in ("longtext", "text"):
        for asked in service.fields:
            if asked.type == kind and asked.personal is None and not asked.show_if:
                return asked
    raise Conflict(_("Layanan ini tidak punya uraian yang bisa dibagi."), slug="tidak-bisa-dibagi")


def _files(session: TenantSession, case: Case, wanted: Sequence[UUID]) -> list[CaseFile]:
    rows = list(
        session.scalars(select(CaseFile).where(CaseFile.case_id == case.id, CaseFile.file_id.in_(set(wanted))))
    ) if wanted else []  # fmt: skip
    if len(rows) < len(set(wanted)):
        raise Invalid.field("files", _("Berkas ini bukan dari laporan ini."))
    return rows


def _file(
    session: TenantSession,
    case: Case,
    service: Service,
    data: dict[str, Any],
    moved: Sequence[tuple[UUID, str, bool]],
    answers: dict[str, Any],
    person: Person,
    client_id: UUID | None,
    asked: Field,
) -> Filed:
    contact = {n: keys.reveal(session, case, f"contact_{n}") or "" for n in ("name", "phone", "email")}
    questions = {f.key for f in service.fields}
    by_field: dict[str, list[UUID]] = {}
    for file_id, field, _public in moved:
        if field in questions:
            by_field.setdefault(field, []).append(file_id)
    place = Place(case.region, str(answers.get(LANDMARK) or case.landmark), case.latitude, case.longitude)
    try:
        filed = file_case(
            session, service, data, channel=case.channel, reporter=Reporter(**contact), anonymity=case.anonymity,
            visibility=case.visibility, place=place, files=by_field, assisted_by=person, is_test=case.is_test,
            client_id=client_id,
        )  # fmt: skip
    except Invalid as invalid:
        names = {asked.key: "text"} | dict.fromkeys(by_field, "files")
        raise Invalid([FieldError(names.get(e.field, "text"), e.message) for e in invalid.errors]) from None
    new = filed.case
    # Nobody took it down for the reporter: it is what they sent, in two.
    new.assisted, new.reporter_index, new.pseudonym, new.language = (
        case.assisted, case.reporter_index, case.pseudonym, case.language,
    )  # fmt: skip
    session.flush()
    return filed


def _tie(
    session: TenantSession,
    case: Case,
    new: Case,
    person: Person,
    moved: Sequence[tuple[UUID, str, bool]],
    service: Service,
) -> None:
    at, questions = now(), {f.key for f in service.fields}
    session.add(
        CaseLink(case_id=new.id, kind="split_from", other_id=case.id, other_code=case.code, receiver="", made_at=at)
    )
    made = timeline.append(session, new, "merged", person, data={"split": case.code})
    timeline.append(session, case, "merged", person, data={"split": new.code})
    session.flush()
    for file_id, field, public in moved:
        if field not in questions:
            session.add(CaseFile(case_id=new.id, file_id=file_id, event_id=made.id, public=public, added_at=at))
    data = {"code": case.code, "new": new.code, "files": len(moved)}
    audit.record(session, "case.split", subject_kind="case", subject_id=case.id, data=data)
    session.flush()
