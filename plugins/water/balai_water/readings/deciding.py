"""What a person decides about a reading that is odd: agree, correct, have it read again, estimate; and about closed months."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select

from balai.api import Conflict, FieldError, Invalid, NotFound, TenantSession, gettext, new_id, now, record_audit
from balai_water.readings import queries
from balai_water.readings.book import Book, facts
from balai_water.readings.judging import Flag, estimate
from balai_water.readings.models import Correction, Period, Reading
from balai_water.readings.queries import Row
from balai_water.readings.recording import reason_of, stand_fault

MOST_USE: Final = 1_000_000
# A backward stand has no use that anybody could agree to.
NEVER_AGREED: Final = frozenset({Flag.BACKWARDS})


def find_reading(session: TenantSession, reading_id: UUID) -> Reading:
    """A reading; NotFound."""
    found = session.scalars(select(Reading).where(Reading.id == reading_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def accept(session: TenantSession, reading_id: UUID, *, reason: str, member_id: UUID | None) -> Reading:
    """Agree to a reading as it stands, whatever its flags say. Raises NotFound, Conflict, Invalid."""

    def agree(row: Row, _book: Book) -> None:
        if row.stand is None or NEVER_AGREED & set(row.flags):
            raise Conflict(gettext("Angka yang mundur tidak bisa diterima. Perbaiki, taksir, atau minta dibaca ulang."))
        row.accepted_use, row.state = row.use, "accepted"

    return _decide(session, reading_id, "accepted", agree, reason=reason, member_id=member_id)


def correct(session: TenantSession, reading_id: UUID, stand: int, *, reason: str, member_id: UUID | None) -> Reading:
    """Put the right stand in its place; it counts even when it is unusual. Raises NotFound, Conflict, Invalid."""

    def put(row: Row, book: Book) -> None:
        fault = stand_fault(book, row.connection_id, stand, row.read_at.astimezone(book.zone).date())
        if fault:
            raise Invalid([fault])
        row.stand, row.kind, row.state, row.differs, row.accepted_use = stand, "corrected", "accepted", False, None
        row.client_id, row.received_at, row.member_id = uuid4(), now(), member_id
        found = book.look(row)
        if NEVER_AGREED & set(found.flags):
            raise Invalid.field("stand", gettext("Angka ini lebih kecil daripada angka sebelumnya."))
        row.accepted_use = found.use

    return _decide(session, reading_id, "corrected", put, reason=reason, member_id=member_id)


def send_back(session: TenantSession, reading_id: UUID, *, reason: str, member_id: UUID | None) -> Reading:
    """Have it read again: it stands on the reader's round once more. Raises NotFound, Conflict, Invalid."""

    def refuse(row: Row, _book: Book) -> None:
        row.state, row.accepted_use, row.differs = "refused", None, False

    return _decide(session, reading_id, "reread", refuse, reason=reason, member_id=member_id)


def put_estimate(
    session: TenantSession, reading_id: UUID, *, reason: str, member_id: UUID | None, use: int | None = None
) -> Reading:
    """An estimate in its place: `use` m3, else the mean of the last three months. Raises NotFound, Conflict, Invalid."""

    def guess(row: Row, book: Book) -> None:
        if use is not None and not 0 <= use <= MOST_USE:
            raise Invalid.field("use", gettext("Tulis pemakaian dalam m³, dengan angka bulat."))
        row.accepted_use = use if use is not None else estimate(book.ground(row).recent)
        row.stand, row.kind, row.state, row.differs = None, "estimate", "accepted", False
        row.client_id, row.received_at, row.member_id = uuid4(), now(), member_id

    return _decide(session, reading_id, "estimated", guess, reason=reason, member_id=member_id)


def accept_all(session: TenantSession, month: date, flag: str, *, reason: str, member_id: UUID | None) -> int:
    """Agree at once to everything that waits for one and the same reason, such as nought; how many. Raises Conflict, Invalid."""
    words = reason_of(reason)
    if flag in NEVER_AGREED:
        raise Conflict(gettext("Angka yang mundur harus dilihat satu per satu."))
    periods = queries.lock_periods(session, alone=True)
    if periods.get(month) in {None, "closed"}:
        raise Conflict(gettext("Bulan ini sudah ditutup."))
    ids = list(session.scalars(queries.waiting_only_for(month, flag)))
    if not ids:
        return 0
    book = Book.of(session, periods, ids, month)
    for each in ids:
        row = book.rows[each][month]
        before = facts(row)
        row.accepted_use, row.state = row.use, "accepted"
        book.touch(row)
        book.note(row, "accepted", before=before, after=facts(row), reason=words, member_id=member_id)
    book.settle()
    session.expire_all()
    data = {"month": f"{month:%Y-%m}", "flag": flag, "count": len(ids), "reason": words}
    record_audit(session, "water.readings_accepted", subject_kind="water_period", subject_id=str(month), data=data)
    return len(ids)


