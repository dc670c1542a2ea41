"""The inbox of callbacks: kept at once and answered, booked many at a time right after.

A provider sends hundreds a second on the last day before a due date. Keeping one is a single statement; a job, queued in the
same transaction, books what is there. A callback stands in the inbox or among the events, never in both or neither: it leaves
the one in the transaction that writes the other and the money. A worker that is killed in between has done nothing.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from balai import audit, keys
from balai.audit.actors import Actor
from balai.billing.payments import taking
from balai.billing.payments.inbox import queries
from balai.billing.payments.inbox.queries import MOST, Booked, Order, Row
from balai.billing.payments.queries import add_finding, hold_orders
from balai.billing.payments.taking import ACCOUNT, Kept, storable
from balai.billing.settling_many import Sum, hold_all, settle_in_full
from balai.clock import now
from balai.contracts import PaymentNotice, Task
from balai.db import TenantSession, new_id

log = logging.getLogger(__name__)
_TABLE, _EVENTS, _SAID = "payment_inbox", "payment_event", "said"


def keep(session: TenantSession, provider: str, notice: PaymentNotice, body: bytes, *, then: Task) -> None:
    """Keep a proven statement; once this is committed it can't be lost. The same bytes again change nothing."""
    row_id = new_id()
    said = keys.encrypt(session, taking.redacted(body), table=_TABLE, column=_SAID, row_id=row_id)
    digest = taking.digest_of(provider, notice, "callback", body)
    row = Row(
        row_id, notice.order, notice.state, storable(notice.rupiah), notice.reference, digest, said, notice.at, now()
    )
    queries.keep(session, provider, row, then)


def stuck(session: TenantSession, age: timedelta) -> list[str]:
    """Providers with something that waits for longer than `age`."""
    return queries.stuck(session, age)


def book(session: TenantSession, provider: str, *, again: bool = False) -> bool:
    """Book what is there, at most MOST; whether more may be left. again: also what could not be booked before.

    What can't be booked stays, is told to the treasurer, and doesn't keep the others from being booked.
    """
    with audit.acting_as(Actor("system", f"billing.{provider}")):
        queries.begin_booking(session, provider)
        told = queries.waiting(session, provider, again=again)
        if not told:
            return False
        try:
            with session.begin_nested():
                _book_all(session, provider, told)
        except Exception:
            log.exception("booking %s callbacks of %s together failed; one by one now", len(told), provider)
            for row in told:
                _book_alone(session, provider, row)
    return len(told) == MOST


def _book_all(session: TenantSession, provider: str, told: Sequence[Row]) -> None:
    """All of them, in the order in which they came; those that settle a whole invoice by one statement."""
    hold_orders(session, provider, [row.order_code for row in told])
    orders = queries.lock_orders(session, provider, {row.order_code for row in told})
    hold_all(session, provider, {row.reference for row in told}, {order.invoice_id for order in orders.values()})
    known = queries.known_digests(session, provider, [row.digest for row in told])
    queries.drop(session, [row.id for row in told if row.digest in known])
    fresh = [row for row in told if row.digest not in known]
    done = _settle_plain(session, provider, fresh, orders)
    for row in fresh:
        if row.reference not in done:
            _take(session, provider, row)


def _settle_plain(
    session: TenantSession, provider: str, told: Sequence[Row], orders: dict[str, Order]
) -> dict[str, object]:
    """Those that say the ordinary thing, and nothing else in this batch is about the same order, invoice or payment."""
    often = Counter(row.reference for row in told) + Counter(
        orders[row.order_code].invoice_id for row in told if row.order_code in orders
    )
    plain = {
        row.reference: row for row in told
        if row.state == "paid" and (order := orders.get(row.order_code)) is not None and order.state != "paid"
        and row.rupiah == order.rupiah and often[row.reference] == often[order.invoice_id] == 1
    }  # fmt: skip
    # Our clock may have gone back, or theirs runs ahead: nothing is paid in the future.
    sums = [
        Sum(orders[row.order_code].invoice_id, row.rupiah or 0, row.reference, min(row.said_at or now(), now()))
        for row in plain.values()
    ]
    paid = settle_in_full(session, sums, method=provider, account=ACCOUNT)
    booked = []
    for reference, payment in paid.items():
        row = plain[reference]
        said = keys.encrypt(session, _words(session, row), table=_EVENTS, column=_SAID, row_id=row.id)
        booked.append(Booked(row.id, orders[row.order_code].id, payment, said))
    queries.write_booked(session, booked)
    return dict(paid)


def _take(session: TenantSession, provider: str, row: Row) -> None:
    notice = PaymentNotice(row.order_code, row.state, row.rupiah, row.reference, row.said_at)
    kept = Kept(row.id, row.digest, _words(session, row))
    taking.take(session, provider, notice, source="callback", kept=kept)
    queries.drop(session, [row.id])


def _book_alone(session: TenantSession, provider: str, row: Row) -> None:
    try:
        with session.begin_nested():
            _take(session, provider, row)
    except Exception:
        log.exception("a callback of %s could not be booked; it stays in the inbox as %s", provider, row.id)
        queries.note_failure(session, row.id)
        add_finding(session, provider, "waiting", order_code=row.order_code, reference=row.reference, theirs=row.rupiah)


def _words(session: TenantSession, row: Row) -> str:
    return keys.decrypt(session, row.said, table=_TABLE, column=_SAID, row_id=row.id)


__all__ = ["MOST", "book", "keep", "stuck"]
