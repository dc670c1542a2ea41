"""`balai plugin`: what is installed, what is on where, switch with a reason."""

import click

from balai.cli.context import application, find_tenant
from balai.cli.output import answer, fail, table
from balai.contracts import PluginState


@click.group()
def command() -> None:
    """Service plugins."""


@command.command("list")
@click.argument("region", required=False)
def list_plugins(region: str | None) -> None:
    """Installed plugins, and their state in REGION (slug, code or key)."""
    from balai.plugins import manager, state

    with application():
        tenant = find_tenant(region) if region else None
        rows = [
            {
                "name": plugin.name,
                "title": plugin.manifest.titles["id"] if plugin.manifest else "",
                "distribution": plugin.distribution,
                "state": state(tenant, plugin.name).value if tenant else "",
            }
            for plugin in manager().installed
        ]
        rows += [
            {"name": refused.name, "title": refused.reason, "distribution": refused.distribution, "state": "kept out"}
            for refused in manager().refused
        ]
    columns = {"name": "Plugin", "title": "Title", "distribution": "Package", "state": "State"}
    table(rows, columns, "No plugin is installed.")


@command.command()
@click.argument("region")
@click.argument("plugin")
@click.argument("to", type=click.Choice(["on", "closing", "off"]))
@click.option("--reason", required=True, help="Why; stands in the region's audit.")
def switch(region: str, plugin: str, to: str, reason: str) -> None:
    """Switch PLUGIN in REGION; works with the next request, no restart."""
    from balai import audit, plugins
    from balai.tenancy import tenant_scope

    with application():
        tenant = find_tenant(region)
        with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
            after = plugins.switch(session, tenant, plugin, PluginState(to), reason=reason)
    if after.value != to:
        fail(f"{plugin} is {after.value} in {tenant.slug}: its impact assessment is missing", 4)
    answer(
        {"region": tenant.slug, "plugin": plugin, "state": after.value}, f"{plugin} is {after.value} in {tenant.slug}."
    )
