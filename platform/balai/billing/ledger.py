"""The ledger: every business act is one balanced transaction; what is wrong is taken back by another one.

Three things keep it right, each without the others: this module refuses sums that aren't zero, a trigger refuses them again for
whole statements (so lines of one transaction come together and none comes later), and `checks` counts everything anew.

Locks, in this order, each group ascending: the books (shared; a closing takes them alone), a payment's reference, rows of the
caller's own (orders, drawers), a series' row, invoices, payments, roll-ups. Whoever follows it can't deadlock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from psycopg import DatabaseError

from balai import audit
from balai.billing import accounts, queries
from balai.billing.days import local_day, today
from balai.billing.models import Transaction
from balai.clock import now
from balai.db import TenantSession, fresh, new_id
from balai.errors import Conflict, NotFound
from balai.web.i18n import gettext as _

NOT_BALANCED, CLOSED = "BL001", "BL002"


@dataclass(frozen=True, slots=True)
class Line:
    """Rupiah on an account: debit positive, credit negative. subject_id: the invoice, payment or drawer it is about."""

    account: str
    amount: int
    subject_id: UUID | None = None


class PeriodClosed(Conflict):
    """409: the books of that day are closed."""

    slug, title = "buku-ditutup", "Buku untuk tanggal itu sudah ditutup"


def books(session: TenantSession) -> date | None:
    """The last closed day, None when nothing was closed. Takes the shared lock: until this transaction ends, none is closed."""
    return queries.open_books(session)


def booking_day(session: TenantSession, at: datetime) -> date:
    """The day in whose period something that happened at `at` is booked: its own, else the first open one, never after today."""
    closed, here = books(session), today(session)
    day = min(local_day(session, at), here)
    return day if closed is None or day > closed else min(here, date.fromordinal(closed.toordinal() + 1))


def post(
    session: TenantSession,
    act: str,
    lines: Sequence[Line],
    *,
    at: datetime,
    reason: str = "",
    reverses: UUID | None = None,
    reference: str = "",
) -> Transaction:
    """Write one balanced transaction. Lines on the same account and subject are added up; those of zero rupiah are left out.

    at: when it happened (aware); booked on its local day, or the first open one when that is closed. Raises ValueError when the
    lines don't sum to zero or name an account that isn't there, PeriodClosed when even today is closed.
    """
    kept = added_up(lines)
    if sum(line.amount for line in kept) or not kept:
        raise ValueError(f"{act}: the lines of a transaction sum to zero, and there are some")
    accounts.ensure(session, {line.account for line in kept})
    made = transaction(session, act, len(kept), at=at, reason=reason, reverses=reverses, reference=reference)
    try:
        queries.add_transaction(session, made, [(line.account, line.amount, line.subject_id) for line in kept])
    except DatabaseError as error:
        explain(error)
        raise
    return made


def explain(error: DatabaseError) -> None:
    """Raise PeriodClosed when that is why the database refused."""
    if error.sqlstate == CLOSED:
        raise PeriodClosed(_("Catat di masa yang masih terbuka.")) from error


def added_up(lines: Sequence[Line]) -> list[Line]:
    """One line per account and subject, without zeros."""
    sums: dict[tuple[str, UUID | None], int] = {}
    for line in lines:
        place = (line.account, line.subject_id)
        sums[place] = sums.get(place, 0) + line.amount
    return [Line(account, amount, subject) for (account, subject), amount in sums.items() if amount]


def transaction(
    session: TenantSession, act: str, lines: int, *, at: datetime, reason: str = "", reverses: UUID | None = None,
    reference: str = "",
) -> Transaction:  # fmt: skip
    """The row of a transaction that is about to be written."""
    if at.tzinfo is None:
        raise ValueError("a transaction needs an aware moment")
    who = audit.current_actor()
    return fresh(
        Transaction, tenant_id=session.tenant_id, id=new_id(), act=act, booked_on=booking_day(session, at), at=at,
        recorded_at=now(), lines=lines, reason=reason[:2000], reference=reference[:200], reverses=reverses,
        actor_kind=who.kind, actor=who.name,
    )  # fmt: skip


def reverse(session: TenantSession, transaction_id: UUID, *, at: datetime, reason: str) -> Transaction:
    """Take a transaction back: its lines with the other sign, in the open period. Raises NotFound, Conflict the second time."""
    lines = queries.lines_of(session, transaction_id)
    if not lines:
        raise NotFound
    if queries.is_reversed(session, transaction_id):
        raise Conflict(_("Catatan ini sudah pernah dibatalkan."))
    back = [Line(line.account, -line.amount, line.subject_id) for line in lines]
    return post(session, "reversal", back, at=at, reason=reason, reverses=transaction_id)
