"""`balai serve`: the web server (granian: the fastest WSGI server measured, domain/database)."""

import click

from balai.cli.context import load_settings


@click.command()
@click.option("--workers", type=int, default=None, help="Processes; default BALAI_WORKERS.")
def command(workers: int | None) -> None:
    """Serve Balai on BALAI_BIND:BALAI_PORT until stopped."""
    from granian.constants import Interfaces
    from granian.server import Server

    settings = load_settings()
    server = Server(
        "balai.app:create_app",
        factory=True,
        address=settings.bind,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=workers or settings.workers,
        blocking_threads=settings.threads,
        backlog=2048,
        respawn_failed_workers=True,
        websockets=False,
        log_access=False,
    )
    server.serve()
