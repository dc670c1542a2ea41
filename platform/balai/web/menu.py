"""The console's side menu: whatever the switched-on plugins and the core's built-in ones offer, by permission."""

from dataclasses import dataclass

from flask import g, url_for

from balai.web.here import is_current
from balai.web.people import current_user


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry ready to be drawn."""

    label: str
    url: str
    icon: str
    current: bool


def console_menu() -> list[Entry]:
    """Entries that the signed-in member may open, in order."""
    tenant = g.get("tenant")
    user = current_user()
    if tenant is None or user is None:
        return []
    from balai import plugins

    offered = [item for items in plugins.hooks(tenant).collect_menu(tenant=tenant) for item in items]
    allowed = [i for i in offered if i.permission is None or i.permission in user.permissions]
    allowed.sort(key=lambda i: (i.order, str(i.label)))
    return [
        Entry(str(i.label), url := url_for(i.endpoint), i.icon, is_current(url, exact=url == "/kelola"))
        for i in allowed
    ]
