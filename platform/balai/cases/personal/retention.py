"""Delete what has been kept long enough: nightly, part by part, never under a legal hold, always written down.

When each part of a case goes follows from what was said beside the field (its `retention_days`) and from `terms`, counted from
the day on which the case was closed. Open cases lose nothing.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select

from balai import audit
from balai.cases import catalogue, timeline
from balai.cases.models import Case, CaseMark
from balai.cases.moving import lock
from balai.cases.people import SYSTEM
from balai.cases.personal import forget, terms
from balai.clock import now
from balai.contracts import Service, periodic, task
from balai.db import TenantSession
from balai.privacy.models import RetentionRun
from balai.tenancy import Tenant

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
BATCH: Final = 500
_REASON: Final = "masa simpan sudah lewat"
ORIGINALS: Final = ""  # answers that are no personal field: texts as typed, of which masked ones stand in the open


@dataclass(frozen=True, slots=True)
class Due:
    """One part of a case and when it goes. part: contact | fields | words; key: the field's key (ORIGINALS for typed texts)."""

    part: str
    at: datetime
    key: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One case of a report: what of it would go (or is held)."""

    code: str
    service_id: str
    closed_at: datetime
    parts: tuple[str, ...]
    held: bool


@dataclass(slots=True)
class Report:
    """What a run would do. lines: the cases, oldest first; cases, held: how many of each; parts: how many of each kind; more:
    there are others beyond the first BATCH.
    """

    lines: list[Line] = field(default_factory=list)
    cases: int = 0
    held: int = 0
    parts: Counter[str] = field(default_factory=Counter)
    more: bool = False


def plan(case: Case, service: Service, *, wants_out: bool = False) -> list[Due]:
    """When each personal part of a closed case goes. wants_out: its reporter asked to be forgotten once it is closed."""
    start = case.closed_at
    assert start is not None  # noqa: S101 - only closed cases are asked about
    contact = start if wants_out else start + timedelta(days=terms.CONTACT.retention_days)
    dues = [Due("contact", contact), Due("fields", contact, ORIGINALS)]
    dues += [
        Due("fields", start + timedelta(days=f.personal.retention_days), f.key) for f in service.fields if f.personal
    ]
    return [*dues, Due("words", start + timedelta(days=terms.WORDS.retention_days))]


def preview(session: TenantSession) -> Report:
    """What the next run would delete, without touching anything."""
    report, at = Report(), now()
    found = _waiting(session, at, held=False)
    report.more = len(found) > BATCH
    for case, held, wants_out in [*found[:BATCH], *_waiting(session, at, held=True)[:BATCH]]:
        parts = _ripe(session, case, at, wants_out=wants_out)
        if not parts or case.closed_at is None:
            continue
        report.lines.append(Line(case.code, case.service_id, case.closed_at, tuple(parts), held))
        report.held += held
        if not held:
            report.cases += 1
            report.parts.update(parts)
    return report


def run(session: TenantSession, *, by_member: UUID | None = None) -> RetentionRun:
    """Delete what is due, at most BATCH cases; written down as a run, and per case in its timeline."""
    at, parts, cases = now(), Counter[str](), 0
    held = sum(bool(_ripe(session, case, at, wants_out=out)) for case, _held, out in _waiting(session, at, held=True))
    found = _waiting(session, at, held=False)
    for stale, _held, wants_out in found[:BATCH]:
        gone = _clean(session, stale.id, at, wants_out=wants_out)
        cases += bool(gone)
        parts.update(gone)
    made = RetentionRun(at=at, cases=cases, held=held, parts=dict(parts), more=len(found) > BATCH, by_member=by_member)
    session.add(made)
    session.flush()
    if cases or by_member:
        data = {"cases": cases, "held": held, **{f"n_{k}": v for k, v in parts.items()}}
        audit.record(session, "privacy.retention_run", subject_kind="retention", subject_id=made.id, data=data)
    return made


def _ripe(session: TenantSession, case: Case, at: datetime, *, wants_out: bool) -> list[str]:
    """Parts of a closed case that are due and still there."""
    service = catalogue.rules(session, case)
    return _present(session, case, service, [d for d in plan(case, service, wants_out=wants_out) if d.at <= at])


def _clean(session: TenantSession, case_id: UUID, at: datetime, *, wants_out: bool) -> Counter[str]:
    case = lock(session, case_id)
    gone: Counter[str] = Counter()
    if case.closed_at is None:
        return gone
    service = catalogue.rules(session, case)
    dues = plan(case, service, wants_out=wants_out)
    for due in dues:
        if due.at <= at:
            gone.update(_go(session, case, service, due))
    case.forget_at = min((due.at for due in dues if due.at > at), default=NEVER)
    if gone := +gone:
        timeline.append(session, case, "redacted", SYSTEM, public=False, data={"retention": sorted(gone)})
    session.flush()
    return gone


def _go(session: TenantSession, case: Case, service: Service, due: Due) -> dict[str, int]:
    if due.part == "contact":
        return {"contact": int(forget.forget_contact(session, case))}
    if due.part == "fields":
        names = {due.key} if due.key else set(forget.sealed_answers(session, case)) - _personal_keys(service)
        return {"fields": forget.forget_fields(session, case, service, names)}
    words = forget.forget_words(session, case, service)
    return {"words": words, "files": forget.forget_files(session, case, reason=_REASON)}


def _present(session: TenantSession, case: Case, service: Service, ripe: list[Due]) -> list[str]:
    """Which of the ripe parts a case still has."""
    answers = forget.sealed_answers(session, case) if any(due.part == "fields" for due in ripe) else {}
    own = _personal_keys(service)
    found = []
    for due in ripe:
        if due.part == "contact":
            there = forget.has_contact(case)
        elif due.part == "fields":
            there = due.key in answers if due.key else bool(answers.keys() - own)
        else:
            there = forget.has_words(session, case, service)
        if there:
            found.append(due.part)
    return list(dict.fromkeys(found))


def _personal_keys(service: Service) -> set[str]:
    return {f.key for f in service.fields if f.personal}


def _waiting(session: TenantSession, at: datetime, *, held: bool) -> list[tuple[Case, bool, bool]]:
    """(case, held, does its reporter want out) of closed cases that may have something due, longest closed first; one more
    than a batch, to tell that there are others.
    """
    query: Any = (
        select(Case, _marked("forget").label("out"))
        .where(Case.closed_at.is_not(None), or_(Case.forget_at.is_(None), Case.forget_at <= at))
        .where(_marked("hold") if held else ~_marked("hold"))
        .order_by(Case.closed_at, Case.id)
    )
    return [(row[0], held, row[1]) for row in session.execute(query.limit(BATCH + 1))]


def _marked(kind: str) -> ColumnElement[bool]:
    mine = and_(CaseMark.tenant_id == Case.tenant_id, CaseMark.case_id == Case.id)
    return exists().where(mine, CaseMark.kind == kind, CaseMark.ended_at.is_(None))


@periodic("20 19 * * *")
@task("cases.forget_old")
def forget_old(session: TenantSession, _tenant: Tenant) -> None:
    """Every night (02.20 WIB): delete what has been kept long enough."""
    run(session)
