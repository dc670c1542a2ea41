"""`balai demo`: three regions with believable data."""

import click

from balai.cli.context import application
from balai.cli.output import answer, say
from balai.settings import current_settings


@click.group()
def command() -> None:
    """Three regions with believable data; only with BALAI_DEMO=on."""


@command.command()
def load() -> None:
    """Open the demo regions and let their people work; run again, it completes what is missing."""
    from balai.admin import demo

    with application():
        accounts = demo.load(current_settings(), say)
        where = current_settings().demo_accounts
    answer({"accounts": accounts}, f"{len(accounts)} akun percobaan: {where}" if where else "")
