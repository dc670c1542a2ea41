"""The console's side menu and search: whatever the switched-on plugins and the core's rooms offer, by permission."""

from dataclasses import dataclass, replace

from flask import Flask, current_app, g, url_for

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
    if user is None:
        return []
    from balai import plugins

    if tenant is None:  # the operator's console: no region, so no plugin has a say
        offered = list(current_app.extensions.get("balai.apex_menu", ()))
    else:
        offered = [item for items in plugins.hooks(tenant).collect_menu(tenant=tenant) for item in items]
    allowed = [i for i in offered if i.permission is None or i.permission in user.permissions]
    allowed.sort(key=lambda i: (i.order, str(i.label)))
    entries = [Entry(str(i.label), url_for(i.endpoint), i.icon, current=False) for i in allowed]
    # Of two entries where one lies below the other (/kelola, /kelola/petugas), the longer one is where the reader is.
    here = max((e.url for e in entries if is_current(e.url)), key=len, default=None)
    return [replace(e, current=e.url == here) for e in entries]


def search_at(app: Flask, path: str) -> None:
    """The console's search field asks `path` with `q` ("/kelola/laporan"); without this there is no field."""
    app.extensions["balai.console_search"] = path


def console_search() -> str | None:
    """Where the console's search field leads; None on the apex host and when no room offers a search."""
    if g.get("tenant") is None:
        return None
    found: str | None = current_app.extensions.get("balai.console_search")
    return found
