"""Staff read in the console; by mail they get one letter a day about what is new, each message, or nothing: as they wish."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import keys
from balai.auth import Member
from balai.clock import now
from balai.db import TenantSession
from balai.notify import channels, services
from balai.notify.links import page_url
from balai.notify.models import Message, MessageWish
from balai.notify.templates import register
from balai.settings import current_settings
from balai.web.i18n import lazy_gettext as _l

WISHES: Final = ("daily", "each", "off")
HOUR: Final = 7  # local time
_MOST: Final = 20
_SAMPLE: Final = {
    "name": "Siti Aminah",
    "count": "3",
    "lines": "- Baru: 3273-7K2M9-QX4TB-H",
    "link": "https://bandung.contoh.id/kelola/pesan/saya",
}
register(
    "notify.digest",
    _l("%(count)s kabar baru untuk Anda"),
    _l(
        "Halo %(name)s,\n\nyang belum Anda baca di Balai:\n\n%(lines)s\n\nBuka: %(link)s\n\nSurat ini datang paling banyak sekali"
        " sehari. Ubah di halaman itu bila Anda lebih suka tiap kabar, atau tidak sama sekali."
    ),
    _SAMPLE,
    urgent=True,
    audience="staff",
)
register(
    "notify.copy",
    _l("%(lines)s"),
    _l("%(lines)s\n\nBuka: %(link)s"),
    _SAMPLE,
    urgent=True,
    audience="staff",
)


def wish_of(session: TenantSession, member_id: UUID) -> MessageWish:
    """The member's wish; unsaved "daily" when they never said."""
    found = session.scalars(select(MessageWish).where(MessageWish.member_id == member_id)).first()
    return found or MessageWish(member_id=member_id, mail="daily")


def set_wish(session: TenantSession, member_id: UUID, mail: str) -> None:
    """Keep a wish; ValueError for an unknown one."""
    if mail not in WISHES:
        raise ValueError(mail)
    wish = wish_of(session, member_id)
    wish.mail = mail
    session.add(wish)
    session.flush()


def mail_copy(session: TenantSession, message: Message, line: str) -> None:
    """A staff message by mail at once, where the member wishes it or the matter is urgent; counts as told."""
    wish = wish_of(session, message.member_id) if message.member_id else None
    if (
        wish is None
        or wish.mail == "off"
        or not (wish.mail == "each" or message.urgent)
        or not current_settings().smtp_url
    ):
        return
    address = _address(session, wish.member_id)
    if address is None:
        return
    data = {"name": "", "count": "1", "lines": line, "link": _link(session)}
    services.send(session, channel=channels.EMAIL, to=address, template="notify.copy", data=data)
    message.digested_at = now()


def send_due(session: TenantSession) -> int:
    """Mails that are due now; how many were written. Once a day per member, also when the worker was away at seven."""
    local = now().astimezone(channels.tenant_of(session).zone)
    if local.hour < HOUR or not current_settings().smtp_url:
        return 0
    written = 0
    for member_id in _with_news(session):
        wish = wish_of(session, member_id)
        if wish.mail == "off" or (wish.last_digest is not None and wish.last_digest >= local.date()):
            continue
        if _write(session, member_id):
            wish.last_digest = local.date()
            session.add(wish)
            written += 1
    session.flush()
    return written


def _with_news(session: TenantSession) -> Sequence[UUID]:
    query = select(Message.member_id).where(*_NEWS, Message.member_id.is_not(None)).distinct()
    return [found for found in session.scalars(query) if found]


_NEWS: Final = (Message.channel == channels.IN_APP, Message.read_at.is_(None), Message.digested_at.is_(None))


def _write(session: TenantSession, member_id: UUID) -> bool:
    address = _address(session, member_id)
    query = select(Message).where(*_NEWS, Message.member_id == member_id).order_by(Message.id).with_for_update()
    news = session.scalars(query).all()
    if address is None or not news:
        return False
    lines = [f"- {keys.reveal(session, message, 'line') or '…'}" for message in news[:_MOST]]
    if len(news) > _MOST:
        lines.append("- …")
    member = session.scalars(select(Member).where(Member.id == member_id)).one()
    data = {"name": member.name, "count": str(len(news)), "lines": "\n".join(lines), "link": _link(session)}
    services.send(session, channel=channels.EMAIL, to=address, template="notify.digest", data=data)
    for message in news:
        message.digested_at = now()
    return True


def _address(session: TenantSession, member_id: UUID) -> str | None:
    member = session.scalars(select(Member).where(Member.id == member_id, Member.active)).first()
    return keys.reveal(session, member, "email") if member else None


def _link(session: TenantSession) -> str:
    return page_url(session, "/kelola/pesan/saya")
