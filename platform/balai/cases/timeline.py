"""The append-only timeline: every step of a case lands here, numbered without a gap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from balai import keys
from balai.auth import move_my_case
from balai.cases.models import Case, CaseEvent, CaseFile, CaseText
from balai.cases.people import Person
from balai.clock import now
from balai.db import TenantSession, fresh, new_id

# Words of a step that may stand on the page that everybody with the code sees, if the case itself is public.
PUBLIC_WORDS = frozenset({"answer", "reason", "receiver"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the timeline as a reader may see it; words: what was written, by demand ("answer", "note", ...)."""

    event: CaseEvent
    words: Mapping[str, str]
    redacted: bool
    files: tuple[CaseFile, ...] = ()


def first(case: Case, person: Person, *, data: Mapping[str, Any]) -> CaseEvent:
    """The row that begins the timeline of a case which isn't written yet; the caller writes both, the case first."""
    case.seq = 1
    return fresh(
        CaseEvent,
        id=new_id(),
        case_id=case.id,
        seq=1,
        kind="filed",
        at=case.filed_at,
        actor_kind=person.kind,
        actor=person.member_id,
        unit=case.unit_id,
        to_state=case.state,
        public=True,
        data=dict(data),
    )


def append(
    session: TenantSession,
    case: Case,
    kind: str,
    person: Person,
    *,
    public: bool = True,
    at: datetime | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
    data: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None,
) -> CaseEvent:
    """Write the next row; the caller holds the case's lock (or has just made it). words are sealed beside it."""
    case.seq += 1
    case.changed_at = at or now()
    event = CaseEvent(
        id=new_id(),
        case_id=case.id,
        seq=case.seq,
        kind=kind,
        at=case.changed_at,
        actor_kind=person.kind,
        actor=person.member_id,
        unit=case.unit_id,
        from_state=from_state,
        to_state=to_state,
        public=public,
        data=dict(data or {}),
    )
    session.add(event)
    if to_state is not None and case.reporter_index is not None:
        move_my_case(session, case.code, to_state)
    if words:
        session.flush()
        text = CaseText(id=event.id, case_id=case.id)
        keys.seal(session, text, "body", msgspec.json.encode(dict(words)).decode())
        session.add(text)
    return event


def read(session: TenantSession, case: Case, *, whole: bool) -> list[Entry]:
    """The timeline in order. whole: for staff and the reporter; otherwise public rows with public words only."""
    events = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.seq)).all()
    shown = [e for e in events if whole or e.public]
    texts = {t.id: t for t in session.scalars(select(CaseText).where(CaseText.case_id == case.id))}
    files = _files(session, case) if whole else {}
    return [_entry(session, e, texts.get(e.id), files.get(e.id, ()), whole, case.visibility == "public") for e in shown]


def for_reporter(entries: Sequence[Entry]) -> list[Entry]:
    """What the reporter sees of a whole timeline: all but internal rows."""
    return [entry for entry in entries if entry.event.public or entry.event.actor_kind == "citizen"]


def since(session: TenantSession, case: Case, seq: int) -> list[CaseEvent]:
    """Rows that were added after the one numbered `seq`."""
    query = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.seq > seq).order_by(CaseEvent.seq)
    return list(session.scalars(query))


def _files(session: TenantSession, case: Case) -> dict[UUID, tuple[CaseFile, ...]]:
    found: dict[UUID, tuple[CaseFile, ...]] = {}
    for file in session.scalars(select(CaseFile).where(CaseFile.case_id == case.id).order_by(CaseFile.id)):
        if file.event_id is not None:
            found[file.event_id] = (*found.get(file.event_id, ()), file)
    return found


def _entry(
    session: TenantSession,
    event: CaseEvent,
    text: CaseText | None,
    files: Sequence[CaseFile],
    whole: bool,
    public: bool,
) -> Entry:
    words: dict[str, str] = {}
    if text is not None and text.body is not None and (whole or public):
        body = keys.reveal(session, text, "body")
        written: dict[str, str] = msgspec.json.decode(body) if body else {}
        words = {key: word for key, word in written.items() if whole or key in PUBLIC_WORDS}
    return Entry(event, words, text is not None and text.redacted_at is not None, tuple(files))
