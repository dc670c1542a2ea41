"""The leader's page: stop, fix, keep; each line with its reasons; the answer to a bad verdict."""

from uuid import UUID

from flask import Response, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import db, plugins, web
from balai.auth import require, signed_in
from balai.errors import Invalid, NotFound
from balai.evidence import stopping, words
from balai.evidence.facts import metrics, roll_up
from balai.evidence.models import VerdictRow
from balai.evidence.needs import services as needs
from balai.evidence.pages import lines, looks
from balai.evidence.pages.routes import console
from balai.evidence.verdicts import services
from balai.web import Form, flash, render, render_form
from balai.web.i18n import gettext as _

PAGE = "/kelola/manfaat"


@console.get("")
@require("audit.read")
def overview() -> Response:
    """Three lists with rupiah, and beside them what nothing answers."""
    session = db.session()
    rows = services.this_month(session)
    return render(
        "evidence/overview.html", groups=lines.groups(rows), saved=lines.could_be_saved(rows), rows=rows,
        needs=[need for need in needs.needs(session) if need.unmet],
        may_decide=signed_in().may("evidence.decide"),
        may_enter=signed_in().may("plugins.switch"), missing=looks.missing(session),
    )  # fmt: skip


@console.post("/hitung")
@require("plugins.switch")
def count_again() -> AnyResponse:
    """Take in what is new and judge again, instead of waiting for the night."""
    web.allow("hitung-manfaat", allowed=6, seconds=60)
    session = db.session()
    roll_up(session)
    metrics.collect(session, g.tenant)
    services.judge_all(session)
    db.commit()
    flash(_("Angka dan penilaian sudah dihitung lagi."))
    return redirect(PAGE, 303)


@console.get("/<uuid:verdict_id>")
@require("audit.read")
def show(verdict_id: UUID) -> Response:
    """One line with all its reasons and figures."""
    return _show(verdict_id, Form.of())


@console.post("/<uuid:verdict_id>/jawaban")
@require("evidence.decide")
def answer(verdict_id: UUID) -> AnyResponse:
    """The leader's answer to a bad verdict."""
    session = db.session()
    try:
        services.answer(session, verdict_id, request.form.get("jawaban", ""), by=signed_in().member_id)
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return _show(verdict_id, Form.of(request.form, invalid))
    flash(_("Jawaban disimpan. Warga membacanya di samping penilaian."))
    return redirect(f"{PAGE}/{verdict_id}", 303)


@console.post("/<uuid:verdict_id>/hentikan")
@require("plugins.switch")
def stop(verdict_id: UUID) -> AnyResponse:
    """Switch it off, or stop paying for it, with a reason."""
    session = db.session()
    try:
        title = stopping.stop(session, verdict_id, request.form.get("alasan", ""), by=signed_in().member_id)
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return _show(verdict_id, Form.of(request.form, invalid))
    flash(_("%(title)s dihentikan. Datanya tetap tersimpan dan bisa diunduh.", title=title))
    return redirect(PAGE, 303)


def _show(verdict_id: UUID, form: Form) -> Response:
    session = db.session()
    row = session.scalars(select(VerdictRow).where(VerdictRow.id == verdict_id)).first()
    if row is None:
        raise NotFound
    found = lines.line(row)
    if not form.errors:
        form = Form.of({"jawaban": row.answer, "alasan": "" if row.action == "keep" else found.reasons[0]})
    return render_form(
        "evidence/subject.html", form, line=found, looks=looks.subject(session, row), switch=_switch_of(found),
        may_stop=signed_in().may("plugins.switch"), may_decide=signed_in().may("evidence.decide"), channels=words.CHANNELS,
    )  # fmt: skip


def _switch_of(found: lines.Line) -> str:
    """Where the plugin of a service is switched; "" for apps, drawn services and the core's own."""
    plugin = plugins.manager().get(found.owner) if found.owner else None
    return f"/kelola/layanan-daerah/{plugin.name}" if plugin and plugin.manifest and not plugin.core else ""
