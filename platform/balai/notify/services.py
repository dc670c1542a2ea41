"""Write a message in the transaction of the change that it tells about, and follow what became of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import keys
from balai.clock import now
from balai.db import TenantSession, new_id
from balai.jobs import defer
from balai.notify import channels
from balai.notify.models import Delivery, Message
from balai.notify.templates import fill

# About a day: a mail server that is down over a holiday evening still gets the message.
DELAYS: Final = tuple(timedelta(minutes=m) for m in (1, 5, 20, 60, 240, 720))
_DETAIL: Final = 300


def send(
    session: TenantSession,
    *,
    channel: str,
    to: str | None,
    template: str,
    data: Mapping[str, Any],
    case: UUID | None = None,
    member: UUID | None = None,
    language: str = "id",
) -> Message:
    """Write a message and queue its delivery, in the session's transaction.

    channel: "inapp", "email" or one that a plugin brings; to: address for that channel (None in the app); data: values for the
    template's places; case: what it is about; member: the member of staff it is for. KeyError for an unknown template.
    """
    subject, body = fill(template, data, language=language)
    message = Message(id=new_id(), channel=channel, member_id=member, template=template)
    message.about_kind, message.about_id = ("case", case) if case else (None, None)
    keys.seal(session, message, "recipient", to)
    keys.seal(session, message, "subject", subject)
    keys.seal(session, message, "body", body)
    if channel == channels.IN_APP:
        message.state, message.sent_at = "sent", now()
    session.add(message)
    session.flush()
    if channel != channels.IN_APP:
        _queue(session, message)
    return message


def deliver(session: TenantSession, message_id: UUID) -> Message | None:
    """One attempt. What goes wrong is written down and tried again later; only the message's own state tells the end."""
    query = select(Message).where(Message.id == message_id).with_for_update()
    message = session.scalars(query).first()
    if message is None or message.state != "queued":
        return None
    message.attempts += 1
    to, subject, body = (keys.reveal(session, message, name) or "" for name in ("recipient", "subject", "body"))
    try:
        detail = channels.deliver(message.channel, message.id, to, subject, body)
    except channels.NotSetUpError as error:
        _end(session, message, "kept", str(error))
    except channels.RefusedError as error:
        _end(session, message, "undelivered", str(error))
    except Exception as error:  # noqa: BLE001 - a failing gateway never blocks: it is tried again, then named on a page
        _try_again(session, message, f"{type(error).__name__}: {error}".replace(to, "…") if to else repr(error))
    else:
        message.sent_at = now()
        _end(session, message, "sent", detail, ok=True)
    return message


def resend(session: TenantSession, message: Message) -> None:
    """Try a kept or undelivered message once more from the start."""
    if message.state in {"kept", "undelivered"}:
        message.state, message.attempts, message.problem = "queued", 0, ""
        _queue(session, message)


def unsent(session: TenantSession, *, before: UUID | None = None, limit: int = 50) -> Sequence[Message]:
    """Kept and undelivered messages, newest first."""
    query = select(Message).where(Message.state.in_(("kept", "undelivered")))
    if before is not None:
        query = query.where(Message.id < before)
    return session.scalars(query.order_by(Message.id.desc()).limit(limit)).all()


def inbox(session: TenantSession, member_id: UUID, *, unread: bool = False, limit: int = 50) -> Sequence[Message]:
    """Messages in the app for a member of staff, newest first."""
    query = select(Message).where(Message.member_id == member_id, Message.channel == channels.IN_APP)
    if unread:
        query = query.where(Message.read_at.is_(None))
    return session.scalars(query.order_by(Message.id.desc()).limit(limit)).all()


def mark_read(session: TenantSession, member_id: UUID, *, case: UUID | None = None) -> None:
    """The member has seen their messages (about one case, or all)."""
    for message in inbox(session, member_id, unread=True, limit=500):
        if case is None or message.about_id == case:
            message.read_at = now()


def text_of(session: TenantSession, message: Message) -> tuple[str, str]:
    """(subject, body) as sent."""
    return keys.reveal(session, message, "subject") or "", keys.reveal(session, message, "body") or ""


def _try_again(session: TenantSession, message: Message, problem: str) -> None:
    if message.attempts > len(DELAYS):
        _end(session, message, "undelivered", problem)
        return
    _log(session, message, problem, ok=False)
    message.problem = problem[:_DETAIL]
    _queue(session, message, at=now() + DELAYS[message.attempts - 1])


def _end(session: TenantSession, message: Message, state: str, detail: str, *, ok: bool = False) -> None:
    message.state, message.problem = state, "" if ok else detail[:_DETAIL]
    _log(session, message, detail, ok=ok)


def _log(session: TenantSession, message: Message, detail: str, *, ok: bool) -> None:
    session.add(Delivery(message_id=message.id, at=now(), ok=ok, detail=detail[:_DETAIL]))
    session.flush()


def _queue(session: TenantSession, message: Message, at: datetime | None = None) -> None:
    from balai.notify.tasks import deliver_message

    defer(session, deliver_message, schedule_at=at, message_id=message.id)
