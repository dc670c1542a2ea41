"""The inbox's statements, put together from parts that each walk one index, newest first, and stop after a page.

As one condition with OR the planner guesses from figures of all regions together and may read and sort everything that this one
has. Ids are UUIDv7: their order is that of filing. Who may find what is `access.listed` as SQL; tests hold the two together.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from balai.cases.officer.filters import STATES, Filters
from balai.cases.people import Person

COLUMNS = (
    "id, code, service_id, service_version, state, waits_for, outcome, seq, unit_id, assignee_id, region, landmark, channel,"
    " assisted, is_test, anonymity, visibility, summary, filed_at, changed_at, due_at, overdue_at, published_at, closed_at,"
    " rating, reopened, latitude, longitude, coarse_latitude, coarse_longitude"
)
# As in the index on words: whatever would glue two words together is a space.
WORDS = r"translate(summary || ' ' || landmark, './:-@_', '      ')"
# So many of the newest are read word by word before the index on words is asked: of a common word these hold a page already, and
# of a rare one the index finds few.
RECENT = 2000
_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{2,5}(-[0-9A-HJKMNP-TV-Z]{0,5}){0,3}")


@dataclass(slots=True)
class Asked:
    """One question to the inbox: conditions that every row meets, and the values of all statements."""

    person: Person
    filters: Filters
    codes: Sequence[str] = ()
    wanted: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


def asked(
    tenant_id: int, person: Person, filters: Filters, codes: Sequence[str], before: UUID | None, limit: int
) -> Asked:
    """codes: districts and villages of the region filter."""
    ask = Asked(person, filters, codes, ["tenant_id = %(tenant)s"], {"tenant": tenant_id, "limit": limit})
    ask.wanted += ["is_test" if filters.is_test else "NOT is_test", "held_at IS NULL"]
    if filters.state in STATES:
        ask.wanted.append(STATES[filters.state])
    for name, value in (
        ("service_id", filters.service_id),
        ("assignee_id", filters.assignee_id),
        ("unit_id", filters.unit_id),
    ):
        if value:
            ask.values[name] = value
            ask.wanted.append(f"{name} = %({name})s")
    if before is not None:
        ask.values["before"] = before
        ask.wanted.append("id < %(before)s")
    units = person.units | person.heads
    ask.values |= {"member": person.member_id, "units": list(units), "codes": list(codes)}
    return ask


def _queue(ask: Asked) -> str:
    """The queue as a condition; the queue of somebody without a unit shows everything."""
    if ask.filters.queue == "mine":
        return "assignee_id = %(member)s"
    return "unit_id = ANY(%(units)s::uuid[])" if ask.filters.queue == "unit" and ask.values["units"] else "true"


def seen(person: Person) -> str:
    """What this person may find, as a condition; secret cases are in no list."""
    if not person.may("cases.work") or person.kind == "citizen":
        return "false"
    if person.is_admin or person.kind == "system":
        return "visibility IN ('public', 'private')"
    mine = "unit_id = ANY(%(units)s::uuid[]) OR assignee_id = %(member)s"
    return f"(visibility = 'public' OR visibility = 'private' AND ({mine}))"


def _walk(ask: Asked, *conditions: str) -> str:
    told = " AND ".join((*ask.wanted, *conditions))
    return f"SELECT {COLUMNS} FROM cases WHERE {told} ORDER BY id DESC LIMIT %(limit)s"


def _each(ask: Asked, values: str, column: str, *conditions: str) -> str:
    """A walk for each of several units or villages."""
    walk = _walk(ask, f"{column} = each_of.one", *conditions)
    return f"SELECT found.* FROM unnest({values}) AS each_of (one) CROSS JOIN LATERAL ({walk}) found"


def parts(ask: Asked) -> list[str]:
    """Statements whose rows together hold the page."""
    everybody, queue = seen(ask.person), _queue(ask)
    if everybody == "false":
        return [_walk(ask, "false")]
    if ask.filters.queue == "mine":
        return [_walk(ask, queue, everybody)]
    if ask.codes:
        return [_each(ask, "%(codes)s::text[]", "region", queue, everybody)]
    if queue != "true":
        return [_each(ask, "%(units)s::uuid[]", "unit_id", "visibility IN ('public', 'private')")]
    if ask.filters.unit_id or ask.person.is_admin or ask.person.kind == "system":
        return [_walk(ask, everybody)]
    return [
        _walk(ask, "visibility = 'public'"),
        _each(ask, "%(units)s::uuid[]", "unit_id", "visibility = 'private'"),
        _walk(ask, "assignee_id = %(member)s AND visibility = 'private' AND NOT unit_id = ANY(%(units)s::uuid[])"),
    ]


def listing(ask: Asked) -> str:
    """A page without words."""
    return _newest(parts(ask))


def _newest(found: Sequence[str]) -> str:
    if len(found) == 1:
        # Already in order when it is a plain walk; a handful of sorted rows otherwise.
        return f"SELECT * FROM ({found[0]}) listed ORDER BY id DESC LIMIT %(limit)s"
    union = " UNION ALL ".join(f"({part})" for part in found)
    return f"SELECT * FROM ({union}) listed ORDER BY id DESC LIMIT %(limit)s"


def among_recent(ask: Asked, words: Sequence[str], extra: Sequence[str]) -> str:
    """A page of cases with these words among the newest; extra: further statements (codes, places)."""
    # One walk is enough here even for many conditions: it stops after so many rows anyway.
    one = ask.filters.queue == "all" and not ask.codes
    found = [_walk(ask, seen(ask.person))] if one else parts(ask)
    union = " UNION ALL ".join(f"({part})" for part in found).replace("%(limit)s", str(RECENT))
    matches = []
    for number, word in enumerate(words):
        # As in the index: words are whole, but for the last one, which may still be in the middle of being typed.
        end = r"\M" if number < len(words) - 1 else ""
        ask.values |= {f"word{number}": word, f"start{number}": rf"\m{re.escape(word)}{end}"}
        # The plain look is many times cheaper and leaves few rows to the exact one.
        matches.append(f"strpos(lower(summary || landmark), %(word{number})s) > 0 AND {WORDS} ~* %(start{number})s")
    return _apart([f"SELECT * FROM ({union}) recent WHERE {' AND '.join(matches) or 'false'}", *extra])


def by_words(ask: Asked, words: Sequence[str], extra: Sequence[str], most: int) -> str:
    """The same through the index on words, for what is older or rare."""
    ask.values |= {
        "query": " & ".join(words) + ":*",
        "hits_before": ask.values.get("from", ask.values.get("before")),
        "most": most,
    }
    found = " AND ".join(("id = hit.id", *ask.wanted, _queue(ask), seen(ask.person), _places(ask)))
    # A loop over the hits, which come newest first, that ends with the page; as a join the planner might read every case.
    each = f"SELECT {COLUMNS} FROM cases WHERE {found} LIMIT 1"
    hits = "inbox_hits(%(query)s, %(hits_before)s, %(most)s) AS hit (id)"
    return _apart([f"SELECT one.* FROM {hits} CROSS JOIN LATERAL ({each}) one LIMIT %(limit)s", *extra])


def _apart(found: Sequence[str]) -> str:
    union = " UNION ALL ".join(f"({part})" for part in found)
    return f"SELECT DISTINCT ON (id) * FROM ({union}) listed ORDER BY id DESC LIMIT %(limit)s"


def _places(ask: Asked) -> str:
    return "region = ANY(%(codes)s::text[])" if ask.codes else "true"


def by_code(ask: Asked, text: str, digits: str) -> list[str]:
    """Cases whose code begins like this, with or without the region's digits; none when it can't be a code."""
    plain = text.strip().upper()
    if not _CODE.fullmatch(plain):
        return []
    found = []
    for number, start in enumerate(dict.fromkeys((plain, f"{digits}-{plain}"))):
        ask.values |= {f"code{number}": start, f"code{number}_to": start + "~"}
        range_ = f'code COLLATE "C" >= %(code{number})s AND code COLLATE "C" < %(code{number}_to)s'
        found.append(_walk(ask, range_, _queue(ask), seen(ask.person), _places(ask)))
    return found


def by_place(ask: Asked, named: Sequence[str]) -> list[str]:
    """Cases in places with that name."""
    if not named:
        return []
    ask.values["named"] = list(named)
    return [_each(ask, "%(named)s::text[]", "region", _queue(ask), seen(ask.person), _places(ask))]
