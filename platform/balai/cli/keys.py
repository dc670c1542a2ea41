"""`balai keys`: the key-encryption key and each region's own keys."""

import base64
import os
from pathlib import Path

import click

from balai.cli.context import application, find_tenant
from balai.cli.output import REFUSED, answer, fail, progress


@click.group()
def command() -> None:
    """Encryption keys."""


@command.command("new-kek")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", default="kek1", show_default=True, help="Name of the key; a newer one goes on a further line.")
def new_kek(path: Path, name: str) -> None:
    """Make a key-encryption key in the new file PATH, readable for its owner only."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        fail(f"{path} exists already. A lost key can't be made again, so nothing is overwritten.", REFUSED)
    with os.fdopen(handle, "w") as file:
        file.write(f"{name} {base64.b64encode(os.urandom(32)).decode()}\n")
    answer({"path": str(path)}, f"{path} is made. Keep a copy apart from the database's backups.")


@command.command()
@click.argument("region", required=False)
def rewrap(region: str | None) -> None:
    """Wrap keys with the newest line of BALAI_KEK_FILE, for REGION or for all."""
    from balai import keys
    from balai.tenancy import tenant_scope, tenants

    changed = 0
    with application():
        chosen = [find_tenant(region)] if region else tenants(status=("active", "suspended", "onboarding"))
        with progress("Regions", len(chosen)) as advance:
            for tenant in chosen:
                with tenant_scope(tenant) as session:
                    changed += keys.rewrap(session)
                advance()
    answer({"changed": changed}, f"{changed} keys wrapped anew.")


@command.command()
@click.argument("region")
def rotate(region: str) -> None:
    """Give REGION a new data key and write what older keys sealed anew."""
    from balai import audit, files, keys
    from balai.tenancy import tenant_scope

    with application():
        tenant = find_tenant(region)
        with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
            made = keys.rotate(session)
            audit.record(session, "keys.rotated", data={"kid": made.kid})
        with progress("Values") as advance, tenant_scope(tenant) as session:
            done = keys.reencrypt(session, progress=lambda n: advance(0, n))
            rewritten = files.reencrypt(session)
            kept = keys.drop_retired(session)
    answer(
        {"kid": made.kid, "values": done.values, "files": rewritten, "skipped": done.skipped, "still_in_use": kept},
        f"{tenant.slug} now seals with {made.kid}: {done.values} values and {rewritten} files written anew.",
    )


@command.command()
@click.argument("region")
@click.confirmation_option(prompt="This makes every encrypted value of the region unreadable for ever. Go on?")
def shred(region: str) -> None:
    """Destroy REGION's keys. What backups still hold stays readable until they expire."""
    from balai import audit, keys
    from balai.tenancy import tenant_scope

    with application():
        tenant = find_tenant(region)
        with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
            gone = keys.shred(session)
            audit.record(session, "keys.shredded", data={"keys": gone})
    answer({"keys": gone}, f"{gone} keys of {tenant.slug} are destroyed.")
