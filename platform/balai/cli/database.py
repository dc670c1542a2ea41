"""`balai db`: migrations of the core and of every installed plugin."""

import click

from balai.cli.context import owner
from balai.cli.output import ATTENTION, answer, fail, table
from balai.db import migrate


@click.group()
def command() -> None:
    """Migrations and their state; works as role balai_owner."""


def histories() -> list[migrate.History]:
    """Core first, then the installed plugins."""
    from balai.plugins import installed_histories

    return [migrate.History.core(), *installed_histories()]


@command.command()
def upgrade() -> None:
    """Bring the core and each installed plugin to its newest schema."""
    with owner() as engine:
        moved = migrate.upgrade(engine, histories())
    answer({"moved": moved}, "\n".join(moved) or "Already up to date.")


@command.command()
@click.argument("history")
@click.argument("target")
@click.confirmation_option(prompt="Taking a schema down deletes its tables and what stands in them. Go on?")
def downgrade(history: str, target: str) -> None:
    """Take HISTORY (balai or a plugin) down to revision TARGET, or `base`."""
    chosen = next((h for h in histories() if h.name == history), None)
    if chosen is None:
        fail(f"No history {history!r}: {', '.join(h.name for h in histories())}", 2)
    with owner() as engine:
        migrate.downgrade(engine, chosen, target)
    answer({"history": history, "target": target}, f"{history} is at {target}.")


@command.command()
def status() -> None:
    """Where each history stands; leaves with 1 when one is behind."""
    with owner() as engine:
        rows = [
            {"history": h.name, "current": migrate.current(engine, h), "newest": migrate.head(h)} for h in histories()
        ]
    table(rows, {"history": "History", "current": "Here", "newest": "Newest"}, "")
    if any(row["current"] != row["newest"] for row in rows):
        fail("Not up to date: run `balai db upgrade`", ATTENTION)


@command.command()
def check() -> None:
    """Look for tables that would let tenants meet; leaves with 1 when there are any."""
    from balai.db import catalogue

    with owner() as engine, engine.connect() as connection:
        faults = catalogue.faults(connection)
    answer({"faults": faults}, "\n".join(faults) or "Every table keeps its tenants apart.")
    if faults:
        raise SystemExit(ATTENTION)
