"""Which invoice a line of a bank statement pays. A reference decides, an amount and a name only suggest.

Pure but for `Lookup`, which asks the database once for all lines.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import select, tuple_

from balai.billing.bank.statements import Line
from balai.billing.models import Invoice
from balai.billing.payments.models import PaymentOrderRow
from balai.db import TenantSession

Number = tuple[str, int, int]
_NUMBER: Final = re.compile(r"(?<![A-Z0-9])([A-Z][A-Z0-9]{0,11})[-/ ]?(20\d\d)[-/ ]?(\d{6})(?!\d)")
_DIGITS: Final = re.compile(r"(?<!\d)\d{12,30}(?!\d)")
_NAME: Final = re.compile(r"[^\W\d_]{3,}")
_BLOCK: Final = 1000


@dataclass(frozen=True, slots=True)
class Clues:
    """What a line's text names: invoice numbers as (series, year, serial), and runs of digits that may be ours."""

    numbers: frozenset[Number]
    digits: frozenset[str]


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice as matching sees it."""

    id: UUID
    outstanding: int
    state: str


@dataclass(frozen=True, slots=True)
class Match:
    """parts: (invoice, rupiah) to pay with the line, empty: for a person to say; why: "reference", "order", "split", or ""."""

    parts: tuple[tuple[UUID, int], ...] = ()
    why: str = ""


@dataclass(slots=True)
class Lookup:
    """What is known about every number that a file names."""

    invoices: dict[Number, Owed] = field(default_factory=dict)
    orders: dict[str, tuple[int, Owed]] = field(default_factory=dict)


def clues(line: Line) -> Clues:
    """Everything in a line that looks like a number of ours, whatever case and dashes the bank left."""
    text = f"{line.reference} | {line.words}".upper()
    numbers = frozenset((m[1], int(m[2]), int(m[3])) for m in _NUMBER.finditer(text))
    return Clues(numbers, frozenset(_DIGITS.findall(text)))


def decide(rupiah: int, found: Clues, known: Lookup) -> Match:
    """Where the money of a line goes without asking anybody.

    One invoice named: to it, whatever the amount (a part, or too much: both have their place). An order's number counts only with
    exactly its amount, since twelve digits may also be somebody's account. Several invoices: only when they owe exactly this sum.
    """
    named = {owed.id: owed for number in found.numbers if (owed := known.invoices.get(number)) is not None}
    if not named:
        ordered = {
            o.id
            for d in found.digits
            if (hit := known.orders.get(d)) is not None and hit[0] == rupiah
            for o in [hit[1]]
        }
        return Match(((next(iter(ordered)), rupiah),), "order") if len(ordered) == 1 else Match()
    if len(named) == 1:
        return Match(((next(iter(named)), rupiah),), "reference")
    parts = tuple((owed.id, owed.outstanding) for owed in sorted(named.values(), key=lambda o: o.id))
    if all(amount > 0 for _id, amount in parts) and sum(amount for _id, amount in parts) == rupiah:
        return Match(parts, "split")
    return Match()


def look_up(session: TenantSession, lines: Iterable[Line]) -> Lookup:
    """The invoices and orders that these lines name."""
    known, every = Lookup(), [clues(line) for line in lines]
    numbers = sorted({number for found in every for number in found.numbers})
    for block in _blocks(numbers):
        query = select(Invoice).where(tuple_(Invoice.series, Invoice.year, Invoice.serial).in_(block))
        for invoice in session.scalars(query):
            known.invoices[invoice.series, invoice.year, invoice.serial] = _owed(invoice)
    digits = sorted({d for found in every for d in found.digits})
    for run in _blocks(digits):
        known.orders |= _orders(session, run)
    return known


def _orders(session: TenantSession, digits: Collection[str]) -> Mapping[str, tuple[int, Owed]]:
    query = (
        select(PaymentOrderRow, Invoice)
        .join(Invoice, (Invoice.id == PaymentOrderRow.invoice_id) & (Invoice.tenant_id == PaymentOrderRow.tenant_id))
        .where(PaymentOrderRow.code.in_(digits) | (PaymentOrderRow.number.in_(digits) & (PaymentOrderRow.number != "")))
    )
    found: dict[str, tuple[int, Owed]] = {}
    for order, invoice in session.execute(query):
        for text in {order.code, order.number} & set(digits):
            found[text] = (order.rupiah, _owed(invoice))
    return found


def _owed(invoice: Invoice) -> Owed:
    return Owed(invoice.id, invoice.outstanding, invoice.state)


def _blocks(items: Sequence[Number] | Sequence[str]) -> Iterable[list]:  # type: ignore[type-arg]
    for start in range(0, len(items), _BLOCK):
        yield list(items[start : start + _BLOCK])


def likeness(name: str, words: str) -> float:
    """How much of a payer's name stands in a bank's text: 0 to 1, by whole words of three letters or more."""
    wanted = {w.lower() for w in _NAME.findall(name)}
    there = {w.lower() for w in _NAME.findall(words)}
    return len(wanted & there) / len(wanted) if wanted else 0.0
