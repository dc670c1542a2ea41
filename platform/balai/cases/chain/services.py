"""The chain of one service over a period, from the kept versions of its document and the region's calendar."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from balai.cases import catalogue, units
from balai.cases.chain import figures, queries
from balai.cases.models import ServiceVersion
from balai.cases.workdays import Calendar
from balai.contracts import Service
from balai.db import TenantSession


def look(
    session: TenantSession, service: Service, *, since: datetime, until: datetime, every: bool = False
) -> figures.Chain:
    """The chain over the cases that ended in [since, until); of very many a fair choice, unless every one is asked for."""
    ends = queries.span(session, service.id, since=since, until=until)
    if ends is None:
        return figures.EMPTY
    query = select(ServiceVersion.version).where(ServiceVersion.service_id == service.id)
    versions = {number: catalogue.rules_of(session, service.id, number) for number in session.scalars(query)}
    days = figures.work_days(units.calendar(session), *ends[1:])
    known, sample = figures.known(versions), None if every or ends[0] <= queries.EXACT else queries.SAMPLE
    chain = queries.walk(session, service.id, known, days, since=since, until=until, sample=sample)
    return replace(chain, ended=ends[0] if sample else chain.cases)


def period(calendar: Calendar, first: date, last: date) -> tuple[datetime, datetime]:
    """The days `first` to `last`, both included, as [since, until) in the region's zone."""
    since = datetime.combine(first, time(), calendar.zone)
    return since, datetime.combine(last + timedelta(days=1), time(), calendar.zone)
