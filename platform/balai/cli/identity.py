"""`balai identity`: the Keycloak realm."""

import os

import click

from balai.cli.context import application, load_settings
from balai.cli.output import UNREACHABLE, answer, fail


@click.group()
def command() -> None:
    """The Keycloak realm and its redirect addresses."""


@command.command()
@click.option("--theme/--no-theme", default=True, help="Use Balai's sign-in pages; off where they aren't installed.")
def setup(theme: bool) -> None:
    """Create or upgrade the realm; can be run again at any time.

    Needs BALAI_KEYCLOAK_ADMIN_USER and BALAI_KEYCLOAK_ADMIN_PASSWORD (an administrator of Keycloak's master realm) and the three
    client secrets.
    """
    from balai.auth.keycloak import KeycloakDownError, KeycloakRefusedError
    from balai.auth.realm import ensure_realm

    user, password = (os.environ.get(f"BALAI_KEYCLOAK_ADMIN_{name}", "") for name in ("USER", "PASSWORD"))
    if not user or not password:
        fail("Set BALAI_KEYCLOAK_ADMIN_USER and BALAI_KEYCLOAK_ADMIN_PASSWORD for this command", 2)
    settings = load_settings()
    try:
        done = ensure_realm(settings, user, password, theme=theme)
    except KeycloakDownError:
        fail(f"Keycloak at {settings.keycloak_server_url} doesn't answer", UNREACHABLE)
    except KeycloakRefusedError as error:
        fail(f"Keycloak refused: {error}", UNREACHABLE)
    answer(done, f"Realm {settings.realm} is {'made' if done.created else 'up to date'}.")


@command.command("sync")
def sync() -> None:
    """Write the portal's exact redirect addresses from the registry."""
    from balai.auth.provisioning import Provisioner
    from balai.db import database
    from balai.settings import current_settings

    with application():
        changed = Provisioner(current_settings(), database()).sync_addresses()
    answer({"changed": changed}, "Addresses written." if changed else "Addresses were right.")
