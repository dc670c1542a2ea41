"""One attempt to bring one message, in the worker.

Deliveries of one channel of one region run one at a time (the job's lock), so a region with ten thousand messages or a slow
gateway holds at most one of the worker's threads per channel and everybody else's go on. A job with a lock must never wait for
a time, or it would hold back those behind it: what waits is a job without a lock that only queues the real one.

A worker that is killed between the gateway's answer and the commit runs the job again, with the same message id
(`Idempotency-Key`, `Message-ID`): the gateway sees one message.
"""

import random
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import keys
from balai.clock import now
from balai.contracts import RetryLater
from balai.db import TenantSession
from balai.jobs import defer
from balai.notify import channels, circuit, hours, receipts, refusals
from balai.notify.gateways import NotSetUpError, PausedError, RefusedError
from balai.notify.models import Delivery, Message
from balai.notify.templates import templates

# About a day: a mail server that is down over a holiday evening still gets the message.
DELAYS: Final = tuple(timedelta(minutes=m) for m in (1, 5, 20, 60, 240, 720))
# Rests of a channel count no attempts; after this long the news is old and somebody should look.
OLDEST: Final = timedelta(days=3)
TRIAL: Final = "notify.trial"
DETAIL: Final = 300
_TOO_LATE: Final = "jalur ini terlalu lama tidak bisa dipakai"
_SPREAD: Final = 20.0  # seconds over which waiting messages come back


def deliver(session: TenantSession, message_id: UUID) -> Message | None:
    """One attempt. What goes wrong is written down and tried again later; only the message's own state tells the end."""
    message = session.scalars(select(Message).where(Message.id == message_id)).first()
    if message is None or message.state != "queued":
        return None
    if _is_unwanted(session, message):
        message.state = "unwanted"
        return message
    if (later := _not_yet(session, message)) is not None:
        _wait(session, message, later)
        return message
    # No lock on the row while the other side takes its time: a receipt may come in, staff may give the message up.
    _attempt(session, message)
    return message


def _attempt(session: TenantSession, message: Message) -> None:
    parcel = _parcel(session, message)
    try:
        detail = channels.deliver(session, message.channel, parcel)
    except NotSetUpError as error:
        _finish(session, message, "kept", str(error))
    except RefusedError as error:
        circuit.worked(session, message.channel)
        _finish(session, message, "undelivered", str(error))
    except PausedError as error:
        until = circuit.rest(session, message.channel, error.delay, str(error))
        _note(session, message, str(error))
        _wait(session, message, until + _spread())
    except RetryLater as error:
        _try_again(session, message, str(error), error.delay)
    except Exception as error:  # noqa: BLE001 - a failing gateway never blocks: it is tried again, then named on a page
        problem = _words(error, parcel.to)
        circuit.failed(session, message.channel, problem)
        _try_again(session, message, problem)
    else:
        circuit.worked(session, message.channel)
        _finish(session, message, "sent", detail, ok=True)


def _words(error: Exception, to: str) -> str:
    text = f"{type(error).__name__}: {error}" if not isinstance(error, ConnectionError) else str(error)
    return text.replace(to, "…") if to else text


def _parcel(session: TenantSession, message: Message) -> channels.Parcel:
    to, subject, body = (keys.reveal(session, message, name) or "" for name in ("recipient", "subject", "body"))
    notes = {}
    if message.channel == channels.EMAIL and message.address_index and _is_optional(message):
        notes["stop_url"] = refusals.stop_url(session, message.address_index)
    return channels.Parcel(message.id, to, subject, body, notes, trial=message.template == TRIAL)


def _is_optional(message: Message) -> bool:
    made = templates().get(message.template)
    return made is not None and made.optional


def _is_unwanted(session: TenantSession, message: Message) -> bool:
    """Whether the reader said no after this one was written. What is owed to them goes out all the same."""
    return _is_optional(message) and refusals.is_refused(session, message.address_index)


def _not_yet(session: TenantSession, message: Message) -> datetime | None:
    if message.template == TRIAL:
        return None
    moment = now()
    if message.due_at is not None and message.due_at > moment:
        return message.due_at
    if not message.urgent and (quiet := night_ends(session, message.channel, moment)):
        return quiet
    resting = circuit.resting_until(session, message.channel)
    return resting + _spread() if resting else None


def night_ends(session: TenantSession, channel: str, moment: datetime) -> datetime | None:
    """When the region's night is over for this channel, None by day."""
    zone = channels.tenant_of(session).zone
    return hours.wait_until(hours.of_region(session), zone, moment, phone=channels.is_phone(channel))


def _spread() -> timedelta:
    return timedelta(seconds=random.uniform(0, _SPREAD))  # noqa: S311 - so that not all come back in one second


def _try_again(session: TenantSession, message: Message, problem: str, delay: timedelta | None = None) -> None:
    attempt = message.attempts + 1
    if attempt > len(DELAYS):
        _finish(session, message, "undelivered", problem)
        return
    message.attempts = attempt
    _note(session, message, problem)
    queue(session, message, at=now() + max(DELAYS[attempt - 1], min(delay or timedelta(0), timedelta(hours=12))))


def _note(session: TenantSession, message: Message, problem: str) -> None:
    message.problem = problem[:DETAIL]
    _log(session, message, problem, ok=False)


def _wait(session: TenantSession, message: Message, at: datetime) -> None:
    """Not an attempt: the night, or a channel that rests."""
    if _is_old(message):
        _finish(session, message, "undelivered", message.problem or _TOO_LATE)
    else:
        queue(session, message, at=at)


def _is_old(message: Message) -> bool:
    return now() - max(message.created_at, message.due_at or message.created_at) > OLDEST


def _finish(session: TenantSession, message: Message, state: str, detail: str, *, ok: bool = False) -> None:
    dropped = session.scalar(select(Message.state).where(Message.id == message.id).with_for_update()) == "dropped"
    message.attempts += 1
    if ok:
        message.sent_at, message.reference = now(), detail[:120]
    if ok or not dropped:
        message.state, message.problem = state, "" if ok else detail[:DETAIL]
    _log(session, message, detail, ok=ok)
    if ok and message.reference:
        receipts.apply_waiting(session, message)


def _log(session: TenantSession, message: Message, detail: str, *, ok: bool) -> None:
    session.add(Delivery(message_id=message.id, at=now(), ok=ok, detail=detail[:DETAIL]))
    session.flush()


def queue(session: TenantSession, message: Message, at: datetime | None = None) -> None:
    """Queue the delivery in the session's transaction; at: not before."""
    from balai.notify.tasks import wake_message

    if at is not None and at > now():
        defer(session, wake_message, schedule_at=at, message_id=message.id)
    else:
        queue_id(session, message.channel, message.id)


def queue_id(session: TenantSession, channel: str, message_id: UUID) -> None:
    """Queue the delivery of a message of that channel at once."""
    from balai.notify.tasks import deliver_message

    defer(session, deliver_message, lock=lock_of(channel), message_id=message_id)


def lock_of(channel: str) -> str:
    """One delivery at a time per channel and region."""
    return f"notify:{channel}"
