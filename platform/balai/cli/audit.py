"""`balai audit`: check the sealed record."""

from dataclasses import asdict

import click

from balai.cli.context import application, find_tenant
from balai.cli.output import ATTENTION, answer, table


@click.group()
def command() -> None:
    """The sealed record of who did what."""


@command.command()
@click.argument("region", required=False)
@click.option(
    "--anchor", default=None, help="A head noted earlier (printed page, log); it must stand in REGION's chain."
)
def verify(region: str | None, anchor: str | None) -> None:
    """Walk the chain of REGION, or of all; names the first broken batch and leaves with 1."""
    from balai import audit
    from balai.tenancy import tenant_scope, tenants

    if anchor and not region:
        raise click.UsageError("--anchor belongs to one region: name it")
    rows = []
    with application():
        chosen = (
            [find_tenant(region)]
            if region
            else tenants(status=("active", "suspended", "onboarding"), kind=("region", "operator", "ministry"))
        )
        for tenant in chosen:
            with tenant_scope(tenant) as session:
                verdict = audit.verify(session, anchor=anchor)
            rows.append({"region": tenant.slug, "ok": verdict.ok, **asdict(verdict)})
    columns = {
        "region": "Region",
        "ok": "Whole",
        "batches": "Batches",
        "entries": "Entries",
        "head": "Head",
        "fault": "Fault",
    }
    table(rows, columns, "No region yet.")
    if not all(row["ok"] for row in rows):
        raise SystemExit(ATTENTION)


@command.command()
@click.argument("region")
def seal(region: str) -> None:
    """Seal REGION's entries now instead of within the minute."""
    from balai import audit
    from balai.tenancy import tenant_scope

    with application(), tenant_scope(find_tenant(region)) as session:
        made = audit.seal_pending(session)
    answer({"seq": made.seq if made else None}, f"Batch {made.seq} sealed." if made else "Nothing to seal.")
