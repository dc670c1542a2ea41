"""What a gateway says afterwards: its callback is believed only with a signature or secret, and the same one twice is one.

hmac: hex HMAC-SHA256 over `<unix seconds>.<raw body>` in one header, the seconds in another; five minutes of tolerance. secret:
the shared secret itself in a header (gateways that can't sign). Either is checked on the raw body before anything is parsed.
"""

import hashlib
import hmac
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from werkzeug.datastructures import Headers

from balai import keys
from balai.clock import now
from balai.db import TenantSession
from balai.notify import gateways, queries
from balai.notify.gateways import Config, decode, dig
from balai.notify.models import Delivery, DeliveryReceipt, Message

WINDOW: Final = 300  # seconds
MOST_BYTES: Final = 64 * 1024
_REFERENCE: Final = 120
_NO_ANSWER: Final = "gerbang memberi kabar: tidak sampai"


class NotProvenError(Exception):
    """The callback isn't proven to come from the region's gateway."""


def take(session: TenantSession, channel: str, headers: Headers, body: bytes) -> str | None:
    """Prove, read and write down one callback; "delivered", "failed", or None when it says neither. NotProvenError."""
    row = gateways.of_region(session, channel)
    secret = keys.reveal(session, row, "receipt_secret") if row is not None else None
    config = Config.of(row.config) if row is not None else Config()
    if not is_proven(config, secret or "", headers, body):
        raise NotProvenError
    tree = decode(body, headers.get("Content-Type", ""))
    reference, verdict = read(config, tree)
    if reference and verdict:
        _write(session, channel, reference[:_REFERENCE], verdict)
    return verdict


def is_proven(config: Config, secret: str, headers: Headers, body: bytes) -> bool:
    """Whether signature or secret holds, in constant time. No secret or no receipts: never."""
    given = headers.get(config.receipt_header, "").strip().encode()
    if not secret or not given:
        return False
    if config.receipts == "secret":
        return hmac.compare_digest(given, secret.encode())
    if config.receipts != "hmac":
        return False
    stamp = headers.get(config.receipt_time, "")
    expected = sign(secret, stamp, body).encode()
    holds = hmac.compare_digest(given.lower().removeprefix(b"sha256="), expected)
    return holds and _is_fresh(stamp)


def sign(secret: str, stamp: str, body: bytes) -> str:
    """The signature over `<stamp>.<body>`: 64 hex digits."""
    return hmac.new(secret.encode(), stamp.encode("latin-1", "replace") + b"." + body, hashlib.sha256).hexdigest()


def _is_fresh(stamp: str) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):  # noqa: PLR2004 - seconds until the year 5138
        return False
    return abs(now().timestamp() - int(stamp)) <= WINDOW


def read(config: Config, tree: Any) -> tuple[str, str | None]:
    """(reference, verdict) of a callback; verdict None when its word says neither delivered nor failed."""
    reference, word = dig(tree, config.receipt_id), dig(tree, config.receipt_status)
    said = str(word if word is not None else "").strip().lower()
    for verdict, words in (("delivered", config.delivered), ("failed", config.failed)):
        if said and said in {w.strip().lower() for w in words.split(",")}:
            return str(reference if reference is not None else ""), verdict
    return str(reference if reference is not None else ""), None


def _write(session: TenantSession, channel: str, reference: str, verdict: str) -> None:
    # A gateway may be faster than our own commit: whoever comes second of delivery and receipt sees the other one.
    queries.hold_reference(session, channel, reference)
    if not queries.keep_receipt(session, channel, reference, verdict):
        return
    message = _message(session, channel, reference)
    if message is not None:
        _apply(session, message, verdict)


def _message(session: TenantSession, channel: str, reference: str) -> Message | None:
    """By the gateway's number, or by our own id that was sent along."""
    found = session.scalars(
        select(Message).where(Message.channel == channel, Message.reference == reference).with_for_update()
    ).first()
    if found is None:
        try:
            own = UUID(reference)
        except ValueError:
            return None
        query = select(Message).where(Message.id == own, Message.channel == channel).with_for_update()
        found = session.scalars(query).first()
    return found


def apply_waiting(session: TenantSession, message: Message) -> None:
    """After a delivery: a receipt that came before its commit counts now."""
    references = {message.reference, str(message.id)}
    for reference in sorted(references):
        queries.hold_reference(session, message.channel, reference)
    query = select(DeliveryReceipt.verdict).where(
        DeliveryReceipt.channel == message.channel, DeliveryReceipt.reference.in_(references)
    )
    for verdict in session.scalars(query).all():
        _apply(session, message, verdict)


def _apply(session: TenantSession, message: Message, verdict: str) -> None:
    """Delivered is final; a failure says so on the page of undelivered messages."""
    if verdict == "delivered":
        message.delivered_at = message.delivered_at or now()
        if message.state in {"sent", "undelivered"}:
            message.state, message.problem = "sent", ""
    elif message.delivered_at is None and message.state == "sent":
        message.state, message.problem = "undelivered", _NO_ANSWER
        session.add(Delivery(message_id=message.id, at=now(), ok=False, detail=_NO_ANSWER))
    session.flush()
