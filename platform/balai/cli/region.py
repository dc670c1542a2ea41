"""`balai region`: the list of provinces, regencies and cities."""

import click

from balai.cli.context import application, owner
from balai.cli.output import answer, table


@click.group()
def command() -> None:
    """The Kemendagri list of regions."""


@command.command()
def load() -> None:
    """Load or refresh the list (38 provinces, 514 regencies and cities); nothing is ever deleted."""
    from balai.places import kemendagri

    with owner() as engine, engine.begin() as connection:
        done = kemendagri.load_regions(connection)
    answer(
        done,
        f"List {done.version}: {done.added} added, {done.changed} renamed, {done.vanished} no longer on the list (kept).",
    )


@command.command("list")
@click.argument("search", default="")
def list_regions(search: str) -> None:
    """Regions whose name holds SEARCH, and which of them are on Balai."""
    from balai.places import kemendagri, regions
    from balai.tenancy import registry_scope

    with application(), registry_scope() as session:
        found = regions(session, search=kemendagri.search_name(search) if search else "")
    rows = [{"code": r.code, "name": r.name, "province": r.parent_name, "slug": r.slug} for r in found]
    table(
        rows,
        {"code": "Code", "name": "Name", "province": "Province", "slug": "On Balai as"},
        "No region with that name. Is the list loaded (`balai region load`)?",
    )
