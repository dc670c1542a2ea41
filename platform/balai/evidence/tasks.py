"""The room's work in the background: the hourly roll-up, the nightly verdicts."""

from typing import Final

from flask import current_app

from balai.contracts import periodic, task
from balai.db import TenantSession
from balai.evidence import national, nudges
from balai.evidence.facts import metrics, roll_up
from balai.evidence.papers.anchor import note
from balai.evidence.trials.services import run_due
from balai.evidence.verdicts.services import judge_all
from balai.tenancy import Tenant

# Regions that are worked through side by side: the work is the database's, and its second processor would stand idle.
_LANES: Final = 2


@periodic("23 * * * *", together=True, lanes=_LANES)
@task("evidence.roll_up")
def roll_up_facts(session: TenantSession, _tenant: Tenant) -> None:
    """Take in what the timeline got since the last hour."""
    roll_up(session)


@periodic("47 18 * * *", together=True, lanes=_LANES)
@task("evidence.judge")
def judge_services(session: TenantSession, tenant: Tenant) -> None:
    """Collect what plugins measured, then judge. Nightly, so that a new figure or cost shows the next morning."""
    if tenant.kind != "region":
        return
    roll_up(session)
    metrics.collect(session, tenant)
    judge_all(session)
    run_due(session)
    national.publish(session)


@periodic("7 1 2 * *", together=True)
@task("evidence.nudge")
def tell_month(session: TenantSession, tenant: Tenant) -> None:
    """The month that has ended: the leader hears of it, the auditor's anchor is noted."""
    if tenant.kind != "region":
        return
    settings = current_app.extensions["balai.settings"]
    nudges.tell_leaders(session, tenant, settings.public_url(settings.tenant_host(tenant.slug), "/kelola/manfaat"))
    note(session)
