"""May this go to the inbox, must somebody look first, or is its sender blocked? Asked once for every filing, whatever its way.

Web, API and Open311 file through `filing.file_case`, which asks here: no way in has a gate of its own to forget. Staff who file
for somebody, services' own accounts and test cases pass.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from flask import has_request_context, request

from balai import auth, keys
from balai.cases.drafts import Draft
from balai.cases.gate import likeness, queries
from balai.clock import now
from balai.contracts import Service
from balai.db import TenantSession
from balai.errors import Conflict, TooMany
from balai.web import limits
from balai.web.csrf import COOKIE
from balai.web.i18n import gettext as _

GATED: Final = frozenset({"web", "api", "open311"})
LATELY: Final = timedelta(minutes=10)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
# A phone: one that files a sixth time within ten minutes is looked at, a sixty-first within an hour has to wait.
DEVICE_LATELY: Final = 5
DEVICE_HOUR: Final = 60
# A carrier's address stands for many phones.
ADDRESS_LATELY: Final = 20
COPIES: Final = 5
# So many in ten minutes are more than a small office has on a bad day; from then on each address gets one into the inbox.
SURGE: Final = 30
_SURGE_FACTOR: Final = 4
_usual: dict[tuple[Any, int, int], int] = {}
_MOST_USUAL: Final = 4096


@dataclass(frozen=True, slots=True)
class Verdict:
    """hold: why somebody must look first (trap | flood | copy), None = straight to the inbox. The rest is what is noted."""

    hold: str | None
    at: datetime
    device: str | None = None
    address: str | None = None
    words: str | None = None
    sketch: bytes | None = None


class Blocked(Conflict):
    """409: the region takes nothing from this sender for now. Says so politely; the page adds the phone number."""

    slug, title = "pengirim-dibatasi", "Kiriman dari sini sedang dibatasi"


def judge(session: TenantSession, service: Service, draft: Draft, *, channel: str, phone: str = "") -> Verdict | None:
    """The verdict on a filing; None where the gate doesn't ask. phone: to call instead.

    Raises Blocked, or TooMany for a phone beyond its hourly limit.
    """
    if channel not in GATED or service.audience == "staff" or not has_request_context():
        return None
    principal = auth.current()
    if principal is not None and principal.is_service:
        return None
    made = _origin(session, draft, principal)
    seen = _look(session, made, draft)
    if seen.blocked is not None:
        raise Blocked(
            _("Kiriman dari sini sedang tidak kami terima lewat halaman ini. Silakan hubungi kami lewat telepon."),
            call=phone,
        )
    if seen.device_hour >= DEVICE_HOUR and principal is None:
        raise TooMany(600, _("HP ini sudah mengirim banyak sekali. Coba lagi nanti, atau hubungi kami lewat telepon."))
    return replace(made, hold=_why(session, made, seen))


def _origin(session: TenantSession, draft: Draft, principal: auth.Principal | None) -> Verdict:
    device = ("sub", principal.sub) if principal is not None else ("device", request.cookies.get(COOKIE, ""))
    text = likeness.text_of(draft.checked.plain)
    same = likeness.sameness(text)
    return Verdict(
        None,
        draft.at,
        keys.blind_index(session, f"origin-{device[0]}", device[1]) if device[1] else None,
        keys.blind_index(session, "origin-address", limits.address()),
        keys.blind_index(session, "origin-words", same) if same else None,
        likeness.sketch_of(text),
    )


def _look(session: TenantSession, made: Verdict, draft: Draft) -> queries.Sight:
    reporter = draft.reporter
    given = {"phone": reporter.phone, "email": reporter.email}
    indexes = [keys.blind_index(session, kind, value) for kind, value in given.items() if value]
    indexes += [index for index in (made.device, made.address) if index]
    return queries.sight(
        session,
        {
            "indexes": indexes, "device": made.device, "address": made.address, "words": made.words, "at": now(),
            "since": made.at - LATELY, "hour": made.at - _HOUR, "surge": 1000,
        },
    )  # fmt: skip


def _why(session: TenantSession, made: Verdict, seen: queries.Sight) -> str | None:
    """What speaks for a look first. A trap that a browser's own form filler has filled doesn't cost anybody their text."""
    if request.form.get("situs"):
        return "trap"
    if seen.device >= DEVICE_LATELY or seen.address >= ADDRESS_LATELY:
        return "flood"
    if seen.own_copies or seen.copies >= COPIES or _resembles(made, seen):
        return "copy"
    surge = seen.address and seen.lately >= SURGE and seen.lately >= _most(session)
    return "flood" if surge else None


def _resembles(made: Verdict, seen: queries.Sight) -> bool:
    """One text like it from the same device, or several from anybody."""
    if made.sketch is None:
        return False
    own = likeness.alike(made.sketch, seen.own_sketches or b"")
    return own > 0 or likeness.alike(made.sketch, seen.sketches or b"") >= COPIES


def _most(session: TenantSession) -> int:
    """Filings in ten minutes that are many for this region: four times what the last day had, SURGE at least."""
    key = (session.database, session.tenant_id, int(now().timestamp()) // 600)
    if key not in _usual:
        if len(_usual) >= _MOST_USUAL:
            _usual.clear()
        tenths = _DAY // LATELY
        _usual[key] = max(SURGE, _SURGE_FACTOR * queries.unheld_since(session, now() - _DAY) // tenths)
    return _usual[key]


def note(session: TenantSession, case_id: UUID, verdict: Verdict) -> None:
    """Remember for a week where the case came from, as keyed hashes."""
    queries.keep(
        session,
        {
            "case": case_id, "device": verdict.device, "address": verdict.address, "words": verdict.words,
            "sketch": verdict.sketch, "held": verdict.hold is not None, "at": verdict.at,
        },
    )  # fmt: skip
