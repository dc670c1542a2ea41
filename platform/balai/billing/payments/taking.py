"""What a provider says becomes money, a finding, or nothing: the only place where it does, whichever way it was told.

A statement is believed once (digest), one payment counts once (the provider's reference), and statements about one order come one
after the other. A state that was told late never undoes a payment; money that comes late, twice, short or for nothing is booked
all the same, in the place that such money has, and a person hears of it.
"""

import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import select

from balai import audit, keys
from balai.billing.ledger import books
from balai.billing.models import Payment
from balai.billing.payments.models import PaymentEvent, PaymentOrderRow
from balai.billing.payments.queries import add_finding, hold_order
from balai.billing.settling import find_payment, receive, settle
from balai.clock import now
from balai.contracts import PaymentFault, PaymentNotice
from balai.db import TenantSession, new_id
from balai.errors import Conflict, Invalid

ACCOUNT: Final = "penyedia"
_MOST_SAID: Final = 4000
_LONGEST_WORD: Final = 64
_PERSONAL: Final = ("name", "nama", "payer", "customer", "account")


@dataclass(frozen=True, slots=True)
class Kept:
    """A callback that waited in the inbox: the event's id, what its body hashed to, and the body as the record keeps it."""

    id: UUID
    digest: str
    said: str


def take(
    session: TenantSession, provider: str, notice: PaymentNotice, *, source: str, body: bytes | None = None,
    kept: Kept | None = None,
) -> PaymentEvent:  # fmt: skip
    """Believe one proven statement; the event, an old one when it was told before. body or kept: as it came in."""
    if kept is None:
        said = redacted(body) if body is not None else None
        digest = digest_of(provider, notice, source, body)
    else:
        said, digest = kept.said, kept.digest
    books(session)
    hold_order(session, provider, notice.order)
    known = _event(session, provider, digest)
    if known is not None:
        return known
    query = select(PaymentOrderRow).where(PaymentOrderRow.code == notice.order, PaymentOrderRow.provider == provider)
    order = session.scalars(query.with_for_update()).first()
    verdict, payment = _weigh(session, provider, notice, order)
    event_id = kept.id if kept is not None else new_id()
    return _write(
        session, provider, notice, verdict, payment, source=source, digest=digest, said=said, event_id=event_id
    )


def sane(notice: PaymentNotice | None) -> PaymentNotice | None:
    """The statement, once its words can be kept and shown: short, printable, plain ASCII. PaymentFault otherwise."""
    if notice is None:
        return None
    words = (notice.order, notice.reference)
    if not all(w and len(w) <= _LONGEST_WORD and w.isascii() and w.isprintable() for w in words):
        raise PaymentFault("kabar penyedia berisi tanda yang aneh")
    return notice


def storable(rupiah: int | None) -> int | None:
    """The sum, None when no column could hold it (it is refused either way)."""
    return rupiah if rupiah is not None and abs(rupiah) < 2**62 else None


def digest_of(provider: str, notice: PaymentNotice, source: str, body: bytes | None) -> str:
    """What makes a statement this one: the bytes of a callback; what was answered, where we asked."""
    if body is not None:
        return hashlib.sha256(body).hexdigest()
    text = f"{provider}|{source}|{notice.order}|{notice.state}|{notice.rupiah}|{notice.reference}"
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _weigh(
    session: TenantSession, provider: str, notice: PaymentNotice, order: PaymentOrderRow | None
) -> tuple[str, Payment | None]:
    if notice.state == "paid":
        return _paid(session, provider, notice, order)
    if notice.state == "refunded":
        return _refunded(session, provider, notice, order)
    if order is None or order.state != "waiting" or notice.state == "pending":
        return "ignored", None
    _move(order, notice.state)
    return "noted", None


