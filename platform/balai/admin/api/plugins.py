"""Which services a region has switched on, and the switch."""

from flask import Response

from balai import auth, db, rest, tenancy
from balai.admin.api.schemas import PluginItem, PluginList, PluginSwitch
from balai.contracts import PluginState
from balai.errors import NotFound
from balai.plugins import manager, state, switch
from balai.plugins.installed import Plugin

blueprint = rest.Blueprint(
    "api_plugins",
    __name__,
    tag="plugins",
    url_prefix=f"{rest.API_PREFIX}/plugins",
    description="Kelompok layanan yang menyala di daerah ini.",
)


@blueprint.route("")
@blueprint.public
@blueprint.answers(PluginList, summary="Kelompok layanan yang menyala")
def list_plugins() -> PluginList:
    """Those that are open; whoever may switch sees the others too."""
    return PluginList([_item(plugin) for plugin in manager().installed if _may_see(plugin)])


@blueprint.route("/<name>")
@blueprint.public
@blueprint.answers(PluginItem, summary="Satu kelompok layanan", problems=(404,))
def get_plugin(name: str) -> PluginItem:
    """One of them, under the same rule."""
    return _item(_find(name))


@blueprint.route("/<name>", methods=["PUT"])
@blueprint.requires("plugins.switch")
@blueprint.body(PluginSwitch)
@blueprint.answers(PluginItem, summary="Nyalakan, tutup atau matikan", problems=(404, 409, 422))
def switch_plugin(name: str, body: PluginSwitch) -> Response:
    """With a reason, audited, effective with the next request."""
    plugin = _find(name)
    tenant = tenancy.current()
    assert tenant is not None  # noqa: S101 - the blueprint lives on tenants' hosts only
    done = switch(db.session(), tenant, name, PluginState(body.state), reason=body.reason)
    return rest.reply(_item(plugin, done))


def _find(name: str) -> Plugin:
    plugin = manager().get(name)
    if plugin is None or plugin.core or not _may_see(plugin):
        raise NotFound
    return plugin


def _may_see(plugin: Plugin) -> bool:
    principal = auth.current()
    return state(tenancy.current(), plugin.name).open or (
        principal is not None and "plugins.switch" in principal.permissions
    )


def _item(plugin: Plugin, now: PluginState | None = None) -> PluginItem:
    manifest = plugin.manifest
    assert manifest is not None  # noqa: S101 - only rooms of the core have none
    return PluginItem(
        name=manifest.name,
        title=manifest.titles["id"],
        summary=manifest.summary["id"],
        sector=manifest.sector.value,
        stage=manifest.stage.value,
        version=manifest.version,
        state=(now or state(tenancy.current(), plugin.name)).value,
    )
