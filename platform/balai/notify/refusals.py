"""Readers who want no more news. What a region owes them (receipts, questions, decisions) is sent all the same.

The address in the mail's link is signed with the region's own index key: it names an address without telling it, opens in one
region only, and works without signing in (RFC 8058).
"""

import base64
import binascii
import hmac
from typing import Final

from sqlalchemy import delete, select

from balai import audit, keys
from balai.db import TenantSession
from balai.notify.models import MessageRefusal
from balai.settings import current_settings

PATH: Final = "/pesan/berhenti"
_INDEX_BYTES: Final = 16
_MAC_BYTES: Final = 12


def index_of(session: TenantSession, channel: str, to: str) -> str | None:
    """By which an address is found again; mails and phones have one each. None when it can't be an address."""
    purpose = "email" if channel == "email" else "phone"
    try:
        return keys.blind_index(session, purpose, to)
    except ValueError:
        return None


def stop_url(session: TenantSession, index: str) -> str:
    """Absolute address of the page where this reader stops (and resumes) optional messages."""
    from balai.notify.channels import tenant_of

    settings = current_settings()
    return settings.public_url(settings.tenant_host(tenant_of(session).slug), f"{PATH}/{token_of(session, index)}")


def token_of(session: TenantSession, index: str) -> str:
    """The signed form of an address's index."""
    raw = bytes.fromhex(index)
    return base64.urlsafe_b64encode(raw + _mac(session, index)).decode().rstrip("=")


def index_from(session: TenantSession, token: str) -> str | None:
    """The index in a token of this region; None for any other text."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    if len(raw) != _INDEX_BYTES + _MAC_BYTES:
        return None
    index = raw[:_INDEX_BYTES].hex()
    return index if hmac.compare_digest(raw[_INDEX_BYTES:], _mac(session, index)) else None


def _mac(session: TenantSession, index: str) -> bytes:
    return bytes.fromhex(keys.blind_index(session, "message.stop", index))[:_MAC_BYTES]


def is_refused(session: TenantSession, index: str | None) -> bool:
    """Whether this address wants no optional messages."""
    if index is None:
        return False
    return session.scalars(select(MessageRefusal.id).where(MessageRefusal.address_index == index)).first() is not None


def refused(session: TenantSession) -> frozenset[str]:
    """Indexes of all addresses that want no optional messages."""
    return frozenset(session.scalars(select(MessageRefusal.address_index)))


def refuse(session: TenantSession, index: str, *, by: str) -> None:
    """No more optional messages to this address; a second time changes nothing. by: page or one-click."""
    if not is_refused(session, index):
        session.add(MessageRefusal(address_index=index))
        session.flush()
        audit.record(session, "message.refused", data={"by": by})


def resume(session: TenantSession, index: str) -> None:
    """They are welcome again."""
    if is_refused(session, index):
        session.execute(delete(MessageRefusal).where(MessageRefusal.address_index == index))
        audit.record(session, "message.resumed")
