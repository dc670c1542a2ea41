"""`balai region`: the list of provinces, regencies and cities."""

import json
from pathlib import Path

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


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def outlines(file: Path) -> None:
    """Load outlines of regions from a GeoJSON FILE (properties.code = Kemendagri code), so that a position suggests a region."""
    from balai.places.outlines import OutlineError, load_outlines

    try:
        collection = json.loads(file.read_text(encoding="utf-8"))
        with owner() as engine, engine.begin() as connection:
            written, unknown = load_outlines(connection, collection)
    except (ValueError, OutlineError) as fault:
        raise click.ClickException(f"{file}: not a GeoJSON collection of polygons with codes ({fault})") from None
    answer(
        {"written": written, "unknown": unknown},
        f"{written} outlines loaded. Not on the list: {', '.join(unknown) or 'none'}.",
    )
