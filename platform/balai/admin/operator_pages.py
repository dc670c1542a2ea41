"""Views of `/kelola` on the apex host. Only the operator's own admins enter; ministries have no console of their own yet."""

from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db, plugins
from balai.admin import openings
from balai.admin import operator as work
from balai.admin.audit import ACTOR_KINDS
from balai.admin.routes import operator
from balai.admin.switches import STATES
from balai.auth import require, signed_in
from balai.auth.keycloak import KeycloakDownError, KeycloakRefusedError
from balai.errors import Conflict, FieldError, Invalid
from balai.places import regions
from balai.settings import current_settings
from balai.tenancy import Tenant, tenant_scope
from balai.web import Form, flash, render, render_form
from balai.web.i18n import gettext as _

PERMISSION = "tenants.manage"


@require(PERMISSION)
def regions_page() -> Response:
    """Every region and its state."""
    with tenant_scope(work.own_id()) as session:
        orders = [o for o in openings.latest(session) if o.state != "done" or o.password]
    return render("admin/operator/regions.html", rows=work.rows(), orders=orders)


@operator.get("/daerah-baru")
@require(PERMISSION)
def opening_page() -> Response:
    """The form that opens a region."""
    return _opening(Form.of())


@operator.post("/daerah-baru")
@require(PERMISSION)
def order_opening() -> AnyResponse:
    """Hand the order to the worker."""
    form = request.form
    try:
        with tenant_scope(work.own_id()) as session:
            order = openings.order_opening(
                session,
                region_code=form.get("region_code", ""),
                slug=form.get("slug", ""),
                admin_email=form.get("admin_email", ""),
                admin_name=form.get("admin_name", ""),
                by=signed_in().sub,
            )
    except Invalid as refused:
        return _opening(Form.of(form, refused))
    return redirect(f"/kelola/daerah-baru/{order.id}", 303)


@operator.get("/daerah-baru/<uuid:order_id>")
@require(PERMISSION)
def opening_progress(order_id: UUID) -> Response:
    """How far the opening is."""
    return _progress(order_id, password=None)


@operator.post("/daerah-baru/<uuid:order_id>/kata-sandi")
@require(PERMISSION)
def show_password(order_id: UUID) -> Response:
    """The admin's first password, once."""
    with tenant_scope(work.own_id()) as session:
        password = openings.take_password(session, openings.find(session, order_id))
    return _progress(order_id, password=password)


@operator.get("/organisasi/<slug>")
@require(PERMISSION)
def region_page(slug: str) -> Response:
    """One region: state, permit, the button that stops it."""
    tenant = work.find(slug)
    return _region(tenant, Form.of())


@operator.post("/organisasi/<slug>/<any(hentikan, lanjutkan):act>")
@require(PERMISSION)
def switch_region(slug: str, act: str) -> AnyResponse:
    """Suspend or resume."""
    tenant = work.find(slug)
    reason = request.form.get("reason", "")
    try:
        if act == "hentikan" and len(reason.strip()) < openings.LEAST_REASON:
            raise Invalid.field("reason", _("Tulis alasannya, paling sedikit 10 huruf."))
        work.set_suspended(tenant, suspended=act == "hentikan", reason=reason)
    except Invalid as refused:
        return _region(tenant, Form.of(request.form, refused))
    except (Conflict, KeycloakDownError, KeycloakRefusedError, LookupError) as refused:
        words = (
            refused.detail
            if isinstance(refused, Conflict)
            else _("Bagian akun tidak menjawab. Belum ada yang berubah.")
        )
        return _region(tenant, Form.of(request.form, Invalid.field("", words or "")))
    flash(_("Daerah dihentikan.") if act == "hentikan" else _("Daerah dibuka lagi."))
    return redirect(f"/kelola/organisasi/{slug}", 303)


@operator.post("/organisasi/<slug>/admin")
@require(PERMISSION)
def invite_admin(slug: str) -> Response | AnyResponse:
    """A new admin for a region whose last one Keycloak no longer lets in; in no other case."""
    tenant, form = work.find(slug), request.form
    try:
        done = work.invite_admin(tenant, name=form.get("admin_name", ""), email=form.get("admin_email", ""))
    except Invalid as refused:
        named = [FieldError(f"admin_{fault.field}", fault.message) for fault in refused.errors]
        return _region(tenant, Form.of(form, Invalid(named)))
    if done.password is not None:
        return render("admin/member_password.html", member=done.member, password=done.password)
    flash(done.warning or _("Undangan untuk %(name)s sudah dikirim.", name=done.member.name))
    return redirect(f"/kelola/organisasi/{slug}", 303)


@operator.post("/organisasi/<slug>/lihat")
@require(PERMISSION)
def look(slug: str) -> Response:
    """What the region's permit shows. A POST, since it leaves an entry in the region's audit."""
    tenant = work.find(slug)
    titles = {p.name: p.manifest.titles["id"] for p in plugins.manager().installed if p.manifest}
    return render(
        "admin/operator/look.html", tenant=tenant, seen=work.look(tenant), states=STATES, titles=titles,
        actor_kinds=ACTOR_KINDS,
    )  # fmt: skip


@operator.get("/sistem")
@require(PERMISSION)
def health_page() -> Response:
    """The deployment itself: Keycloak, worker, queues, plugins."""
    return render("admin/operator/health.html", health=work.health())


def _opening(form: Form) -> Response:
    taken = {row.region_code for row in work.rows() if row.status != "onboarding"}
    choices = [(r.code, r) for r in regions(db.session()) if r.autonomous and r.code not in taken]
    return render_form("admin/operator/open.html", form, choices=choices, domain=current_settings().domain)


def _progress(order_id: UUID, *, password: str | None) -> Response:
    with tenant_scope(work.own_id()) as session:
        order = openings.find(session, order_id)
    name = next((r.name for r in regions(db.session()) if r.code == order.region_code), order.region_code)
    return render("admin/operator/opening.html", order=order, name=name, password=password, url=_url(order.slug))


def _region(tenant: Tenant, form: Form) -> Response:
    return render_form(
        "admin/operator/region.html",
        form,
        tenant=tenant,
        grant_until=work.grant_until(tenant),
        url=_url(tenant.slug),
        no_admin_since=work.no_admin_since(tenant),
    )


def _url(slug: str) -> str:
    settings = current_settings()
    return settings.public_url(settings.tenant_host(slug), "/") if slug else ""
