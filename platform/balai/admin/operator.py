"""The operator's console on the apex host: regions and their state, what the deployment itself is doing.

It shows what the registry knows. What a region holds is shown only through the region's own permit, and every look is an entry in
the region's audit (decision 18).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from balai import audit, auth, jobs, plugins
from balai.admin import grants, queries
from balai.admin.jobs import Board, board
from balai.admin.models import OperatorGrant
from balai.auth import Member
from balai.clock import now
from balai.contracts import PluginState
from balai.db import TenantSession
from balai.db import session as request_session
from balai.errors import Conflict, Forbidden, NotFound
from balai.tenancy import Tenant, registry_scope, tenant_scope
from balai.tenancy import queries as registry
from balai.web.i18n import gettext as _

WORKER_QUIET: Final = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Health:
    """State of the deployment: Keycloak (ok, down, no-realm), last sign of life of a worker, queues, plugins kept out."""

    keycloak: str
    worker_seen: datetime | None
    queues: Sequence[jobs.QueueState]
    refused: Sequence[plugins.Refused]
    installed: Sequence[plugins.Plugin]

    @property
    def worker_ok(self) -> bool:
        """Whether a worker was heard of lately."""
        return self.worker_seen is not None and now() - self.worker_seen < WORKER_QUIET


@dataclass(frozen=True, slots=True)
class Look:
    """What a permit shows of a region: no reports, no citizens."""

    grant: OperatorGrant
    members: Sequence[Member]
    plugins: dict[str, PluginState]
    jobs: Board
    entries: Sequence[audit.AuditEntry]


def rows() -> list[queries.TenantRow]:
    """Every tenant by name."""
    return queries.tenant_rows(request_session())


def health() -> Health:
    """What the deployment is doing right now."""
    session = request_session()
    found = plugins.manager()
    return Health(
        keycloak=auth.runtime().status(),
        worker_seen=jobs.last_heartbeat(session),
        queues=jobs.overview(session),
        refused=found.refused,
        installed=found.installed,
    )


def find(slug: str) -> Tenant:
    """A tenant by slug, whatever its status; raises NotFound."""
    found = registry.tenant_by_slug(request_session(), slug)
    if found is None:
        raise NotFound
    return found


def no_admin_since(tenant: Tenant) -> datetime | None:
    """Since when Keycloak lets no admin of this region in; None while there is one."""
    return next((row.no_admin_since for row in rows() if row.id == tenant.id), None)


def invite_admin(tenant: Tenant, *, name: str, email: str) -> auth.members.Invited:
    """A new admin for a region that nobody can run any more. Raises Forbidden while it has an admin, and what inviting raises."""
    if no_admin_since(tenant) is None:
        raise Forbidden(_("Daerah ini punya admin. Hanya admin itu yang mengundang petugas."))
    with tenant_scope(tenant) as session:
        done = auth.members.invite_member(session, email, name, {auth.ADMIN})
        registry.note_admin(session, there=True, at=now())
    note(tenant, "tenant.admin_invited", {"member": str(done.member.id)})
    return done


def set_suspended(tenant: Tenant, *, suspended: bool, reason: str) -> None:
    """Stop or resume a region: its pages answer 503 and nobody signs in for it. Recorded in the region and at the operator.

    Raises Conflict for a tenant that is still being opened or isn't a region.
    """
    if tenant.kind != "region" or tenant.status == "onboarding":
        raise Conflict(_("Hanya daerah yang sudah dibuka yang bisa dihentikan atau dilanjutkan."))
    status, action = ("suspended", "tenant.suspended") if suspended else ("active", "tenant.resumed")
    # Keycloak first: if it is down, nothing is half done and the same button works later.
    auth.directory.directory().set_enabled(tenant, enabled=not suspended)
    with registry_scope() as session:
        registry.set_status(session, tenant.id, status)
    note(tenant, action, {"reason": " ".join(reason.split())[:300]})


def note(tenant: Tenant, action: str, data: dict[str, Any]) -> None:
    """Record an act of the operator's people on a region: in the region's audit and in the operator's own."""
    with tenant_scope(tenant) as session:
        audit.record(session, action, subject_kind="tenant", subject_id=str(tenant.key), data=data)
    with tenant_scope(own_id()) as session:
        audit.record(session, action, subject_kind="tenant", subject_id=str(tenant.key), data=data)


def own_id() -> int:
    """The operator's own tenant, by which the reader is signed in; raises Forbidden for ministries and outsiders."""
    principal = auth.signed_in()
    if principal.tenant_id is None:
        raise Forbidden
    return principal.tenant_id


def grant_until(tenant: Tenant) -> datetime | None:
    """When the region's permit ends, None without one."""
    with tenant_scope(tenant) as session:
        found = grants.active_grant(session)
        return found.until if found else None


def look(tenant: Tenant) -> Look:
    """What the region's permit shows; the look is recorded in the region before anything is read. Raises Forbidden."""
    with tenant_scope(tenant) as session:
        grant = grants.active_grant(session)
        if grant is None:
            raise Forbidden(_("Daerah ini belum memberi izin, atau izinnya sudah selesai."))
        audit.record(
            session, "operator.looked", subject_kind="operator_grant", subject_id=grant.id,
            data={"page": _("petugas, layanan, pekerjaan otomatis, catatan kegiatan")},
        )  # fmt: skip
        session.flush()
        return _looked(session, tenant, grant)


def _looked(session: TenantSession, tenant: Tenant, grant: OperatorGrant) -> Look:
    return Look(
        grant=grant,
        members=session.scalars(select(Member).order_by(Member.active.desc(), Member.name)).all(),
        plugins={p.name: plugins.state(tenant, p.name) for p in plugins.manager().installed},
        jobs=board(session),
        entries=audit.entries(session, limit=50),
    )
