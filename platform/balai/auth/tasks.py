"""Work for the worker: old sessions go, who left Keycloak leaves here, the portal's addresses follow a region's hosts."""

from datetime import timedelta
from typing import Any

from balai.auth import queries
from balai.clock import now
from balai.contracts import RetryLater, periodic, task
from balai.db import TenantSession
from balai.settings import current_settings


@periodic("17 * * * *", together=True)
@task("auth.drop_expired_sessions")
def drop_expired_sessions(session: TenantSession, tenant: Any) -> None:
    """Expired sessions of every region: the first region's turn clears them all, the others find nothing."""
    del tenant
    queries.purge_sessions(session.connection(), now())


@periodic("*/20 * * * *", together=True)
@task("auth.follow_keycloak")
def follow_keycloak(session: TenantSession, tenant: Any) -> None:
    """Who was removed or disabled in Keycloak leaves here too: three times an hour, so that a round may be missed."""
    from balai.auth import following
    from balai.auth.directory import directory
    from balai.auth.keycloak import KeycloakDownError
    from balai.auth.runtime import runtime

    if runtime().status() != "ok":
        return  # the next round will do; hundreds of regions needn't each wait for the same silence
    try:
        following.follow(session, tenant, directory())
    except KeycloakDownError:
        runtime().seen_down()


@task("auth.write_addresses")
def write_addresses(session: TenantSession, tenant: Any) -> None:
    """Queue this (`jobs.defer`) when a custom domain was proven or removed, or a slug changed: sign-in follows within seconds."""
    from balai.auth.keycloak import KeycloakDownError
    from balai.auth.provisioning import Provisioner

    del tenant
    try:
        Provisioner(current_settings(), session.database).sync_addresses()
    except KeycloakDownError as error:
        raise RetryLater(timedelta(minutes=1), "Keycloak is down") from error
