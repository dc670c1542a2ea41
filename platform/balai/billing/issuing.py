"""Issue invoices: one, or a whole month's at once, with numbers that have no gaps.

A number is given under the lock of its series' row, in the transaction that writes the invoice: it exists if and only if the
invoice does. Many invoices take their numbers by one step of that row, and are written set-based.
"""

import gc
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final
from uuid import UUID

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

CHUNK: Final = 5000
TABLE: Final = Invoice.__tablename__


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
    _ensure_accounts(session, given)
    ledger.books(session)
    serials = _reserve(session, given, day.year)
    made: list[IssuedInvoice] = []
    rest = iter(given)
    with _no_collecting():
        while chunk := list(islice(rest, CHUNK)):
            made += _write(session, chunk, serials, day)
    return made


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


def _ensure_accounts(session: TenantSession, drafts: Sequence[InvoiceDraft]) -> None:
    try:
        accounts.ensure(session, {"piutang"} | {line.account for draft in drafts for line in draft.lines})
    except ValueError as error:
        raise Invalid.field("lines", str(error)) from error


def _reserve(session: TenantSession, drafts: Sequence[InvoiceDraft], year: int) -> dict[str, int]:
    """Series -> the last number given before these, all series locked in the order of their names."""
    wanted = Counter(draft.series for draft in drafts)
    return {name: queries.take_numbers(session, name, year, wanted[name]) - wanted[name] for name in sorted(wanted)}


def _write(
    session: TenantSession, drafts: Sequence[InvoiceDraft], serials: dict[str, int], day: date
) -> list[IssuedInvoice]:
    rows: list[NewInvoice] = []
    made: list[IssuedInvoice] = []
    pattern = ledger.transaction(session, "invoice", 2, at=now())
    for draft in drafts:
        serials[draft.series] += 1
        invoice_id = new_id()
        secret = link_secret(session, invoice_id)
        number = number_of(draft.series, day.year, serials[draft.series])
        rows.append(_row(session, draft, invoice_id, serials[draft.series], secret))
        made.append(IssuedInvoice(invoice_id, number, draft.total, secret))
    queries.add_invoices(session, rows, pattern, day)
    for row in rows:
        if not row.total:
            # Nothing to pay is paid.
            announce(session, "invoice_settled", row.id)
    return made


def _row(session: TenantSession, draft: InvoiceDraft, invoice_id: UUID, serial: int, secret: str) -> NewInvoice:
    payer, rule = draft.payer, draft.late_fee_rule
    sealed = {
        name: keys.encrypt(session, value.strip(), table=TABLE, column=f"payer_{name}", row_id=invoice_id)
        if value
        else None
        for name, value in (("name", payer.name), ("phone", payer.phone), ("email", payer.email))
    }
    lines = [ledger.Line("piutang", draft.total, invoice_id)]
    lines += [ledger.Line(line.account, -line.amount) for line in draft.lines]
    return NewInvoice(
        id=invoice_id, series=draft.series, serial=serial, subject_kind=draft.subject_kind, subject_id=draft.subject_id,
        payer_index=payer.index or index_of(session, payer.sub),
        payer_name=sealed["name"], payer_phone=sealed["phone"], payer_email=sealed["email"],
        lines=[line.as_data() for line in draft.lines], total=draft.total, due_on=draft.due_date,
        late_fee_rule=rule.as_data() if rule else None, next_fee_on=first_fee_on(rule, draft.due_date) if rule else None,
        unit_id=draft.unit_id,
        transaction_id=new_id(), link_hash=hash_secret(secret),
        booking=[(line.account, line.amount, line.subject_id) for line in ledger.added_up(lines)],
    )  # fmt: skip


def link_secret(session: TenantSession, invoice_id: UUID) -> str:
    """128 bits that open the invoice for whoever holds them, from the region's key: so paper can be printed again."""
    return keys.blind_index(session, "invoice-link", invoice_id.hex)


def index_of(session: TenantSession, sub: str | None) -> str | None:
    """What is stored of an account: the same index that a case keeps of its reporter, so the account itself is nowhere."""
    return keys.blind_index(session, "sub", sub) if sub else None


def hash_secret(secret: str) -> str:
    """What is stored of a link's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
