"""Views of `/kelola/data-pribadi/masa-simpan`: what the next run would delete, past runs, legal holds and restrictions."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import cases, db
from balai.admin import people
from balai.admin.routes import console
from balai.auth import require, signed_in
from balai.billing import personal as bills
from balai.cases import Case
from balai.cases.codes import CodeError, parse_code
from balai.cases.personal import marks, retention
from balai.cases.personal.terms import CONTACT, WORDS, kept
from balai.errors import Invalid
from balai.privacy.models import RetentionRun
from balai.web import Form, flash, render_form
from balai.web.i18n import gettext as _

PAGE = "/kelola/data-pribadi/masa-simpan"
_RUNS = 20


@console.get("/data-pribadi/masa-simpan")
@require("audit.read")
def retention_page() -> Response:
    """A dry run: nothing is touched."""
    return _page(Form.of())


@console.post("/data-pribadi/masa-simpan/jalankan")
@require("members.manage")
def run_retention() -> AnyResponse:
    """Delete now what is due."""
    run = retention.run(db.session(), by_member=signed_in().member_id)
    flash(_("Selesai: %(n)s laporan dibersihkan, %(held)s ditahan.", n=run.cases, held=run.held))
    return redirect(PAGE, 303)


@console.post("/data-pribadi/masa-simpan/tahan")
@require("members.manage")
def hold() -> AnyResponse:
    """Put a case under a legal hold."""
    session = db.session()
    try:
        found = _case(request.form.get("code", ""))
        marks.mark(session, found, "hold", request.form.get("reason", ""), by_member=signed_in().member_id)
    except Invalid as refused:
        return _page(Form.of(request.form, refused))
    flash(_("Ditahan: %(code)s tidak akan dihapus.", code=found.code))
    return redirect(PAGE, 303)


@console.post("/data-pribadi/masa-simpan/tanda/<uuid:mark_id>/cabut")
@require("members.manage")
def release(mark_id: UUID) -> AnyResponse:
    """End a hold or a restriction."""
    marks.unmark(db.session(), mark_id, by_member=signed_in().member_id)
    flash(_("Dicabut."))
    return redirect(PAGE, 303)


def _case(typed: str) -> Case:
    try:
        code = parse_code(typed)
    except CodeError:
        raise Invalid.field("code", _("Kode ini tidak lengkap. Contoh: 3273-7K2M9-QX4TB-H.")) from None
    found = db.session().scalars(select(Case).where(Case.code == code, Case.visibility != "secret")).first()
    if found is None:
        raise Invalid.field("code", _("Kode ini tidak ada di daerah ini."))
    return found


def _page(form: Form) -> Response:
    session = db.session()
    report = retention.preview(session)
    return render_form(
        "admin/privacy/retention.html",
        form,
        report=report,
        lines=report.lines[:100],
        titles=cases.titles(session, {line.service_id for line in report.lines}),
        runs=session.scalars(select(RetentionRun).order_by(RetentionRun.at.desc()).limit(_RUNS)).all(),
        marked=[_mark(session, kind) for kind in ("hold", "restricted")],
        words=part_words(),
        terms=[
            (CONTACT.category, kept(CONTACT.retention_days)),
            (WORDS.category, kept(WORDS.retention_days)),
            (_("pembayar tagihan"), kept(bills.KEPT_DAYS)),
        ],
        names=people.names_by_id(session),
        may_act=signed_in().may("members.manage"),
    )


def _mark(session: db.TenantSession, kind: str) -> tuple[str, list[dict[str, Any]]]:
    rows = [
        {"mark": found, "code": code, "reason": marks.reason_of(session, found)}
        for found, code in marks.marked(session, kind)
    ]
    return kind, rows


def part_words() -> dict[str, str]:
    """Parts of a case in words."""
    return {
        "contact": _("nama dan kontak"),
        "fields": _("isian pribadi"),
        "words": _("uraian dan percakapan"),
        "files": _("berkas"),
        "payers": _("pembayar tagihan"),
    }
