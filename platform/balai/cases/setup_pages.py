"""The console's pages for units and services: who works where, which unit does what, deadlines, states."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, cases, db, web
from balai.auth import Member, require
from balai.cases import catalogue, queries, second_check, service_settings, units, wording
from balai.cases.console import blueprint, id_of
from balai.cases.letterbox import leaving
from balai.contracts import Service, ServiceState
from balai.errors import Forbidden, Invalid, NotFound
from balai.web import Form
from balai.web.i18n import gettext as _


@blueprint.get("/unit")
@require("members.manage")
def units_page() -> Response:
    """All units with their heads and people."""
    return _units(Form.of())


@blueprint.post("/unit")
@require("members.manage")
def new_unit() -> AnyResponse:
    """Make a unit."""
    given = request.form
    try:
        made = units.create_unit(
            db.session(),
            name=given.get("name", ""),
            phone=given.get("phone", ""),
            parent_id=id_of(given.get("parent_id")),
            head_id=id_of(given.get("head_id")),
        )
    except Invalid as invalid:
        db.session().rollback()
        return _units(Form.of(given, invalid))
    web.flash(_("Unit “%(name)s” dibuat.", name=made.name))
    return redirect(f"/kelola/unit/{made.id}", 303)


def _units(form: Form) -> Response:
    session = db.session()
    units.admin_unit(session)
    found = units.all_units(session)
    lines = [
        {"unit": u, "people": units.members_of(session, u.id), "missing": units.missing(session, u)} for u in found
    ]
    return web.render_form(
        "cases/console/units.html",
        form,
        lines=lines,
        members=_members(session),
        names={u.id: u.name for u in found},
    )


def _members(session: db.TenantSession) -> list[tuple[str, str]]:
    query = select(Member.id, Member.name).where(Member.active).order_by(Member.name)
    return [(str(row.id), row.name) for row in session.execute(query)]


@blueprint.get("/unit/<uuid:unit_id>")
@require("members.manage")
def unit_page(unit_id: UUID) -> Response:
    """One unit: name, head, people, and what it does."""
    return _unit(unit_id, Form.of())


@blueprint.post("/unit/<uuid:unit_id>")
@require("members.manage")
def change_unit(unit_id: UUID) -> AnyResponse:
    """Change it: data, head, a member more or less (`aksi`)."""
    session, given = db.session(), request.form
    unit = units.unit(session, unit_id)
    try:
        _change(session, unit, given)
    except Invalid as invalid:
        session.rollback()
        session.expire_all()
        return _unit(unit_id, Form.of(given, invalid))
    web.flash(_("Tersimpan."))
    return redirect(f"/kelola/unit/{unit_id}", 303)


def _change(session: db.TenantSession, unit: Any, given: Any) -> None:
    action, member = given.get("aksi", "ubah"), id_of(given.get("member_id"))
    if action == "ubah":
        units.edit_unit(
            session,
            unit,
            name=given.get("name", ""),
            phone=given.get("phone", ""),
            parent_id=id_of(given.get("parent_id")),
        )
        units.set_head(session, unit, id_of(given.get("head_id")))
    elif member is None:
        raise Invalid.field("member_id", _("Pilih orangnya dulu."))
    elif action == "tambah":
        units.add_member(session, unit, member)
    elif action == "keluarkan":
        leaving.take_out(session, unit, member)


def _unit(unit_id: UUID, form: Form) -> Response:
    session = db.session()
    unit = units.unit(session, unit_id)
    if not form.values:
        values = {
            "name": unit.name,
            "phone": unit.phone,
            "head_id": unit.head_id or "",
            "parent_id": unit.parent_id or "",
        }
        form = Form.of(values)
    people = units.members_of(session, unit.id)
    inside = {str(m.id) for m in people}
    return web.render_form(
        "cases/console/unit.html",
        form,
        unit=unit,
        people=people,
        missing=units.missing(session, unit),
        others=[(key, name) for key, name in _members(session) if key not in inside],
        heads=[(str(m.id), m.name) for m in people],
        parents=[(str(u.id), u.name) for u in units.all_units(session) if u.id != unit.id],
        open_cases=len(queries.open_cases_of(session, unit.id, limit=100)),
    )


@blueprint.get("/layanan")
@require("services.draw")
def services_page() -> Response:
    """Services of this region, whether they take reports, and what is missing."""
    session = db.session()
    tenant = catalogue.tenant_of(session)
    lines = [
        {"service": wording.localise(s), "accepted": cases.accepts(tenant, s, session=session), "url": _address(s)}
        for s in catalogue.services(session, audience=None, every=True)
    ]
    return web.render("cases/console/services.html", lines=lines)


def _address(service: Service) -> str:
    return f"/kelola/layanan/{service.owner}/{service.key}/atur"


@blueprint.get("/layanan/<owner>/<key>/atur")
@require("services.draw")
def service_page(owner: str, key: str) -> Response:
    """State, deadlines, optional steps, and which unit takes which slot."""
    return _service(owner, key, Form.of())


@blueprint.post("/layanan/<owner>/<key>/atur")
@require("services.draw")
def change_service(owner: str, key: str) -> AnyResponse:
    """Save them. New cases run under the new rules, running ones keep theirs."""
    session, given = db.session(), request.form
    if not _may_change():
        raise Forbidden(_("Mengubah layanan adalah hak pimpinan atau admin."))
    service = cases.service(session, f"{owner}.{key}")
    try:
        service_settings.save(
            session,
            service,
            state=given.get("state", "on"),
            trial_until=_date(given.get("trial_until")),
            sla={s.key: given.get(f"sla.{s.key}", "") for s in service.workflow.states},
            steps_off=[
                t.key
                for t in service_settings.original(service).workflow.transitions
                if t.optional and f"step.{t.key}" not in given
            ],
            call_instead=given.get("call_instead", ""),
            windows={name: given.get(name) for name in ("reopen_days", "check_days")},
        )
        for slot in service.slots:
            units.map_slot(session, service.id, slot, id_of(given.get(f"slot.{slot}")))
    except Invalid as invalid:
        session.rollback()
        session.expire_all()
        return _service(owner, key, Form.of(given, invalid))
    web.flash(_("Tersimpan. Laporan yang sudah masuk tetap memakai aturan lama."))
    return redirect(_address(service), 303)


def _service(owner: str, key: str, form: Form) -> Response:
    session = db.session()
    service = cases.service(session, f"{owner}.{key}")
    original = wording.localise(service_settings.original(service))
    if not form.values:
        form = Form.of(_values(session, service))
    return web.render_form(
        "cases/console/service.html",
        form,
        service=wording.localise(service),
        original=original,
        accepted=cases.accepts(catalogue.tenant_of(session), service, session=session),
        states=[s for s in original.workflow.states if s.outcome is None and s.waits_for != "citizen"],
        optional=[t for t in original.workflow.transitions if t.optional],
        units=[(str(u.id), u.name) for u in units.all_units(session) if not u.is_admin],
        admin_unit=units.admin_unit(session),
        may_change=_may_change(),
        service_states=_states(),
        check_days=second_check.days_of(original),
    )


def _values(session: db.TenantSession, service: Service) -> dict[str, Any]:
    setting = catalogue.setting_of(session, service.id)
    values: dict[str, Any] = {f"slot.{slot}": str(u) for slot, u in units.slots(session, service.id).items()}
    values |= {f"sla.{s.key}": s.sla_days or "" for s in service.workflow.states}
    on = {t.key for t in service.workflow.transitions}
    values |= {
        f"step.{t.key}": "ya"
        for t in service_settings.original(service).workflow.transitions
        if t.optional and t.key in on
    }
    values |= {"reopen_days": service.reopen_days, "check_days": second_check.days_of(service)}
    values["state"] = setting.state if setting else "on"
    values["trial_until"] = setting.trial_until.isoformat() if setting and setting.trial_until else ""
    values["call_instead"] = setting.call_instead if setting else ""
    return values


def _states() -> list[tuple[str, str, str]]:
    return [
        (ServiceState.ON.value, _("Buka"), ""),
        (ServiceState.TRIAL.value, _("Uji coba sampai tanggal tertentu"), ""),
        (ServiceState.PAUSED.value, _("Jeda"), _("Halaman warga menampilkan nomor telepon.")),
        (ServiceState.CLOSING.value, _("Tutup bertahap"), _("Yang berjalan diselesaikan, yang baru tidak diterima.")),
        (ServiceState.OFF.value, _("Tidak tampil"), _("Tidak ada di daftar layanan.")),
    ]


def _may_change() -> bool:
    principal = auth.signed_in()
    return principal.may("services.publish") or "admin" in principal.roles


def _date(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound from None
