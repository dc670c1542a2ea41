"""Turns announced facts into jobs: one per listener, in the transaction that made the fact."""

import logging
from datetime import datetime
from uuid import UUID

from balai import plugins
from balai.contracts import Event, task
from balai.db import TenantSession
from balai.jobs.services import defer
from balai.plugins import Manager
from balai.plugins.queries import fresh_states
from balai.tenancy import Tenant

log = logging.getLogger(__name__)


@task("jobs.tell", queue="events")
def tell(
    session: TenantSession, tenant: Tenant, *, listener: str, event: UUID, name: str, at: str, subject: str
) -> None:
    """Call `on_<name>` of one listener, unless it is no longer open for this region."""
    if not plugins.state(tenant, listener).open or listener not in plugins.manager().listeners(name):
        log.info("event %s for %s dropped: not open any more", name, listener)
        return
    fact = Event(id=event, tenant_id=tenant.id, name=name, at=datetime.fromisoformat(at), subject_id=subject)
    plugins.manager().tell(listener, name, tenant=tenant, session=session, event=fact)


class Dispatcher:
    """What `db.announce` calls; put on the Database by `init_app`."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager

    def __call__(self, session: TenantSession, event: Event) -> None:
        """Queue one job for each listener that is open now. Jobs about the same subject run in order, per listener."""
        listeners = self._manager.listeners(event.name)
        if not listeners:
            return
        core = {plugin.name for plugin in self._manager.core}
        # Read in this transaction: the request's own copy is older than a switch that was just made in it.
        states = fresh_states(session) if set(listeners) - core else {}
        for listener in listeners:
            if listener in core or (listener in states and states[listener].open):
                defer(
                    session,
                    tell,
                    lock=f"{listener}:{event.subject_id}",
                    listener=listener,
                    event=event.id,
                    name=event.name,
                    at=event.at.isoformat(),
                    subject=event.subject_id,
                )
