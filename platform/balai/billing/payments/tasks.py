"""Background work of payments: what providers told, files of banks, and the nightly comparison with providers."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from balai.billing.bank import services as bank
from balai.billing.payments import inbox, reconciling
from balai.contracts import periodic, task
from balai.db import TenantSession
from balai.jobs import defer
from balai.tenancy import Tenant

_OVERDUE: Final = timedelta(minutes=1)


# Somebody looks at the page until the money is there: before everything else. Never tried again by the queue itself: what is
# left is found below, and a job that comes back may meet its own successor.
@task("billing.book_told", priority=20, delays=())
def book_told(session: TenantSession, _tenant: Tenant, *, provider: str, again: bool = False) -> None:
    """Book callbacks that wait in the inbox; the next batch is queued in the same transaction."""
    if inbox.book(session, provider, again=again):
        _book(session, provider)


@periodic("*/5 * * * *", together=True)
@task("billing.book_left")
def book_left(session: TenantSession, _tenant: Tenant) -> None:
    """Callbacks whose job died, or that could not be booked: try again."""
    for provider in inbox.stuck(session, _OVERDUE):
        defer(session, book_told, provider=provider, again=True)


def _book(session: TenantSession, provider: str) -> None:
    defer(session, book_told, queueing_lock=f"{book_told.name}|{provider}", provider=provider)


@task("billing.ask_provider", priority=20)
def ask_provider(session: TenantSession, _tenant: Tenant, *, provider: str, order: str) -> None:
    """Something happened to an order: ask what. Tried again while the provider doesn't answer, and once more at night."""
    reconciling.ask_about(session, provider, order)


def ask_soon(session: TenantSession, provider: str, order: str) -> None:
    """Queue that question, once however often we are told."""
    defer(
        session, ask_provider, queueing_lock=f"{ask_provider.name}|{provider}|{order}", provider=provider, order=order
    )


@task("billing.import_statement")
def import_statement(session: TenantSession, _tenant: Tenant, *, statement: UUID, by: str = "") -> None:
    """Book a bank's file, all of it or nothing. by: id of the member who confirmed it."""
    bank.take_in(session, statement, by=by)


@periodic("10 18 * * *")  # 01.10 in the west of the country, 03.10 in the east
@task("billing.reconcile")
def reconcile(session: TenantSession, _tenant: Tenant) -> None:
    """Begin last night's comparison with each provider, and go on with those that didn't end."""
    for run in reconciling.begin(session):
        _next(session, run.id)


@task("billing.reconcile_step")
def reconcile_step(session: TenantSession, _tenant: Tenant, *, run: UUID) -> None:
    """One step of a run; the next one is queued in the same transaction."""
    if reconciling.step(session, run):
        _next(session, run)


def _next(session: TenantSession, run: UUID) -> None:
    defer(session, reconcile_step, lock=f"reconcile:{run}", queueing_lock=f"reconcile:{run}", run=run)


TASKS = [book_told, book_left, ask_provider, import_statement, reconcile, reconcile_step]
