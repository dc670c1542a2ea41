"""`balai worker`: background work from the PostgreSQL queue."""

import click

from balai.cli.context import load_settings


@click.command()
@click.option("--concurrency", type=int, default=4, show_default=True, help="Jobs at once.")
def command(concurrency: int) -> None:
    """Work on jobs until stopped; finishes the running ones first."""
    from balai.app import create_app
    from balai.jobs import worker

    worker.run(create_app(load_settings()), concurrency=concurrency)