def _paid(
    session: TenantSession, provider: str, notice: PaymentNotice, order: PaymentOrderRow | None
) -> tuple[str, Payment | None]:
    def tell(kind: str, ours: int | None, payment: Payment | None = None) -> None:
        add_finding(
            session, provider, kind, order_code=notice.order, reference=notice.reference, ours=ours, theirs=notice.rupiah,
            payment_id=payment.id if payment is not None else None,
        )  # fmt: skip

    try:
        payment = _book(session, provider, notice, order)
    except (Conflict, Invalid):
        # Not whole rupiah, nothing, or another amount than this very payment had: a person has to look.
        before = find_payment(session, provider, notice.reference)
        tell("amount", before.amount if before is not None else order.rupiah if order is not None else None, before)
        return "refused", before
    if not payment.is_new:
        return "ignored", payment
    if order is None:
        tell("unknown", None, payment)
        return "unmatched", payment
    if order.state == "paid":
        tell("double", order.rupiah, payment)
    elif notice.rupiah != order.rupiah:
        tell("amount", order.rupiah, payment)
    _move(order, "paid")
    if payment.unmatched:
        tell("unknown", order.rupiah, payment)
        return "unmatched", payment
    if payment.held:
        tell("double", order.rupiah, payment)
        return "held", payment
    return ("settled" if payment.amount >= order.rupiah else "part"), payment


def _book(session: TenantSession, provider: str, notice: PaymentNotice, order: PaymentOrderRow | None) -> Payment:
    # Our clock may have gone back, or theirs runs ahead: nothing is paid in the future.
    at = min(notice.at or now(), now())
    rupiah = notice.rupiah if notice.rupiah is not None else 0
    told = {"method": provider, "paid_at": at, "reference": notice.reference, "account": ACCOUNT}
    if order is None:
        return receive(session, rupiah, **told)  # type: ignore[arg-type]
    return settle(session, order.invoice_id, rupiah, **told)  # type: ignore[arg-type]


def _refunded(
    session: TenantSession, provider: str, notice: PaymentNotice, order: PaymentOrderRow | None
) -> tuple[str, Payment | None]:
    """The provider gave the money back. Whether all of it, and why, only a person can find out: nothing is booked by itself."""
    payment = find_payment(session, provider, notice.reference)
    add_finding(
        session, provider, "refunded", order_code=notice.order, reference=notice.reference,
        ours=payment.amount if payment is not None else None, theirs=notice.rupiah,
        payment_id=payment.id if payment is not None else None,
    )  # fmt: skip
    if order is not None:
        _move(order, "refunded")
    return "noted", payment


def _move(order: PaymentOrderRow, state: str) -> None:
    order.state, order.changed_at = state, now()


# --- the record ---


def note_unreadable(session: TenantSession, provider: str, body: bytes) -> PaymentEvent:
    """A proven statement that can't be read: kept, and told to the treasurer."""
    digest = hashlib.sha256(body).hexdigest()
    hold_order(session, provider, digest)
    known = _event(session, provider, digest)
    if known is not None:
        return known
    add_finding(session, provider, "unreadable", reference=digest[:32])
    notice = PaymentNotice("", "pending", None, "")
    return _write(session, provider, notice, "unreadable", None, source="callback", digest=digest, said=redacted(body),
                  event_id=new_id())  # fmt: skip


def _event(session: TenantSession, provider: str, digest: str) -> PaymentEvent | None:
    query = select(PaymentEvent).where(PaymentEvent.provider == provider, PaymentEvent.digest == digest)
    return session.scalars(query).first()


def _write(
    session: TenantSession, provider: str, notice: PaymentNotice, verdict: str, payment: Payment | None, *, source: str,
    digest: str, said: str | None, event_id: UUID,
) -> PaymentEvent:  # fmt: skip
    event = PaymentEvent(
        id=event_id, provider=provider, source=source, order_code=notice.order[:64], state=notice.state,
        rupiah=storable(notice.rupiah),
        reference=notice.reference[:100], digest=digest, said_at=notice.at, at=now(), verdict=verdict,
        payment_id=payment.id if payment is not None else None,
    )  # fmt: skip
    if said is not None:
        keys.seal(session, event, "said", said)
    session.add(event)
    session.flush()
    return event


def redacted(body: bytes) -> str:
    """A callback's body as the record keeps it: names, addresses and numbers of people taken out, cut to 4,000 letters."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return f"[{len(body)} bytes]"
    if not isinstance(told, dict):
        return f"[{len(body)} bytes]"
    return msgspec.json.encode(audit.scrub(_nameless(told))).decode()[:_MOST_SAID]


def _nameless(told: dict[str, object]) -> dict[str, object]:
    hidden = {k: "[disamarkan]" for k in told if isinstance(k, str) and any(word in k.lower() for word in _PERSONAL)}
    return {k: _nameless(v) if isinstance(v, dict) else v for k, v in told.items()} | hidden
