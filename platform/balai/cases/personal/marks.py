"""Legal hold, restriction and the wish to be forgotten, on single cases."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from balai import audit, keys
from balai.cases.models import MARKS, Case, CaseMark
from balai.cases.values import ValueFault, clean_text
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Conflict, Invalid, NotFound
from balai.web.i18n import gettext as _


def marks_of(session: TenantSession, case_id: UUID) -> frozenset[str]:
    """Kinds of marks in force on a case."""
    query = select(CaseMark.kind).where(CaseMark.case_id == case_id, CaseMark.ended_at.is_(None))
    return frozenset(session.scalars(query))


def mark(
    session: TenantSession, case: Case, kind: str, reason: str, *, by_member: UUID | None = None, request: str = ""
) -> CaseMark:
    """Put a mark on a case (once: a second one of a kind answers the first). Audited. Invalid without a reason."""
    if kind not in MARKS:
        raise ValueError(f"no mark {kind!r}: one of {', '.join(MARKS)}")
    why = written_reason(reason)
    query = select(CaseMark).where(CaseMark.case_id == case.id, CaseMark.kind == kind, CaseMark.ended_at.is_(None))
    known = session.scalars(query).first()
    if known is not None:
        return known
    made = CaseMark(case_id=case.id, kind=kind, request=request, by_member=by_member, at=now())
    keys.seal(session, made, "reason", why)
    session.add(made)
    if kind == "restricted":
        case.published_at = None
    case.forget_at = None
    session.flush()
    data = {"code": case.code, "mark": kind, "request": request, "reason": why}
    audit.record(session, "privacy.marked", subject_kind="case", subject_id=case.id, data=data)
    return made


def unmark(session: TenantSession, mark_id: UUID, *, by_member: UUID | None = None) -> CaseMark:
    """End a mark. Audited. NotFound for one that isn't in force."""
    found = session.scalars(select(CaseMark).where(CaseMark.id == mark_id, CaseMark.ended_at.is_(None))).first()
    if found is None:
        raise NotFound
    found.ended_at, found.ended_by = now(), by_member
    case = session.scalars(select(Case).where(Case.id == found.case_id)).one()
    case.forget_at = None
    session.flush()
    data = {"code": case.code, "mark": found.kind}
    audit.record(session, "privacy.unmarked", subject_kind="case", subject_id=case.id, data=data)
    return found


def marked(session: TenantSession, kind: str, *, limit: int = 200) -> Sequence[tuple[CaseMark, str]]:
    """(mark, code) of every case under a mark, newest first. Secret cases are in no list."""
    query = (
        select(CaseMark, Case.code)
        .join(Case, (Case.tenant_id == CaseMark.tenant_id) & (Case.id == CaseMark.case_id))
        .where(CaseMark.kind == kind, CaseMark.ended_at.is_(None), Case.visibility != "secret")
        .order_by(CaseMark.id.desc())
    )
    return [(row[0], row[1]) for row in session.execute(query.limit(limit))]


def reason_of(session: TenantSession, found: CaseMark) -> str:
    """Why a mark was set."""
    return keys.reveal(session, found, "reason") or ""


def require_unrestricted(session: TenantSession, case_id: UUID) -> None:
    """Conflict while the use of a case's personal data is restricted."""
    if "restricted" in marks_of(session, case_id):
        raise Conflict(
            _("Pemohon meminta datanya tidak dipakai dulu. Data ini baru bisa dilihat setelah pembatasan dicabut."),
            title=_("Pemakaian data ini dibatasi"),
            slug="data-dibatasi",
        )


def written_reason(text: str, field: str = "reason") -> str:
    """A reason of at least some words; Invalid otherwise."""
    try:
        return clean_text(text, least=3, most=500)
    except ValueFault as fault:
        raise Invalid.field(field, str(fault)) from None
