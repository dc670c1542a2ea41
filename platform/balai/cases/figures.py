"""How much each service is used and how long it takes: small figures for pages that everybody opens, kept by a job.

No page counts reports. What stands here is up to six hours old; a region that has just begun has no figures, and says nothing.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from balai.cases.models import Case, ServiceFigure
from balai.clock import now
from balai.contracts import Proof, periodic, task
from balai.db import TenantSession, new_id
from balai.tenancy import Tenant
from balai.web.i18n import gettext as _
from balai.web.i18n import ngettext

USE: Final = timedelta(days=90)
SPEED: Final = timedelta(days=180)
# Fewer say nothing about "usually".
ENOUGH: Final = 5
_INFO: Final = "balai.service_figures"


@periodic("40 */6 * * *", together=True)
@task("cases.count_figures")
def count_figures(session: TenantSession, _tenant: Tenant) -> None:
    """Count anew: reports filed in the last 90 days, and how long those took that were completed in the last half year."""
    at = now()
    filed = dict(
        session.execute(
            select(Case.service_id, func.count())
            .where(Case.tenant_id == session.tenant_id, Case.filed_at >= at - USE, Case.is_test.is_(False))
            .group_by(Case.service_id)
        ).all()
    )
    took = func.percentile_cont(0.5).within_group(func.extract("epoch", Case.closed_at - Case.filed_at))
    done = {
        row.service_id: (row.count, float(row.median) / 86400)
        for row in session.execute(
            select(Case.service_id, func.count().label("count"), took.label("median"))
            .where(
                Case.tenant_id == session.tenant_id, Case.closed_at >= at - SPEED, Case.outcome == "done",
                Case.is_test.is_(False),
            )
            .group_by(Case.service_id)
        )
    }  # fmt: skip
    known = {row.service_id for row in session.scalars(select(ServiceFigure))}
    for service_id in sorted({*filed, *done, *known}):
        completed, median = done.get(service_id, (0, None))
        values = {"filed": filed.get(service_id, 0), "completed": completed, "median_days": median, "counted_at": at}
        row = {"tenant_id": session.tenant_id, "id": new_id(), "service_id": service_id, **values}
        upsert = insert(ServiceFigure).values(**row)
        session.execute(upsert.on_conflict_do_update(index_elements=["tenant_id", "service_id"], set_=values))
    session.info.pop(_INFO, None)


class Figures(NamedTuple):
    """filed: reports of the last 90 days; completed and median_days: of the last half year."""

    filed: int
    completed: int
    median_days: float | None


def figures(session: TenantSession) -> Mapping[str, Figures]:
    """Service id -> its figures as last counted; one small read per request."""
    found: Mapping[str, Figures] | None = session.info.get(_INFO)
    if found is None:
        rows = session.execute(
            select(
                ServiceFigure.service_id, ServiceFigure.filed, ServiceFigure.completed, ServiceFigure.median_days
            ).where(ServiceFigure.tenant_id == session.tenant_id)
        )
        found = session.info[_INFO] = {
            row.service_id: Figures(row.filed, row.completed, row.median_days) for row in rows
        }
    return found


def proof(session: TenantSession, service_id: str) -> list[Proof]:
    """The sentence "Biasanya selesai 4 hari"; nothing before enough cases were completed."""
    found = figures(session).get(service_id)
    if found is None or found.median_days is None or found.completed < ENOUGH:
        return []
    days = max(1, round(found.median_days))
    sentence = ngettext("Biasanya selesai %(num)s hari", "Biasanya selesai %(num)s hari", days)
    count = found.completed
    return [Proof(service_id, sentence, _("dari %(count)s yang selesai dalam enam bulan terakhir", count=count))]
