"""`balai tenant`: open, list, stop, resume and export regions."""

from pathlib import Path

import click

from balai.cli.context import application, find_tenant
from balai.cli.output import ATTENTION, answer, fail, progress, say, table
from balai.settings import current_settings


@click.group()
def command() -> None:
    """Regional governments on this deployment."""


@command.command()
@click.argument("region_code", required=False)
@click.option("--admin-email", required=True, help="Mail address of the region's first admin.")
@click.option("--admin-name", required=True, help="Name of the region's first admin.")
@click.option("--slug", default="", help="Name in the address; default from the list, such as kota-bandung.")
@click.option("--kind", type=click.Choice(["region", "operator", "ministry"]), default="region", show_default=True)
@click.option("--name", default="", help="Name of an operator or ministry.")
@click.option("--plugin", "plugins", multiple=True, help="Switch this plugin on at once; may be given more than once.")
def create(
    region_code: str | None,
    admin_email: str,
    admin_name: str,
    slug: str,
    kind: str,
    name: str,
    plugins: tuple[str, ...],
) -> None:
    """Open the region REGION_CODE (such as 32.73). A failure halfway can be run again."""
    from balai.admin.onboarding import Wish, onboard

    if kind == "region" and not region_code:
        raise click.UsageError("name the region's code, such as 32.73 (see `balai region list`)")
    if kind != "region" and not (name and slug):
        raise click.UsageError(f"a {kind} needs --name and --slug")
    wish = Wish(
        admin_email=admin_email,
        admin_name=admin_name,
        region_code=region_code,
        kind=kind,  # type: ignore[arg-type]
        name=name,
        slug=slug,
        plugins=plugins,
    )
    with application():
        made = onboard(current_settings(), wish, lambda text: say(f"  {text}"))
        address = current_settings().public_url(made.host, "/kelola")
    answer(made, f"{made.tenant.name} is open: {address}")
    if made.password:
        say(f"One-time password of {admin_email} (shown once): {made.password}")
    if made.warning:
        say(f"Look at this: {made.warning}")


@command.command("list")
def list_tenants() -> None:
    """All regions, and the operator and ministries."""
    from balai.tenancy import tenants

    with application():
        found = tenants(status=("active", "suspended", "onboarding"), kind=("region", "operator", "ministry"))
        settings = current_settings()
    rows = [
        {
            "slug": t.slug,
            "code": t.region_code,
            "name": t.name,
            "kind": t.kind,
            "status": t.status,
            "plugins": ", ".join(f"{name} ({state})" if state != "on" else name for name, state in t.plugins.items()),
            "host": settings.tenant_host(t.slug) if t.kind == "region" else settings.domain,
            "key": str(t.key),
        }
        for t in found
    ]
    columns = {"slug": "Slug", "code": "Code", "name": "Name", "status": "Status", "plugins": "Plugins", "host": "Host"}
    table(rows, columns, "No region yet: `balai tenant create 32.73 --admin-email ... --admin-name ...`")


@command.command()
@click.argument("region")
@click.option("--reason", required=True, help="Why; stands in the region's audit.")
def suspend(region: str, reason: str) -> None:
    """Stop REGION: its pages say so, its people can't sign in, its data stays."""
    _set_active(region, reason, active=False)


@command.command()
@click.argument("region")
@click.option("--reason", required=True, help="Why; stands in the region's audit.")
def resume(region: str, reason: str) -> None:
    """Let REGION serve again."""
    _set_active(region, reason, active=True)


def _set_active(region: str, reason: str, *, active: bool) -> None:
    from balai.admin.onboarding import set_active

    with application():
        tenant = find_tenant(region)
        set_active(current_settings(), tenant, active=active, reason=reason)
    answer({"region": tenant.slug, "active": active}, f"{tenant.name} {'serves again' if active else 'is stopped'}.")


@command.command()
@click.argument("region")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--personal", is_flag=True, help="Personal data readable, all files included; needs --reason.")
@click.option("--reason", default="", help="Why; stands in the region's audit.")
def export(region: str, target: Path, *, personal: bool, reason: str) -> None:
    """Write everything of REGION into the new folder (or .zip) TARGET: JSON Lines, CSV, files, manifest with checksums."""
    from balai.admin.export import export_tenant

    if personal and not reason.strip():
        raise click.UsageError("--personal needs --reason")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        fail(f"{target} isn't empty: name a new folder", 4)
    with application(), progress("Rows") as advance:
        done = export_tenant(find_tenant(region), target, personal=personal, reason=reason, progress=advance)
    answer(done, f"Written to {target}: {done.rows} rows of {done.tables} tables, {done.files} files.")


@command.command("verify-export")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def verify(path: Path) -> None:
    """Check the export in PATH against its manifest; names what is wrong and leaves with 1."""
    from balai.admin.export import verify_export

    faults = verify_export(path)
    answer({"path": str(path), "faults": faults}, "\n".join(faults) or f"{path} is whole.")
    if faults:
        raise SystemExit(ATTENTION)
