"""Plugins: which are here, which are on in a region, and the gates that keep the others out of sight."""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from flask import Flask

from balai.contracts import API_VERSION
from balai.plugins.gates import hooks, init_gate, manager, open_plugins, state
from balai.plugins.histories import histories
from balai.plugins.installed import Brought, Plugin, PluginFault, Refused
from balai.plugins.manager import Found, Manager, find_installed
from balai.plugins.models import PluginSetting
from balai.plugins.names import RESERVED
from balai.plugins.relay import Hooks
from balai.plugins.services import (
    Switchable,
    count_running_with,
    finish_closing,
    overview,
    record_dpia,
    running,
    save_settings,
    settings,
    switch,
)

if TYPE_CHECKING:
    from balai.db.migrate import History

# A room of the core takes part by a module `hooks` with hookimpls; it is then a built-in plugin that is always on. The order
# is that of the import layers, lowest first.
ROOMS = (
    "keys", "audit", "jobs", "auth", "rest", "web", "privacy", "files", "places", "notify", "billing", "cases", "evidence",
    "interop", "admin",
)  # fmt: skip


def core_hooks() -> dict[str, Any]:
    """The built-in plugins: room name -> its module `balai.<room>.hooks`."""
    names = [room for room in ROOMS if find_spec(f"balai.{room}") and find_spec(f"balai.{room}.hooks")]
    return {name: import_module(f"balai.{name}.hooks") for name in names}


def load(found: Iterable[Found] | None = None) -> Manager:
    """A manager over the core's rooms and `found` (by default what is installed); needs no application."""
    return Manager(core_hooks(), find_installed() if found is None else found, api_version=API_VERSION)


def installed_histories() -> "list[History]":
    """Migration histories of the plugins that are installed and sound."""
    return histories(load())


def init_app(app: Flask) -> None:
    """Build the manager (or take the one that a test put there), hang in the route gate, mount pages and webhooks.

    Blueprints of the API are mounted by `rest`, which owns the OpenAPI document.
    """
    built: Manager = app.extensions.setdefault("balai.plugins", None) or load()
    app.extensions["balai.plugins"] = built
    init_gate(app)
    for _plugin, blueprint in built.blueprints(api=False):
        app.register_blueprint(blueprint)


__all__ = [
    "RESERVED",
    "Brought",
    "Found",
    "Hooks",
    "Manager",
    "Plugin",
    "PluginFault",
    "PluginSetting",
    "Refused",
    "Switchable",
    "core_hooks",
    "count_running_with",
    "find_installed",
    "finish_closing",
    "histories",
    "hooks",
    "init_app",
    "installed_histories",
    "load",
    "manager",
    "open_plugins",
    "overview",
    "record_dpia",
    "running",
    "save_settings",
    "settings",
    "state",
    "switch",
]
