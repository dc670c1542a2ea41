"""What a provider says becomes money, a finding, or nothing: the only place where it does, whichever way it was told.

A statement is believed once (digest), one payment counts once (the provider's reference), and statements about one order come one
after the other. A state that was told late never undoes a payment; money that comes late, twice, short or for nothing is booked
all the same, in the place that such money has, and a person hears of it.
"""

import hashlib
from typing import Final

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


def take(
    session: TenantSession, provider: str, notice: PaymentNotice, *, source: str, body: bytes | None = None
) -> PaymentEvent:
    """Believe one proven statement; the event, an old one when it was told before. body: as it came in, for the record."""
    digest = digest_of(provider, notice, source, body)
    books(session)
    hold_order(session, provider, notice.order)
    known = _event(session, provider, digest)
    if known is not None:
        return known
    query = select(PaymentOrderRow).where(PaymentOrderRow.code == notice.order, PaymentOrderRow.provider == provider)
    order = session.scalars(query.with_for_update()).first()
    verdict, payment = _weigh(session, provider, notice, order)
    return _write(session, provider, notice, verdict, payment, source=source, digest=digest, body=body)


def sane(notice: PaymentNotice | None) -> PaymentNotice | None:
    """The statement, once its words can be kept and shown: short, printable, plain ASCII. PaymentFault otherwise."""
    if notice is None:
        return None
    words = (notice.order, notice.reference)
    if not all(w and len(w) <= _LONGEST_WORD and w.isascii() and w.isprintable() for w in words):
        raise PaymentFault("kabar penyedia berisi tanda yang aneh")
    return notice


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
    return _write(session, provider, notice, "unreadable", None, source="callback", digest=digest, body=body)


def _event(session: TenantSession, provider: str, digest: str) -> PaymentEvent | None:
    query = select(PaymentEvent).where(PaymentEvent.provider == provider, PaymentEvent.digest == digest)
    return session.scalars(query).first()


def _write(
    session: TenantSession, provider: str, notice: PaymentNotice, verdict: str, payment: Payment | None, *, source: str,
    digest: str, body: bytes | None,
) -> PaymentEvent:  # fmt: skip
    rupiah = notice.rupiah if notice.rupiah is not None and abs(notice.rupiah) < 2**62 else None
    event = PaymentEvent(
        id=new_id(), provider=provider, source=source, order_code=notice.order[:64], state=notice.state, rupiah=rupiah,
        reference=notice.reference[:100], digest=digest, said_at=notice.at, at=now(), verdict=verdict,
        payment_id=payment.id if payment is not None else None,
    )  # fmt: skip
    if body is not None:
        keys.seal(session, event, "said", redacted(body))
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
