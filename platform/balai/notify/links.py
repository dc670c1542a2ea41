"""Where a message leads: rooms above this one say how an address follows from what a message is about."""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from flask import Flask, current_app

from balai.db import TenantSession
from balai.notify.channels import tenant_of
from balai.notify.models import Message
from balai.settings import current_settings

# (session, ids) -> id -> path on this host, for those that have one.
Finder = Callable[[TenantSession, Iterable[UUID]], Mapping[UUID, str]]


def lead_to(app: Flask, kind: str, finder: Finder) -> None:
    """Messages about `kind` lead to what `finder` answers."""
    app.extensions.setdefault("balai.message_links", {})[kind] = finder


def page_url(session: TenantSession, path: str) -> str:
    """Absolute address of a page of the session's region, for a message."""
    settings = current_settings()
    return settings.public_url(settings.tenant_host(tenant_of(session).slug), path)


def paths_of(session: TenantSession, messages: Iterable[Message]) -> dict[UUID, str]:
    """Message id -> path, for those that lead somewhere."""
    finders: dict[str, Finder] = current_app.extensions.get("balai.message_links", {})
    about = {m.id: (m.about_kind, m.about_id) for m in messages if m.about_kind in finders and m.about_id is not None}
    found: dict[UUID, str] = {}
    for kind, finder in finders.items():
        wanted = {about_id for about_kind, about_id in about.values() if about_kind == kind}
        paths = finder(session, wanted) if wanted else {}
        found |= {key: paths[i] for key, (about_kind, i) in about.items() if about_kind == kind and i in paths}
    return found
