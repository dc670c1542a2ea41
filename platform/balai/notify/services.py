"""Write a message in the transaction of the change that it tells about; read, try again and give up what was written."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update

from balai import audit, keys
from balai.clock import now
from balai.db import TenantSession, new_id
from balai.errors import Conflict
from balai.keys.normalise import normalise_phone
from balai.notify import channels, circuit, delivering, refusals, texts
from balai.notify.models import Message
from balai.notify.templates import template as known
from balai.web.i18n import force_language
from balai.web.i18n import gettext as _

UNSENT: Final = ("kept", "undelivered")
_OWN_WORDS: Final = {"summary", "words"}


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
    write: Callable[[Mapping[str, Any]], texts.Written] | None = None,
) -> Message:
    """Write a message and queue its delivery, in the session's transaction.

    channel: "inapp", "email", "sms", "whatsapp" or one that a plugin brings; to: address for that channel (None in the app);
    data: values for the template's places; case: what it is about; member: the member of staff it is for; write: `texts.composer`
    of this template, from who sends several. KeyError for an unknown template.
    """
    made = known(template)
    written = (write or texts.composer(session, template, language=language))(data)
    to = one_spelling(to, phone=channels.is_phone(channel)) if to is not None else None
    message = Message(id=new_id(), channel=channel, member_id=member, template=template, urgent=made.urgent)
    message.about_kind, message.about_id = ("case", case) if case else (None, None)
    message.address_index = refusals.index_of(session, channel, to) if to and made.audience == "citizen" else None
    subject, body = written.for_channel(channel)
    if made.optional and message.address_index:
        body += way_out(session, message.address_index, language)
    line = _line(session, template, data, language) if member is not None else None
    for name, value in (("recipient", to), ("subject", subject), ("body", body), ("line", line)):
        keys.seal(session, message, name, value)
    _set_off(session, message, optional=made.optional)
    if line is not None:
        _mail_copy(session, message, line)
    return message


def one_spelling(to: str, *, phone: bool) -> str:
    """A phone number as +62…: channels, masks and indexes then see one form. What is none is left to the channel to refuse."""
    if phone:
        with suppress(ValueError):
            return normalise_phone(to)
    return to


def _line(session: TenantSession, template: str, data: Mapping[str, Any], language: str) -> str:
    """Mail leaves the house: a citizen's own words don't go along, the code stands for them."""
    bare = {key: data.get("code", "") if key in _OWN_WORDS else value for key, value in data.items()}
    return texts.compose(session, template, bare, language=language).subject


def _set_off(session: TenantSession, message: Message, *, optional: bool) -> None:
    if message.channel == channels.IN_APP:
        message.state, message.sent_at = "sent", now()
    elif optional and refusals.is_refused(session, message.address_index):
        message.state = "unwanted"
    elif not message.urgent:
        message.due_at = delivering.night_ends(session, message.channel, now())
    session.add(message)
    session.flush()
    if message.state == "queued":
        delivering.queue(session, message, at=message.due_at)


def way_out(session: TenantSession, index: str, language: str) -> str:
    """The line below an optional message by which its reader refuses further ones."""
    with force_language(language):
        return "\n" + _(
            "Tidak mau kabar seperti ini lagi? Berhenti di sini: %(url)s", url=refusals.stop_url(session, index)
        )


def _mail_copy(session: TenantSession, message: Message, line: str) -> None:
    from balai.notify import digests

    if message.channel == channels.IN_APP:
        digests.mail_copy(session, message, line)


def tell_citizen(
    session: TenantSession,
    *,
    template: str,
    data: Mapping[str, Any],
    case: UUID,
    email: str | None = None,
    phone: str | None = None,
    language: str = "id",
    inside: Mapping[str, Any] | None = None,
) -> list[Message]:
    """Tell the reporter: always in the message box of their tracking page, and by mail or else phone when they gave one.

    inside: values that differ in the box (a link without its secret).
    """
    write = texts.composer(session, template, language=language)
    told = [
        send(
            session, channel=channels.IN_APP, to=None, template=template, data={**data, **(inside or {})}, case=case,
            language=language, write=write,
        )
    ]  # fmt: skip
    channel, to = (channels.EMAIL, email) if email else (channels.phone_channel(session) if phone else None, phone)
    if channel and to:
        told.append(
            send(
                session, channel=channel, to=to, template=template, data=data, case=case, language=language, write=write
            )
        )
    return told


def deliver(session: TenantSession, message_id: UUID) -> Message | None:
    """One attempt, see delivering.deliver."""
    return delivering.deliver(session, message_id)


def resend(session: TenantSession, message: Message) -> None:
    """Try a kept or undelivered message once more from the start."""
    if message.state in UNSENT:
        message.state, message.attempts, message.problem, message.due_at = "queued", 0, "", now()
        circuit.clear(session, message.channel)
        delivering.queue(session, message)
        audit.record(session, "message.resent", subject_kind="message", subject_id=message.id)


def resend_all(session: TenantSession, channel: str, *, most: int = 500) -> int:
    """Try every kept or undelivered message of a channel again, oldest first; how many. The rest next time."""
    query = select(Message).where(Message.state.in_(UNSENT), Message.channel == channel)
    found = session.scalars(query.order_by(Message.id).limit(most)).all()
    for message in found:
        resend(session, message)
    return len(found)


def drop(session: TenantSession, message: Message) -> None:
    """Give a message up; Conflict when it has been sent meanwhile."""
    if message.state not in (*UNSENT, "queued"):
        raise Conflict(_("Pesan ini sudah tidak menunggu lagi."))
    message.state = "dropped"
    session.flush()
    audit.record(session, "message.dropped", subject_kind="message", subject_id=message.id)


def unsent(
    session: TenantSession, *, before: UUID | None = None, limit: int = 50, channel: str = ""
) -> Sequence[Message]:
    """Kept and undelivered messages, newest first."""
    query = select(Message).where(Message.state.in_(UNSENT))
    if before is not None:
        query = query.where(Message.id < before)
    if channel:
        query = query.where(Message.channel == channel)
    return session.scalars(query.order_by(Message.id.desc()).limit(limit)).all()


def waiting(session: TenantSession, *, limit: int = 50) -> Sequence[Message]:
    """Messages on their way, oldest first."""
    query = select(Message).where(Message.state == "queued", Message.template != delivering.TRIAL)
    return session.scalars(query.order_by(Message.id).limit(limit)).all()


def inbox(
    session: TenantSession, member_id: UUID, *, unread: bool = False, limit: int = 50, before: UUID | None = None
) -> Sequence[Message]:
    """Messages in the app for a member of staff, newest first."""
    query = select(Message).where(Message.member_id == member_id, Message.channel == channels.IN_APP)
    if unread:
        query = query.where(Message.read_at.is_(None))
    if before is not None:
        query = query.where(Message.id < before)
    return session.scalars(query.order_by(Message.id.desc()).limit(limit)).all()


def box(session: TenantSession, case: UUID, *, limit: int = 100) -> Sequence[Message]:
    """The message box of a case's reporter, newest first. The caller has asked whether the reader is the reporter."""
    query = select(Message).where(
        Message.about_id == case, Message.channel == channels.IN_APP, Message.member_id.is_(None)
    )
    return session.scalars(query.order_by(Message.id.desc()).limit(limit)).all()


def mark_read(session: TenantSession, member_id: UUID, *, case: UUID | None = None) -> None:
    """The member has seen their messages (about one case, or all)."""
    query = update(Message).where(
        Message.member_id == member_id, Message.channel == channels.IN_APP, Message.read_at.is_(None)
    )
    if case is not None:
        query = query.where(Message.about_id == case)
    session.execute(query.values(read_at=now()))


def text_of(session: TenantSession, message: Message) -> tuple[str, str]:
    """(subject, body) as sent."""
    return keys.reveal(session, message, "subject") or "", keys.reveal(session, message, "body") or ""


def masked_recipient(session: TenantSession, message: Message) -> str:
    """The address so that staff recognise it and nobody else can use it."""
    to = keys.reveal(session, message, "recipient") or ""
    return keys.mask_email(to) if "@" in to else keys.mask_phone(to)
