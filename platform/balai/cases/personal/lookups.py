"""Blind indexes over what identifies a person in a case, so that a person's data can be found again without a search in it.

purpose tells where it stands: `phone`, `email` = the reporter's (a lost code goes there); `field:<type>` = an answer of that
type; `text:<type>` = typed into free text; `field:<key>` = another short personal answer. The value under the index is always
that of its type, so that one look finds a phone number wherever it stands.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete

from balai import keys
from balai.cases.models import CaseLookup
from balai.contracts import Service
from balai.db import TenantSession, insert
from balai.keys import Trace

TYPED: Final = frozenset({"nik", "phone", "email"})
_SHORT: Final = 140


def of_reporter(session: TenantSession, *, phone: str = "", email: str = "") -> set[tuple[str, str]]:
    """(purpose, index) of a reporter's contact."""
    given = {"phone": phone, "email": email}
    return {(kind, keys.blind_index(session, kind, value)) for kind, value in given.items() if value}


def of_answers(session: TenantSession, service: Service, answers: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(purpose, index) of personal answers; long ones and those that aren't text have none."""
    kinds = {f.key: f.type for f in service.fields if f.personal}
    found = set()
    for key, value in answers.items():
        kind = kinds.get(key)
        if kind is None or not isinstance(value, str) or len(value) > _SHORT:
            continue
        purpose, label = (f"field:{kind}", kind) if kind in TYPED else (f"field:{key}", f"field:{key}")
        found.add((purpose, keys.blind_index(session, label, value)))
    return found


def of_traces(session: TenantSession, traces: Iterable[Trace]) -> set[tuple[str, str]]:
    """(purpose, index) of numbers in free text."""
    found = set()
    for trace in traces:
        try:
            found.add((f"text:{trace.kind}", keys.blind_index(session, trace.kind, trace.value)))
        except ValueError:  # shaped like a number, but it can't be one
            continue
    return found


def add(session: TenantSession, case_id: UUID, pairs: Iterable[tuple[str, str]]) -> None:
    """Write them down."""
    rows = [CaseLookup(case_id=case_id, purpose=purpose, value_index=index) for purpose, index in pairs]
    if rows:
        insert(session, *rows)


def drop(session: TenantSession, case_id: UUID, pairs: Iterable[tuple[str, str]]) -> None:
    """Take those out."""
    for purpose, index in pairs:
        session.execute(
            delete(CaseLookup).where(
                CaseLookup.case_id == case_id, CaseLookup.purpose == purpose, CaseLookup.value_index == index
            )
        )


def drop_reporter(session: TenantSession, case_id: UUID) -> None:
    """Take out the reporter's."""
    session.execute(delete(CaseLookup).where(CaseLookup.case_id == case_id, CaseLookup.purpose.in_(("phone", "email"))))


def drop_all(session: TenantSession, case_id: UUID) -> None:
    """Take out all of a case."""
    session.execute(delete(CaseLookup).where(CaseLookup.case_id == case_id))