def _decide(
    session: TenantSession,
    reading_id: UUID,
    act: str,
    alter: Callable[[Row, Book], None],
    *,
    reason: str,
    member_id: UUID | None,
) -> Reading:
    words = reason_of(reason)
    reading = find_reading(session, reading_id)
    periods = queries.lock_periods(session, alone=False)
    if periods[reading.month] == "closed":
        raise Conflict(gettext("Bulan ini sudah ditutup. Catat perbaikannya untuk bulan berikutnya."))
    queries.lock_connection(session, reading.connection_id)
    book = Book.of(session, periods, [reading.connection_id], reading.month)
    row = book.rows[reading.connection_id][reading.month]
    before, was = facts(row), row.client_id
    alter(row, book)
    book.touch(row)
    replaced = was if row.client_id != was else None
    note = book.note(row, act, replaced, before=before, reason=words, member_id=member_id, photo_id=row.photo_id)
    book.settle_with(note, row)
    session.refresh(reading)
    data = {
        "act": act,
        "month": f"{reading.month:%Y-%m}",
        "from": before["stand"],
        "to": reading.stand,
        "use": reading.use,
    }
    record_audit(session, f"water.reading_{act}", subject_kind="water_reading", subject_id=reading.id, data=data)
    return reading


def correct_closed(
    session: TenantSession,
    reading_id: UUID,
    *,
    right_use: int,
    stand: int | None,
    reason: str,
    member_id: UUID | None,
) -> Correction:
    """A closed month was wrong: what it should have been is made good in the next month that is open.

    right_use: m3 that should have been billed; stand: what the meter really showed, when that is known. Raises NotFound, Conflict
    (the month isn't closed, none is open after it, or a later stand has made it good by itself), Invalid.
    """
    words = reason_of(reason)
    reading = find_reading(session, reading_id)
    periods = queries.lock_periods(session, alone=False)
    later = sorted(m for m, state in periods.items() if m > reading.month and state != "closed")
    if periods[reading.month] != "closed":
        raise Conflict(gettext("Bulan ini belum ditutup: perbaiki langsung."))
    if not later:
        raise Conflict(gettext("Buka dulu bulan berikutnya."))
    queries.lock_connection(session, reading.connection_id)
    billed = reading.use + queries.made_good(session, reading)
    _check_correction(reading, billed, right_use, stand)
    if stand is not None and session.scalars(queries.read_after(reading)).first() is not None:
        raise Conflict(gettext("Pembacaan sesudahnya sudah meluruskan bulan ini: jumlah keduanya benar."))
    row = Correction(
        id=new_id(), connection_id=reading.connection_id, for_month=reading.month, month=later[0], stand=stand,
        delta=right_use - billed, reason=words, member_id=member_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    book = Book.of(session, periods, [reading.connection_id], later[0])
    book.settle()
    session.expire_all()
    data: dict[str, Any] = {"month": f"{row.for_month:%Y-%m}", "delta": row.delta, "stand": stand, "reason": words}
    record_audit(session, "water.reading_adjusted", subject_kind="water_reading", subject_id=reading.id, data=data)
    return row


def _check_correction(reading: Reading, billed: int, right_use: int, stand: int | None) -> None:
    faults = []
    if not 0 <= right_use <= MOST_USE:
        faults.append(FieldError("use", gettext("Tulis pemakaian yang benar dalam m³, dengan angka bulat.")))
    if stand is not None and not 0 <= stand < 10**9:
        faults.append(FieldError("stand", gettext("Tulis angka meter dengan angka bulat.")))
    if not faults and right_use == billed and (stand is None or stand == reading.stand):
        faults.append(FieldError("use", gettext("Ini sama dengan yang sudah ditagih.")))
    if faults:
        raise Invalid(faults)


def is_closed(session: TenantSession, month: date) -> bool:
    """Whether a month is closed."""
    return session.scalars(select(Period.state).where(Period.month == month)).one_or_none() == "closed"
