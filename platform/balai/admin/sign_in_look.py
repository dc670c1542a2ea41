"""The sign-in pages carry the region's look: after each change the worker tells Keycloak its name, colour and crest.

In the background, since a region must be able to save its look while Keycloak is down.
"""

import logging

from sqlalchemy import select

from balai import jobs
from balai.auth.directory import directory
from balai.contracts import task
from balai.db import TenantSession
from balai.settings import current_settings
from balai.tenancy import Tenant, TenantProfile
from balai.web.look import view_of

log = logging.getLogger("balai.admin")


@task("admin.share_look")
def share_look(session: TenantSession, tenant: Tenant) -> None:
    """Bring Keycloak's organization to the region's present look; idempotent."""
    look = view_of(session.scalars(select(TenantProfile)).one())
    settings = current_settings()
    crest = (
        settings.public_url(settings.tenant_host(tenant.slug), f"/lambang/small?v={look.crest}") if look.crest else ""
    )
    try:
        directory().set_look(
            tenant, name=look.name, color=look.palette.brand_deep, text_color=look.palette.on_deep, crest_url=crest
        )
    except LookupError:
        # Its organization isn't there yet: opening the region makes it, and the next saved look is told.
        log.info("no organization yet for %s; its look is told later", tenant.slug)


def look_changed(session: TenantSession) -> None:
    """Queue it; several changes in a row are told once."""
    jobs.defer(session, share_look, queueing_lock="look")
