"""Open a region from the operator's console: ordered here, carried out by the worker.

Opening needs the Keycloak account that may change clients and the full list of villages; a web worker has neither (decision
19), so the page hands the order over and shows how far it is.
"""

import re
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from balai import audit, jobs, keys
from balai.admin.models import RegionOpening
from balai.admin.profile import is_email
from balai.auth.members import MOST_NAME
from balai.clock import now
from balai.contracts import task
from balai.db import TenantSession, new_id
from balai.errors import Conflict, FieldError, Invalid, NotFound
from balai.places import region
from balai.settings import current_settings
from balai.tenancy import Tenant
from balai.tenancy import queries as registry
from balai.web.i18n import gettext as _

LEAST_REASON = 10
_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


@task("admin.open_region", queue="default")
def open_region(session: TenantSession, _tenant: Tenant, opening_id: str) -> None:
    """Carry out an order. What the operator must correct is noted on it; anything else fails the job, which is then retried."""
    from balai.admin import onboarding

    order = find(session, UUID(opening_id))
    if order.state != "waiting":
        return
    wish = onboarding.Wish(
        admin_email=keys.reveal(session, order, "admin_email") or "",
        admin_name=keys.reveal(session, order, "admin_name") or "",
        region_code=order.region_code,
        slug=order.slug,
    )
    try:
        opened = onboarding.onboard(current_settings(), wish)
    except (Invalid, Conflict) as refused:
        faults = refused.errors if isinstance(refused, Invalid) else []
        order.state, order.note = "refused", "; ".join(f.message for f in faults) or refused.detail or refused.title
    else:
        order.state, order.note, order.slug = "done", opened.warning, opened.tenant.slug
        keys.seal(session, order, "password", opened.password)
    order.done_at, order.admin_email, order.admin_name = now(), None, None


def order_opening(
    session: TenantSession, *, region_code: str, slug: str, admin_email: str, admin_name: str, by: str
) -> RegionOpening:
    """Note and queue the order; session: of the operator's tenant. Raises Invalid naming each field to correct."""
    email, name, slug = admin_email.strip().lower(), " ".join(admin_name.split()), slug.strip().lower()
    errors = _faults(session, region_code, slug, email, name)
    if errors:
        raise Invalid(errors)
    order = RegionOpening(id=new_id(), region_code=region_code, slug=slug, state="waiting", asked_by=by, asked_at=now())
    keys.seal(session, order, "admin_email", email)
    keys.seal(session, order, "admin_name", name)
    session.add(order)
    audit.record(
        session, "tenant.opening_ordered", subject_kind="region", subject_id=region_code, data={"order": order.id}
    )  # fmt: skip
    session.flush()
    jobs.defer(session, open_region, lock="openings", opening_id=order.id)
    return order


def find(session: TenantSession, order_id: UUID) -> RegionOpening:
    """One order; raises NotFound."""
    found = session.scalars(select(RegionOpening).where(RegionOpening.id == order_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def latest(session: TenantSession, limit: int = 10) -> Sequence[RegionOpening]:
    """The newest orders."""
    return session.scalars(select(RegionOpening).order_by(RegionOpening.asked_at.desc()).limit(limit)).all()


def take_password(session: TenantSession, order: RegionOpening) -> str | None:
    """The admin's first password, once: it is forgotten here with the same transaction."""
    password = keys.reveal(session, order, "password")
    if password is not None:
        order.password = None
        audit.record(session, "tenant.first_login_shown", subject_kind="region", subject_id=order.region_code)
    return password


def _faults(session: TenantSession, region_code: str, slug: str, email: str, name: str) -> list[FieldError]:
    errors = []
    entry = region(session, region_code)
    if entry is None:
        errors.append(FieldError("region_code", _("Pilih daerah dari daftar.")))
    elif not entry.autonomous:
        text = _("%(name)s bagian dari %(parent)s: buka provinsinya.", name=entry.name, parent=entry.parent_name)
        errors.append(FieldError("region_code", text))
    else:
        known = registry.tenant_by_region(session, region_code)
        if known is not None and known.status != "onboarding":
            errors.append(FieldError("region_code", _("%(name)s sudah ada di Balai.", name=entry.name)))
    if slug and not _SLUG.fullmatch(slug):
        errors.append(FieldError("slug", _("Hanya huruf kecil, angka, dan tanda hubung.")))
    if not is_email(email):
        errors.append(FieldError("admin_email", _("Alamat email tidak bisa dipakai.")))
    if not name or len(name) > MOST_NAME:
        errors.append(FieldError("admin_name", _("Tulis nama lengkapnya, paling panjang 120 huruf.")))
    return errors
