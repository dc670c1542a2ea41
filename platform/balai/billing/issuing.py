"""Issue invoices: one, or a whole month's at once, with numbers that have no gaps.

A number is given under the lock of its series' row, in the transaction that writes the invoice: it exists if and only if the
invoice does. Many invoices take their numbers by one step of that row, and are written set-based, chunk by chunk: the database
writes one while the next is prepared. All of it is the caller's one transaction, so there are all of them or none.
"""

import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from psycopg import DatabaseError

from balai import keys
from balai.billing import accounts, ledger, queries
from balai.billing.days import today
from balai.billing.drafts import InvoiceDraft, check
from balai.billing.late_fees import first_fee_on
from balai.billing.models import Invoice
from balai.billing.models.invoices import number_of
from balai.billing.queries import NewInvoice
from balai.clock import now
from balai.db import TenantSession, announce, new_id
from balai.errors import FieldError, Invalid

CHUNK: Final = 2500
TABLE: Final = Invoice.__tablename__
OWED: Final = "piutang"
LINK: Final = "invoice-link"


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    """What `issue_many` made of one draft: the public link's secret is known here and can be worked out again (`link_secret`)."""

    id: UUID
    number: str
    total: int
    link_secret: str


def issue(session: TenantSession, draft: InvoiceDraft) -> Invoice:
    """Issue one invoice. Raises Invalid (what is wrong with the draft), ledger.PeriodClosed."""
    made = issue_many(session, [draft])[0]
    return session.get_one(Invoice, (session.tenant_id, made.id))


def issue_many(session: TenantSession, drafts: Iterable[InvoiceDraft]) -> list[IssuedInvoice]:
    """Issue any number of invoices, all or none, numbered within each series in the order given.

    Raises Invalid whose fields begin with the draft's place ("17/lines/0").
    """
    given = list(drafts)
    day = today(session)
    for n, draft in enumerate(given):
        try:
            check(draft, day)
        except Invalid as invalid:
            place = f"{n}/" if len(given) > 1 else ""
            raise Invalid([FieldError(place + e.field, e.message) for e in invalid.errors]) from invalid
    names = _ensure_accounts(session, given)
    ledger.books(session)
    serials = _reserve(session, given, day.year)
    pen = _Pen.of(session, names, day)
    with _no_collecting():
        made = _write_all(session, given, serials, pen)
    for issued in made:
        if not issued.total:
            # Nothing to pay is paid.
            announce(session, "invoice_settled", issued.id)
    return made


@dataclass(frozen=True, slots=True)
class _Pen:
    """What all invoices of one call need, looked up once. names: accounts, what is owed first; places: of each, from 1."""

    day: date
    names: list[str]
    places: dict[str, int]
    seal: Callable[[str, str, UUID], str]
    secret: Callable[[str], str]

    @classmethod
    def of(cls, session: TenantSession, names: list[str], day: date) -> "_Pen":
        places = {name: n for n, name in enumerate(names, start=1)}
        return cls(day, names, places, keys.sealer(session, TABLE), keys.indexer(session, LINK))


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Without the collector's walks over hundreds of thousands of rows that hold no cycle: a third of the time at 100,000."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _ensure_accounts(session: TenantSession, drafts: Sequence[InvoiceDraft]) -> list[str]:
    """Every account that is needed, what is owed first."""
    others = {line.account for draft in drafts for line in draft.lines}
    try:
        accounts.ensure(session, {OWED} | others)
    except ValueError as error:
        raise Invalid.field("lines", str(error)) from error
    return [OWED, *sorted(others)]


def _reserve(session: TenantSession, drafts: Sequence[InvoiceDraft], year: int) -> dict[str, int]:
    """Series -> the last number given before these, all series locked in the order of their names."""
    wanted = Counter(draft.series for draft in drafts)
    return {name: queries.take_numbers(session, name, year, wanted[name]) - wanted[name] for name in sorted(wanted)}


def _write_all(
    session: TenantSession, drafts: Sequence[InvoiceDraft], serials: dict[str, int], pen: _Pen
) -> list[IssuedInvoice]:
    made: list[IssuedInvoice] = []
    pattern = ledger.transaction(session, "invoice", 2, at=now())
    try:
        with queries.written_ahead(session):
            for start in range(0, len(drafts), CHUNK):
                rows, bookings = [], queries.Bookings(pattern, pen.names, [])
                for draft in drafts[start : start + CHUNK]:
                    serials[draft.series] += 1
                    row, issued = _row(session, draft, serials[draft.series], pen)
                    rows.append(row)
                    bookings.lines.append(_booking(draft, issued.total, pen.places))
                    made.append(issued)
                queries.add_invoices(session, rows, bookings, pen.day)
    except DatabaseError as error:
        ledger.explain(error)
        raise
    return made


def _row(session: TenantSession, draft: InvoiceDraft, serial: int, pen: _Pen) -> tuple[NewInvoice, IssuedInvoice]:
    payer, rule, invoice_id, total = draft.payer, draft.late_fee_rule, new_id(), draft.total
    secret, seal = pen.secret(invoice_id.hex), pen.seal
    row = NewInvoice(
        id=invoice_id, series=draft.series, serial=serial, subject_kind=draft.subject_kind, subject_id=draft.subject_id,
        payer_index=payer.index or index_of(session, payer.sub),
        payer_name=seal(payer.name.strip(), "payer_name", invoice_id),
        payer_phone=seal(payer.phone.strip(), "payer_phone", invoice_id) if payer.phone else None,
        payer_email=seal(payer.email.strip(), "payer_email", invoice_id) if payer.email else None,
        lines=[line if type(line.reason) is dict else line.as_data() for line in draft.lines], total=total,
        due_on=draft.due_date, late_fee_rule=rule, next_fee_on=first_fee_on(rule, draft.due_date) if rule else None,
        unit_id=draft.unit_id, transaction_id=new_id(), link_hash=hash_secret(secret),
    )  # fmt: skip
    return row, IssuedInvoice(invoice_id, number_of(draft.series, pen.day.year, serial), total, secret)


def _booking(draft: InvoiceDraft, total: int, places: dict[str, int]) -> list[tuple[int, int]]:
    """What is owed against what it is owed for, one line for each account and none of zero rupiah."""
    sums: dict[int, int] = {}
    for line in draft.lines:
        place = places[line.account]
        sums[place] = sums.get(place, 0) - line.amount
    booked = [(place, amount) for place, amount in sums.items() if amount]
    return [(1, total), *booked] if total else booked


def link_secret(session: TenantSession, invoice_id: UUID) -> str:
    """128 bits that open the invoice for whoever holds them, from the region's key: so paper can be printed again."""
    return keys.blind_index(session, LINK, invoice_id.hex)


def index_of(session: TenantSession, sub: str | None) -> str | None:
    """What is stored of an account: the same index that a case keeps of its reporter, so the account itself is nowhere."""
    return keys.blind_index(session, "sub", sub) if sub else None


def hash_secret(secret: str) -> str:
    """What is stored of a link's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
