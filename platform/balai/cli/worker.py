"""`balai worker`: background work from the PostgreSQL queue."""

import click

from balai.cli.context import load_settings


@click.command()
@click.option("--concurrency", type=int, default=4, show_default=True, help="Jobs at once.")
def command(concurrency: int) -> None:
    """Work on jobs until stopped; finishes the running ones first."""
    import logging
    import os

    from balai.app import create_app
    from balai.jobs import worker

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = load_settings()
    # On one small machine a person at a page goes before a mail or a roll-up.
    os.nice(max(0, min(19, settings.worker_nice)))
    worker.run(create_app(settings), concurrency=concurrency)
