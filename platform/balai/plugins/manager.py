"""Finds plugins, lets the sound ones in whole, keeps the others out whole, and answers who brought what.

Built once in `create_app` and frozen: a region's set of plugins changes with a row in the database, the set of installed ones
only with a restart.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pluggy

from balai import hookspecs
from balai.contracts import EVENT_NAMES
from balai.plugins.installed import Plugin, PluginFault, Refused
from balai.plugins.names import prefixes
from balai.plugins.probing import check_blueprints
from balai.plugins.relay import Hooks
from balai.plugins.validation import check_hooks, check_manifest, gather

if TYPE_CHECKING:
    from flask import Blueprint

log = logging.getLogger(__name__)
GROUP = "balai.plugins"
# Regions share few sets of plugins; a bound all the same, since 2^n are possible.
_RELAYS = 512


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin that is installed: its name, how to import it, the distribution that brings it ("balai-feedback 0.1.0")."""

    name: str
    load: Callable[[], Any]
    distribution: str = ""


def find_installed() -> list[Found]:
    """Entry points of group `balai.plugins`, by name."""
    found = []
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        dist = f"{point.dist.name} {point.dist.version}" if point.dist else ""
        found.append(Found(point.name, point.load, dist))
    return found


class Manager:
    """Core rooms and accepted plugins. `plugins`: by name, core first; `refused`: what was kept out and why."""

    def __init__(self, core: Mapping[str, Any], found: Iterable[Found], *, api_version: str) -> None:
        self.refused: list[Refused] = []
        self.plugins: dict[str, Plugin] = {name: _core(name, module) for name, module in core.items()}
        accepted = self._accept(found, api_version)
        self._drop_unmet(accepted)
        self.plugins |= {plugin.name: plugin for plugin in sorted(accepted, key=lambda p: p.name)}
        self._relays: dict[frozenset[str], Hooks] = {}
        self._callers = self._freeze()
        self._blueprint_owner = {
            blueprint.name: plugin.name for plugin in self.installed for blueprint in plugin.brought.blueprints
        }
        for refused in self.refused:
            log.error("plugin %s (%s) is kept out: %s", refused.name, refused.distribution, refused.reason)

    @property
    def installed(self) -> list[Plugin]:
        """Accepted plugins by name, without the core's rooms."""
        return [plugin for plugin in self.plugins.values() if not plugin.core]

    @property
    def core(self) -> list[Plugin]:
        """Rooms of the core that implement hooks."""
        return [plugin for plugin in self.plugins.values() if plugin.core]

    def get(self, name: str) -> Plugin | None:
        """The accepted plugin or room of this name."""
        return self.plugins.get(name)

    def brought(self, kind: str) -> Iterator[tuple[Plugin, Any]]:
        """(plugin, item) for everything that `register_<kind>` and the manifests brought: "services", "tasks", "roles", ..."""
        for plugin in self.plugins.values():
            for item in getattr(plugin.brought, kind):
                yield plugin, item

    def blueprints(self, *, api: bool) -> "list[tuple[Plugin, Blueprint]]":
        """Blueprints of the API (to be registered through flask-smorest), or all others."""
        return [
            (plugin, blueprint)
            for plugin, blueprint in self.brought("blueprints")
            if (blueprint.url_prefix or "").startswith(prefixes(plugin.name)[2]) is api
        ]

    def owner_of_endpoint(self, endpoint: str | None) -> str | None:
        """The plugin that brought this endpoint, None for the core's."""
        return self._blueprint_owner.get(endpoint.partition(".")[0]) if endpoint else None

    def listeners(self, event: str) -> list[str]:
        """Names of rooms and plugins that implement `on_<event>`."""
        return [name for name in self.plugins if (f"on_{event}", name) in self._callers]

    def tell(self, name: str, event_name: str, /, **arguments: Any) -> None:
        """Call one plugin's `on_<event_name>`; raises what it raises (the job is then retried)."""
        self._callers[f"on_{event_name}", name](**arguments)

    def relay(self, names: Iterable[str]) -> Hooks:
        """Hooks of the core and of those plugins in `names` that are installed."""
        wanted = frozenset(name for name in names if name in self.plugins)
        found = self._relays.get(wanted)
        if found is None:
            if len(self._relays) >= _RELAYS:
                self._relays.clear()
            order = [plugin.name for plugin in self.plugins.values() if plugin.core or plugin.name in wanted]
            core = [plugin.name for plugin in self.plugins.values() if plugin.core]
            found = self._relays[wanted] = Hooks(self._callers, order, core=core)
        return found

    def _accept(self, found: Iterable[Found], api_version: str) -> list[Plugin]:
        accepted = []
        candidates = list(found)
        names = Counter(candidate.name for candidate in candidates)
        for candidate in candidates:
            if names[candidate.name] > 1:
                self._refuse(candidate, "more than one distribution brings a plugin of this name")
                continue
            try:
                accepted.append(_load(candidate, api_version))
            except PluginFault as fault:
                self._refuse(candidate, str(fault))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a broken plugin does, the others start
                self._refuse(candidate, repr(error))
        return accepted

    def _refuse(self, found: Found, reason: str) -> None:
        self.refused.append(Refused(found.name, found.distribution, reason))

    def _drop_unmet(self, accepted: list[Plugin]) -> None:
        """Keep out plugins that require something which isn't here, and those that require them."""
        while True:
            names = {plugin.name for plugin in accepted}
            unmet = [(p, sorted(set(p.manifest.requires) - names)) for p in accepted if p.manifest]
            gone = [(plugin, missing) for plugin, missing in unmet if missing]
            if not gone:
                return
            for plugin, missing in gone:
                accepted.remove(plugin)
                self.refused.append(Refused(plugin.name, plugin.distribution, f"it requires {', '.join(missing)}"))

    def _freeze(self) -> dict[tuple[str, str], Callable[..., list[Any]]]:
        """One caller per hook and plugin. Made when everything is registered: subset callers don't notice later plugins."""
        pm = pluggy.PluginManager(hookspecs.PROJECT)
        pm.add_hookspecs(hookspecs)
        modules = {}
        for plugin in self.plugins.values():
            pm.register(plugin.module, name=plugin.name)
            modules[plugin.name] = plugin.module
        callers: dict[tuple[str, str], Callable[..., list[Any]]] = {}
        hooks = [key for key in vars(hookspecs) if key.startswith(("collect_", "check_"))]
        for hook in [*hooks, *(f"on_{event}" for event in EVENT_NAMES)]:
            for implementation in getattr(pm.hook, hook).get_hookimpls():
                name = implementation.plugin_name
                others = [module for key, module in modules.items() if key != name]
                callers[hook, name] = pm.subset_hook_caller(hook, others)
        return callers


def _core(name: str, module: Any) -> Plugin:
    check_hooks(module, name)
    return Plugin(name, module, None, "balai", gather(module, name, None))


def _load(candidate: Found, api_version: str) -> Plugin:
    module = candidate.load()
    manifest = check_manifest(module, candidate.name, api_version)
    check_hooks(module, candidate.name)
    brought = gather(module, candidate.name, manifest)
    check_blueprints(candidate.name, brought.blueprints, module)
    return Plugin(candidate.name, module, manifest, candidate.distribution, brought)
