"""`balai plugin`: what is installed, what is on where, switch with a reason, run one of its jobs here and now."""

from pathlib import Path
from typing import Any

import click

from balai.cli.context import application, find_tenant
from balai.cli.output import REFUSED, answer, fail, table
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


@command.command()
@click.argument("region")
@click.argument("job")
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Handed over as `data`."
)
def run(region: str, job: str, arguments: tuple[str, ...], file: Path | None) -> None:
    """Run a plugin's JOB (`water.take_bills`) for REGION here and now, in one transaction; for a nightly timer."""
    from flask import g

    from balai import audit
    from balai.plugins import manager, state
    from balai.tenancy import tenant_scope

    given: dict[str, Any] = {name: value for name, _sign, value in (part.partition("=") for part in arguments)}
    if file is not None:
        given["data"] = file.read_bytes()
    with application():
        tenant = find_tenant(region)
        task = next((task for _plugin, task in manager().brought("tasks") if task.name == job), None)
        if task is None or not state(tenant, task.owner).open:
            fail(f"No job {job!r} in {tenant.slug}: is its plugin on?", REFUSED)
        g.tenant = tenant
        with tenant_scope(tenant) as session, audit.acting_as("job", task.name):
            g.db_session = session
            try:
                done = task.run(session, tenant, **given)
            except TypeError as error:
                fail(f"{job}: {error}", 2)
    answer({"region": tenant.slug, "job": job, "result": done}, f"{job}: {done}")
