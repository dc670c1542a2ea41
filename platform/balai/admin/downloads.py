"""`/kelola/unduh`: a region takes its data along. Ordered here, made by the worker, kept for a day, then deleted.

The archive may hold readable personal data, so it lies outside of the uploads, readable by this process only, and no longer than
it takes to fetch it.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import audit, jobs
from balai.admin.models import DataExport
from balai.clock import now
from balai.contracts import periodic, task
from balai.db import TenantSession, new_id
from balai.errors import Conflict, Invalid, NotFound
from balai.settings import current_settings
from balai.tenancy import Tenant
from balai.web.i18n import gettext as _

KEPT: Final = timedelta(hours=24)
LEAST_REASON: Final = 10


@task("admin.export_data", queue="default")
def export_data(session: TenantSession, tenant: Tenant, export_id: str) -> None:
    """Make the archive of an order."""
    from balai.admin.export import export_tenant

    order = find(session, UUID(export_id))
    if order.state != "waiting":
        return
    target = archive(tenant, order)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.unlink(missing_ok=True)  # what an attempt before this one left behind
    done = export_tenant(tenant, target, personal=order.personal, reason=order.reason)
    order.state, order.done_at, order.rows, order.size = "done", now(), done.rows, target.stat().st_size


@periodic("23 * * * *", together=True)
@task("admin.drop_exports")
def drop_exports(session: TenantSession, tenant: Tenant) -> None:
    """Delete archives that have lain for a day."""
    query = select(DataExport).where(DataExport.state == "done", DataExport.done_at < now() - KEPT)
    for order in session.scalars(query):
        _drop(tenant, order)


def order_export(session: TenantSession, *, personal: bool, reason: str, by: str) -> DataExport:
    """Note and queue an order; raises Invalid (field `reason`), Conflict while another one is being made."""
    reason = " ".join(reason.split())[:300]
    if personal and len(reason) < LEAST_REASON:
        raise Invalid.field(
            "reason", _("Tulis untuk apa data pribadi yang terbaca dibutuhkan, paling sedikit 10 huruf.")
        )
    if any(order.state == "waiting" for order in exports(session)):
        raise Conflict(_("Unduhan sebelumnya masih disiapkan. Tunggu sebentar."))
    order = DataExport(
        id=new_id(), personal=personal, reason=reason, state="waiting", asked_by=by, asked_at=now(), size=0, rows=0,
    )  # fmt: skip
    session.add(order)
    audit.record(
        session, "export.ordered", subject_kind="data_export", subject_id=order.id,
        data={"personal": personal, "reason": reason},
    )  # fmt: skip
    session.flush()
    jobs.defer(session, export_data, lock="export", export_id=order.id)
    return order


def exports(session: TenantSession, limit: int = 20) -> Sequence[DataExport]:
    """The newest orders."""
    return session.scalars(select(DataExport).order_by(DataExport.asked_at.desc()).limit(limit)).all()


def find(session: TenantSession, export_id: UUID) -> DataExport:
    """One order; raises NotFound."""
    found = session.scalars(select(DataExport).where(DataExport.id == export_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def fetch(session: TenantSession, tenant: Tenant, export_id: UUID) -> tuple[DataExport, Path]:
    """An archive that lies ready; the fetching is recorded. Raises NotFound."""
    order = find(session, export_id)
    path = archive(tenant, order)
    if order.state != "done" or not path.is_file():
        raise NotFound
    audit.record(
        session, "export.fetched", subject_kind="data_export", subject_id=order.id, data={"personal": order.personal}
    )  # fmt: skip
    return order, path


def drop(session: TenantSession, tenant: Tenant, export_id: UUID) -> None:
    """Delete an archive now; raises NotFound."""
    order = find(session, export_id)
    if order.state == "done":
        _drop(tenant, order)
        audit.record(session, "export.dropped", subject_kind="data_export", subject_id=order.id)


def archive(tenant: Tenant, order: DataExport) -> Path:
    """Where an order's archive lies: named by ids only."""
    return current_settings().files_path / "unduhan" / str(tenant.key) / f"{order.id}.zip"


def _drop(tenant: Tenant, order: DataExport) -> None:
    archive(tenant, order).unlink(missing_ok=True)
    order.state = "gone"
