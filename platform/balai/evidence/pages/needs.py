"""Needs by topic and district, for staff and for everybody; the keyword model and its corrections; the region's own limits."""

from uuid import UUID

from flask import Response, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import db
from balai.auth import require, signed_in
from balai.errors import Invalid
from balai.evidence import settings, small, stages
from balai.evidence.models import StageReason, TopicWord
from balai.evidence.needs import OTHER, TOPICS, queries, reading, services
from balai.evidence.pages import looks
from balai.evidence.pages.routes import console, portal
from balai.web import Form, flash, render, render_form
from balai.web.i18n import gettext as _

PAGE = "/kelola/manfaat/kebutuhan"
TREND_WORDS = {"up": "naik", "down": "turun", "same": "tetap"}


@console.get("/kebutuhan")
@require("audit.read")
def needs_page() -> Response:
    """What people ask for against what is on, with what may come."""
    session = db.session()
    return render(
        "evidence/needs.html", needs=services.needs(session), basics=services.basics(session), least=small.LEAST,
        limit=settings.values(session)["falls_short"], may_enter=signed_in().may("plugins.switch"),
    )  # fmt: skip


@portal.get("/kebutuhan")
def needs_public() -> Response:
    """The same for everybody, without small numbers."""
    session = db.session()
    return render(
        "evidence/public_needs.html", needs=looks.needs_for_everybody(services.needs(session)), least=small.LEAST,
        basics=services.basics(session), limit=settings.values(session)["falls_short"],
    )  # fmt: skip


@console.get("/topik")
@require("cases.assign")
def topics_page() -> Response:
    """The keyword model as it stands, and what it read lately."""
    return _topics(Form.of())


@console.post("/topik/kata")
@require("cases.assign")
def teach() -> AnyResponse:
    """A word of the region's own."""
    session, given = db.session(), request.form
    try:
        reading.teach(session, given.get("kata", ""), given.get("topik", ""), by=signed_in().member_id)
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return _topics(Form.of(given, invalid))
    flash(_("Kata disimpan. Laporan berikutnya dibaca dengan kata ini."))
    return redirect("/kelola/manfaat/topik", 303)


@console.post("/topik/<uuid:case_id>")
@require("cases.assign")
def correct(case_id: UUID) -> AnyResponse:
    """What a report is really about."""
    session, given = db.session(), request.form
    try:
        reading.correct(session, case_id, given.get("topik", ""), by=signed_in().member_id)
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return _topics(Form.of(given, invalid))
    flash(_("Topik diperbaiki."))
    return redirect("/kelola/manfaat/topik", 303)


def _topics(form: Form) -> Response:
    session = db.session()
    options = [(key, topic.label) for key, topic in TOPICS.items()]
    own = {w.word: w.topic for w in session.scalars(select(TopicWord).order_by(TopicWord.word))}
    return render_form(
        "evidence/topics.html", form, topics=TOPICS, options=options, own=own, read=queries.read_by_model(session),
        names={**dict(options), OTHER: _("Lainnya")}, other=OTHER,
    )  # fmt: skip


@console.route("/tahap/<plugin>", methods=["GET", "POST"])
@require("plugins.switch")
def stage_reason(plugin: str) -> AnyResponse:
    """Why a later stage goes first although basic services fall short."""
    session = db.session()
    stages.stage_of(plugin)
    if request.method == "GET":
        return _stage(plugin, Form.of())
    try:
        stages.write_reason(session, plugin, request.form.get("alasan", ""), by=signed_in().member_id)
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return _stage(plugin, Form.of(request.form, invalid))
    flash(_("Alasan disimpan dan diumumkan. Sekarang layanan ini bisa dinyalakan."))
    return redirect(f"/kelola/layanan-daerah/{plugin}", 303)


def _stage(plugin: str, form: Form) -> Response:
    from balai import plugins

    session, found = db.session(), plugins.manager().get(plugin)
    title = found.manifest.titles["id"] if found and found.manifest else plugin
    written = session.scalars(
        select(StageReason).where(StageReason.plugin == plugin).order_by(StageReason.at.desc())
    ).all()
    return render_form(
        "evidence/stage.html", form, title=title, plugin=plugin, basics=services.basics(session), written=written,
        limit=settings.values(session)["falls_short"],
    )  # fmt: skip


@console.route("/pengaturan", methods=["GET", "POST"])
@require("evidence.decide")
def settings_page() -> AnyResponse:
    """The limit from which a basic topic falls short, and whether the ministry's table names this region."""
    session, given = db.session(), request.form
    if request.method == "GET":
        values = settings.values(session)
        shown = {"batas": int(values["falls_short"]), "harga_pesan": values["message_price"]} | (
            {"kementerian": "ya"} if values["ministry"] else {}
        )
        return render_form("evidence/settings.html", Form.of(shown))
    try:
        by = signed_in().member_id
        settings.save(
            session, falls_short=given.get("batas", ""), ministry="kementerian" in given,
            message_price=given.get("harga_pesan", ""), by=by,
        )  # fmt: skip
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return render_form("evidence/settings.html", Form.of(given, invalid))
    flash(_("Pengaturan disimpan."))
    return redirect("/kelola/manfaat", 303)
