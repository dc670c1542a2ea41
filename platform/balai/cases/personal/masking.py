"""What a member of staff sees of the person behind a case without saying why, and all of it for a stated reason.

| who | name | phone, e-mail, NIK, typed numbers | other personal answers |
|---|---|---|---|
| reads, doesn't handle the case | initials | masked | hidden |
| handles it | whole | masked | hidden |
| handles it and may reveal | whole | masked, whole for a reason | whole |

Of a secret case its named readers see the words (that is why they were named), of an anonymous one nobody gets a contact, of a
restricted one nobody sees more than masks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from balai import audit, keys
from balai.cases import access, catalogue
from balai.cases.models import Case
from balai.cases.people import Person
from balai.cases.personal import forget, marks
from balai.cases.personal.shield import is_shielded
from balai.cases.timeline import Entry
from balai.db import TenantSession
from balai.errors import Forbidden, NotFound
from balai.web.i18n import gettext as _

_WRITTEN = frozenset({"text", "longtext"})


@dataclass(frozen=True, slots=True)
class Personal:
    """What a page shows. contact: by part; answers: by key, to be laid over the case's data; hidden: something is masked."""

    contact: Mapping[str, str]
    answers: Mapping[str, Any]
    hidden: bool


def seen_by(session: TenantSession, person: Person, case: Case) -> Personal:
    """A case's personal side as this member sees it without a reason."""
    answers = forget.sealed_answers(session, case)
    restricted = "restricted" in marks.marks_of(session, case.id)
    contact = _contact(session, case)
    handles = access.handles(person, case) and not restricted
    shown = {k: v if k == "name" and handles else keys.mask(k, v) for k, v in contact.items()}
    if case.visibility == "secret" and not restricted:
        return Personal(shown, answers, hidden=shown != contact)
    kinds = {f.key: f.type for f in catalogue.rules(session, case).fields}
    # A masked twin stands in the case's data already.
    own = {k: v for k, v in answers.items() if not is_shielded(k, case.data, case.landmark)}
    may_read = handles and person.may("cases.reveal")
    masked = {
        k: v if may_read and kinds.get(k) in _WRITTEN else keys.mask(kinds.get(k, ""), str(v)) for k, v in own.items()
    }
    return Personal(shown, masked, hidden=shown != contact or masked != answers)


def veil(case: Case, entries: Sequence[Entry]) -> list[Entry]:
    """A timeline for staff, people's numbers in what was written masked; of a secret case its readers see the words."""
    if case.visibility == "secret":
        return list(entries)
    return [replace(e, words={key: keys.mask_traces(text) for key, text in e.words.items()}) for e in entries]


def reveal(session: TenantSession, case: Case, *, person: Person, reason: str) -> Personal:
    """All of it, for a stated reason that is audited. Forbidden without cases.reveal, Conflict while its use is restricted."""
    if not access.may_read(session, person, case):
        raise NotFound
    if not person.may("cases.reveal"):
        raise Forbidden(_("Anda tidak punya hak melihat data pelapor."))
    why = marks.written_reason(reason)
    marks.require_unrestricted(session, case.id)
    contact, answers = _contact(session, case), forget.sealed_answers(session, case)
    data = {"code": case.code, "reason": why, "shown": sorted([*contact, *answers])}
    audit.record(session, "case.revealed", subject_kind="case", subject_id=case.id, data=data)
    return Personal(contact, answers, hidden=False)


def _contact(session: TenantSession, case: Case) -> dict[str, str]:
    if case.anonymity == "anonymous":
        return {}
    found = {name: keys.reveal(session, case, f"contact_{name}") for name in ("name", "phone", "email")}
    return {name: value for name, value in found.items() if value}
