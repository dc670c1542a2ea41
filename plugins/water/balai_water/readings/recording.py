"""Stands arrive: from a reader's phone, a household, a file. Each one counts once, in whatever order they come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b
from uuid import UUID

from balai.api import Conflict, FieldError, Invalid, TenantSession, gettext, lazy_gettext, now
from balai_water.readings import queries
from balai_water.readings.book import Book, Entry
from balai_water.readings.queries import Row
from balai_water.readings.walking import Meter, meter_on

# A phone's clock may be wrong by so much.
_AHEAD = timedelta(hours=26)
_FEW = 500
MOST_REASON = 500


class NoPeriod(Conflict):
    """409: nobody has opened that month."""

    slug, title = "bulan-belum-dibuka", lazy_gettext("Bulan ini belum dibuka untuk pembacaan")


@dataclass(slots=True)
class Outcome:
    """How many entries were new, replaced another, lost to a better one (second), had come before (known), came after closing
    (late); rows: what counts now in each entry's month, closed ones left out; held: how many of them a person must look at.
    """

    new: int = 0
    replaced: int = 0
    second: int = 0
    known: int = 0
    late: int = 0
    held: int = 0
    rows: list[Row] = field(default_factory=list)


def sheet_id(connection_id: UUID, month: date, stand: int, day: date) -> UUID:
    """The id of a line in a file: the same line is the same reading, in whichever file it comes again."""
    named = f"{connection_id.int} {month.toordinal()} {stand} {day.toordinal()}"
    return UUID(bytes=blake2b(named.encode(), digest_size=16, person=b"water.sheet").digest(), version=5)


def record(
    session: TenantSession, entries: Iterable[Entry], *, meters: Mapping[UUID, list[Meter]] | None = None
) -> Outcome:
    """Let readings in and reckon their connections anew from the first month that changed, closed months excepted.

    What came before (same client_id) changes nothing. What comes for a closed month is kept in the changes. Raises NoPeriod,
    Invalid (a stand that the meter can't show, a day that hasn't come). meters: when the caller has
    just read them and judged the stands by them.
    """
    given = list({entry.client_id: entry for entry in entries}.values())
    outcome = Outcome()
    ids = list(dict.fromkeys(entry.connection_id for entry in given))
    periods = queries.lock_periods(session, alone=len(ids) != 1)
    if len(ids) == 1:
        queries.lock_connection(session, ids[0])
    _check_months(given, periods)
    came = queries.known(session, (e.client_id for e in given)) if len(given) <= _FEW else {}
    open_months = [entry.month for entry in given if periods[entry.month] != "closed"]
    if not given:
        return outcome
    book = Book.of(session, periods, ids, min(open_months, default=max(periods)), meters)
    if len(given) > _FEW:
        # Whoever has come before stands there, or lost to somebody who does.
        met = [e.client_id for e in given if e.month in book.rows.get(e.connection_id, {})]
        came = queries.known(session, met) if met else {}
    if meters is None:
        _check_stands(book, given)
    for entry in given:
        _take(book, outcome, entry, is_late=periods[entry.month] == "closed", came=entry.client_id in came)
    book.settle()
    outcome.held = sum(row.state == "check" for row in outcome.rows)
    return outcome


def _take(book: Book, outcome: Outcome, entry: Entry, *, is_late: bool, came: bool) -> None:
    if came:
        outcome.known += 1
    elif is_late:
        book.keep_late(entry)
        outcome.late += 1
    else:
        what = book.take(entry)
        setattr(outcome, what, getattr(outcome, what) + 1)
    row = book.rows.get(entry.connection_id, {}).get(entry.month)
    if row is not None:
        outcome.rows.append(row)


def _check_months(given: Sequence[Entry], periods: dict[date, str]) -> None:
    for month in {entry.month for entry in given}:
        if month not in periods:
            raise NoPeriod(gettext("%(month)s belum dibuka untuk pembacaan.", month=f"{month:%m-%Y}"))


def _check_stands(book: Book, given: Sequence[Entry]) -> None:
    latest = now() + _AHEAD
    for entry in given:
        fault = stand_fault(book, entry.connection_id, entry.stand, entry.read_at.astimezone(book.zone).date())
        if entry.read_at > latest:
            fault = FieldError("read_at", gettext("Tanggal baca ini belum tiba."))
        if fault:
            raise Invalid([fault])


def reason_of(text: str) -> str:
    """Why somebody decides something; Invalid when it isn't said."""
    words = " ".join(text.split())
    if not words or len(words) > MOST_REASON:
        raise Invalid.field("reason", gettext("Tulis alasannya, paling banyak %(most)s huruf.", most=MOST_REASON))
    return words


def stand_fault(book: Book, connection_id: UUID, stand: int | None, day: date) -> FieldError | None:
    """Why the meter that hung there on a day can't show a stand, None when it can."""
    if stand is None:
        return None
    meter = meter_on(book.meters(connection_id), day)
    digits = meter.digits if meter else 9
    if 0 <= stand < 10**digits:
        return None
    return FieldError("stand", gettext("Meter ini hanya punya %(digits)s angka.", digits=digits))
