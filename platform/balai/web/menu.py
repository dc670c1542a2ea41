"""The console's side menu and search: whatever the switched-on plugins and the core's rooms offer, by permission."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Flask, current_app, g, url_for
from werkzeug.routing import BuildError

from balai.contracts import MenuItem
from balai.web.here import is_current
from balai.web.people import current_user

log = logging.getLogger("balai.web")


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
    entries = [entry for item in allowed if (entry := _entry(item)) is not None]
    # Of two entries where one lies below the other (/kelola, /kelola/petugas), the longer one is where the reader is.
    here = max((e.url for e in entries if is_current(e.url)), key=len, default=None)
    return [replace(e, current=e.url == here) for e in entries]


def _entry(item: MenuItem) -> Entry | None:
    """The entry, None for one that leads nowhere: a plugin's slip must not take every console page down."""
    try:
        return Entry(str(item.label), url_for(item.endpoint), item.icon, current=False)
    except BuildError:
        log.exception("menu entry %r leads nowhere", item.endpoint)
        return None


def search_at(app: Flask, path: str) -> None:
    """The console's search field asks `path` with `q` ("/kelola/laporan"); without this there is no field."""
    app.extensions["balai.console_search"] = path


def console_search() -> str | None:
    """Where the console's search field leads; None on the apex host and when no room offers a search."""
    if g.get("tenant") is None:
        return None
    found: str | None = current_app.extensions.get("balai.console_search")
    return found


def bell_with(app: Flask, path: str, count: Callable[[], int]) -> None:
    """A bell at the top of the console leads to `path`; `count` answers how many things are new for the signed-in member."""
    app.extensions["balai.console_bell"] = (path, count)


def console_bell() -> tuple[str, int] | None:
    """(path, how many are new); None on the apex host and when no room offers a bell."""
    found = current_app.extensions.get("balai.console_bell")
    return (found[0], found[1]()) if found is not None and g.get("tenant") is not None else None
