"""Ways to bring a message, all behind the hook `register_channels`: e-mail and phone gateways of the core, and plugins' own.

Each takes one message or says why not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import db, plugins, tenancy
from balai.contracts import Channel
from balai.db import TenantSession
from balai.notify import gateways
from balai.plugins import Plugin
from balai.tenancy import TenantProfile, queries

IN_APP: Final = "inapp"
EMAIL: Final = "email"
# Of several ways to a phone the first that the region has set up.
_PREFERRED: Final = (gateways.WHATSAPP, gateways.SMS)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message on its way: where to, the words, and headers or notes for the channel (`stop_url`)."""

    id: UUID
    to: str
    subject: str
    text: str
    notes: Mapping[str, str]
    trial: bool = False


def found(key: str) -> tuple[Plugin, Channel] | None:
    """A channel of the core or of an installed plugin, with who brought it."""
    return next(((owner, made) for owner, made in plugins.manager().brought("channels") if made.key == key), None)


def installed() -> list[str]:
    """Keys of all installed channels."""
    return [made.key for _owner, made in plugins.manager().brought("channels")]


def channel(key: str) -> Channel | None:
    """The channel of that key, None when nothing installed brings it."""
    pair = found(key)
    return pair[1] if pair else None


def is_phone(key: str) -> bool:
    """Whether the channel rings a phone."""
    made = channel(key)
    return made is not None and made.address == "phone"


def phone_channel(session: TenantSession | None = None) -> str | None:
    """Key of the channel by which this region reaches phones, None when it has none."""
    if session is None:
        if tenancy.current() is None:
            return None
        session = db.session()
    tenant = tenant_of(session)
    usable = [
        made.key
        for owner, made in plugins.manager().brought("channels")
        if made.address == "phone" and _is_on(session, tenant, owner, made.key)
    ]
    return min(usable, key=lambda key: _PREFERRED.index(key) if key in _PREFERRED else len(_PREFERRED), default=None)


def _is_on(session: TenantSession, tenant: tenancy.Tenant, owner: Plugin, key: str) -> bool:
    if owner.core:
        row = gateways.of_region(session, key)
        return row is not None and row.switched_on
    return plugins.state(tenant, owner.name).open


def deliver(session: TenantSession, key: str, parcel: Parcel) -> str:
    """Bring one message; the provider's reference.

    gateways.NotSetUpError: kept until the region sets the channel up; RefusedError: of no use to try again; PausedError: the
    whole channel rests; any other error: try again.
    """
    pair = found(key)
    if pair is None:
        raise gateways.NotSetUpError("jalur ini belum dipasang")
    owner, made = pair
    tenant = tenant_of(session)
    if owner.core:
        settings = gateways.settings_of(session, key, trial=parcel.trial) if made.address == "phone" else {}
    elif plugins.state(tenant, owner.name).open:
        settings = plugins.settings(session, owner.name)
    else:
        raise gateways.NotSetUpError("jalur ini sedang dimatikan")
    extra = {"message_id": str(parcel.id), "sender": region_name(session, tenant), **parcel.notes}
    return made.deliver({**settings, **extra}, parcel.to, parcel.subject, parcel.text)


def region_name(session: TenantSession, tenant: tenancy.Tenant) -> str:
    """The region as it calls itself."""
    return session.scalars(select(TenantProfile.display_name)).first() or tenant.name


def tenant_of(session: TenantSession) -> tenancy.Tenant:
    """The session's tenant, read once per session where the request doesn't know it."""
    current = tenancy.current()
    if current is not None and current.id == session.tenant_id:
        return current
    if "balai.tenant" not in session.info:
        session.info["balai.tenant"] = queries.tenant_by_id(session, session.tenant_id)
    kept: tenancy.Tenant = session.info["balai.tenant"]
    return kept
