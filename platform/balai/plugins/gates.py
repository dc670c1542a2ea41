"""State of a plugin in a region, and the route gate. (The hook gate is `hooks(tenant)`, the job gate stands in `jobs`.)"""

from flask import Flask, current_app, request
from werkzeug.exceptions import NotFound

from balai import tenancy
from balai.contracts import PluginState
from balai.plugins.manager import Manager
from balai.plugins.names import ALWAYS_ON, owner_of_path
from balai.plugins.relay import Hooks
from balai.tenancy import Tenant


def manager(app: Flask | None = None) -> Manager:
    """The manager of `app`, or of the current application."""
    found: Manager = (app or current_app).extensions["balai.plugins"]
    return found


def state(tenant: Tenant | None, name: str) -> PluginState:
    """What `name` may do for `tenant` right now: the one question behind all gates.

    Rooms of the core, `daerah` and `privasi` are always on; a plugin that isn't installed, was kept out or never switched on is
    off; on the apex host (tenant None) every plugin is off.
    """
    plugin = manager().get(name)
    if name in ALWAYS_ON or (plugin is not None and plugin.core):
        return PluginState.ON
    if plugin is None or tenant is None:
        return PluginState.OFF
    return tenant.plugins.get(name, PluginState.OFF)


def open_plugins(tenant: Tenant | None) -> list[str]:
    """Names of installed plugins that are on or closing for `tenant`, in order."""
    return [plugin.name for plugin in manager().installed if state(tenant, plugin.name).open]


def hooks(tenant: Tenant | None) -> Hooks:
    """The hooks that `tenant` may hear: the core's and those of its open plugins. On the apex (None) the core's only."""
    return manager().relay(open_plugins(tenant))


def close_route_gate() -> None:
    """Make a request to a plugin that isn't open look unknown to everything that follows.

    It asks by path and by endpoint, because the router's own answers (405 with Allow, 308 to the slash) have no endpoint. The
    request is changed rather than answered, so that the steps between here and the 404 page are those of an unknown page.
    """
    if _is_closed():
        request.url_rule = None
        request.view_args = None
        request.routing_exception = NotFound()


def _is_closed() -> bool:
    found, tenant = manager(), tenancy.current()
    owner = found.owner_of_endpoint(request.endpoint)
    if owner is not None and not state(tenant, owner).open:
        return True
    word, shared = owner_of_path(request.path)
    return word is not None and (shared or word in found.plugins) and not state(tenant, word).open


def stop_closed_request() -> None:
    """First function of every plugin blueprint: Flask chose the blueprint's functions before the gate was asked."""
    if request.routing_exception is not None:
        raise request.routing_exception


def init_gate(app: Flask) -> None:
    """Hang the route gate in, right behind the host's tenant."""
    app.before_request(close_route_gate)
    for _plugin, blueprint in manager(app).brought("blueprints"):
        functions = blueprint.before_request_funcs.setdefault(None, [])
        if stop_closed_request not in functions:
            functions.insert(0, stop_closed_request)
