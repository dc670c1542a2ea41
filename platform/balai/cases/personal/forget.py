"""Take a person out of a case, part by part: who filed it, single answers, all words and files. There is no way back.

The case itself stays: its code, service, place (coarse), times and outcome are facts about the office, not about a person.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import select, update

from balai import files, keys
from balai.auth import drop_my_case
from balai.cases.models import Case, CaseFile, CaseFollower, CaseText
from balai.cases.personal import lookups
from balai.cases.personal.shield import LANDMARK
from balai.cases.shown import queries as shown
from balai.clock import now
from balai.contracts import Service
from balai.db import TenantSession
from balai.keys import HIDDEN, find_traces
from balai.notify.models import Message

PARTS: Final = ("contact", "fields", "words", "files")


def sealed_answers(session: TenantSession, case: Case) -> dict[str, Any]:
    """The sealed part of a case's answers; the caller has asked whether it may be read."""
    text = keys.reveal(session, case, "personal")
    found: dict[str, Any] = msgspec.json.decode(text) if text else {}
    return found


def keep_answers(session: TenantSession, case: Case, answers: Mapping[str, Any]) -> None:
    """Seal the answers anew; none left clears the column."""
    text = msgspec.json.encode(dict(answers)).decode() if answers else None
    keys.seal(session, case, "personal", text)


def has_contact(case: Case) -> bool:
    """Whether the case still knows who filed it."""
    return any((case.contact_name, case.contact_phone, case.contact_email, case.reporter_index, case.link_hash))


def forget_contact(session: TenantSession, case: Case) -> bool:
    """Who filed it: name, phone, e-mail, account, link, messages' addresses. Whether there was anything."""
    if not has_contact(case):
        return False
    case.contact_name = case.contact_phone = case.contact_email = None
    case.reporter_index = case.link_hash = None
    lookups.drop_reporter(session, case.id)
    drop_my_case(session, case.code)
    session.execute(
        update(CaseFollower).where(CaseFollower.case_id == case.id).values(contact=None, words=None, wants_news=False)
    )
    _empty_messages(session, case, Message.member_id.is_(None))
    session.flush()
    return True


def forget_fields(session: TenantSession, case: Case, service: Service, names: Collection[str]) -> int:
    """Sealed answers by key, originals of masked texts among them; how many there were."""
    answers = sealed_answers(session, case)
    gone = {key: value for key, value in answers.items() if key in names}
    if not gone:
        return 0
    keep_answers(session, case, {key: value for key, value in answers.items() if key not in gone})
    pairs = lookups.of_answers(session, service, gone)
    traces = [t for value in gone.values() if isinstance(value, str) for t in find_traces(value)]
    lookups.drop(session, case.id, pairs | lookups.of_traces(session, traces))
    session.flush()
    return len(gone)


def has_words(session: TenantSession, case: Case, service: Service) -> bool:
    """Whether anything written, said or placed exactly is left."""
    written = {f.key for f in service.fields if f.type in {"text", "longtext"}}
    said = select(CaseText.id).where(CaseText.case_id == case.id, CaseText.body.is_not(None)).limit(1)
    return (
        case.personal is not None
        or case.latitude is not None
        or case.landmark not in {"", HIDDEN}
        or any(case.data.get(key, HIDDEN) != HIDDEN for key in written)
        or session.scalars(said).first() is not None
    )


def forget_words(session: TenantSession, case: Case, service: Service) -> int:
    """Every written word: answers in free text, place in words, exact position, talk, staff's messages. How many texts."""
    written = {f.key for f in service.fields if f.type in {"text", "longtext"}}
    data = {key: HIDDEN if key in written else value for key, value in case.data.items()}
    texts = session.scalars(select(CaseText).where(CaseText.case_id == case.id, CaseText.body.is_not(None))).all()
    changed: int = sum(data[key] != value for key, value in case.data.items()) + len(texts)
    if case.landmark not in {"", HIDDEN}:
        case.landmark, changed = HIDDEN, changed + 1
    if case.latitude is not None:
        case.latitude = case.longitude = None
        changed += 1
    if not changed and case.personal is None:
        return 0
    case.data, case.summary, case.published_at = data, service.title, None
    shown.drop_words(session, case.id)
    for text in texts:
        keys.seal(session, text, "body", None)
        text.redacted_at = now()
    written |= {LANDMARK}
    changed += forget_fields(session, case, service, written | set(sealed_answers(session, case)))
    lookups.drop_all(session, case.id)
    _empty_messages(session, case)
    session.flush()
    return changed


def forget_files(session: TenantSession, case: Case, *, reason: str) -> int:
    """Content and name of every file of a case; how many still had any."""
    gone = 0
    for row in session.scalars(select(CaseFile).where(CaseFile.case_id == case.id)):
        file = files.find(session, row.file_id)
        if file.is_readable:
            files.redact(session, file, reason=reason)
            gone += 1
    return gone


def _empty_messages(session: TenantSession, case: Case, *only: Any) -> None:
    query = select(Message).where(Message.about_kind == "case", Message.about_id == case.id, *only)
    for message in session.scalars(query):
        for name in ("subject", "body"):
            keys.seal(session, message, name, HIDDEN)
        message.recipient = message.address_index = message.line = None
        if message.state in {"queued", "kept"}:
            message.state = "dropped"
