"""The admin's settings: texts of messages, gateways, quiet hours."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Any

from flask import Response, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import db, web
from balai.auth import require
from balai.errors import Conflict, Invalid
from balai.notify import channels, circuit, delivering, gateway_settings, gateways, hours, services, texts
from balai.notify.console import blueprint, member_id
from balai.notify.models import Message
from balai.notify.templates import Template
from balai.settings import current_settings
from balai.web import Form
from balai.web.i18n import SOURCE, languages
from balai.web.i18n import gettext as _

_SMS_PLAIN = 160
_SMS_OTHER = 70
_TRIALS_PER_HOUR = 10
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


# --- texts ---


def _language() -> str:
    asked = request.values.get("bahasa_teks", SOURCE)
    return asked if asked in languages() else SOURCE


@blueprint.get("/teks")
@require("members.manage")
def texts_page() -> Response:
    """Every text that a region may word itself."""
    own = texts.reworded(db.session(), SOURCE)
    rows = [
        {"made": made, "title": texts.shipped(made, SOURCE).subject, "own": made.key in own}
        for made in texts.editable()
    ]
    return web.render("notify/texts.html", rows=rows)


@blueprint.get("/teks/<key>")
@require("members.manage")
def text_page(key: str) -> Response:
    """One text with its places, a preview and its earlier versions."""
    made, language = texts.find(key), _language()
    now_used = texts.current(db.session(), key, language)
    if now_used is not None and now_used.body:
        start: Mapping[str, Any] = {"subject": now_used.subject, "body": now_used.body, "short": now_used.short}
    else:
        ours = texts.shipped(made, language)
        start = {"subject": ours.subject, "body": ours.body, "short": ours.short}
    version = now_used.version if now_used else 0
    return _text(made, language, Form.of({**start, "version": version}))


@blueprint.post("/teks/<key>")
@require("members.manage")
def save_text(key: str) -> AnyResponse:
    """Look at it first, keep it, or go back to ours."""
    made, language, session = texts.find(key), _language(), db.session()
    version = request.form.get("version", "")
    after, given = int(version) if version.isdecimal() and len(version) < 9 else -1, request.form.to_dict()  # noqa: PLR2004
    try:
        if given.get("langkah") == "lihat":
            texts.check(made, given, language)
            return _text(made, language, Form.of(given))
        if given.get("langkah") == "kembali":
            texts.reset(session, made, language=language, after=after, member=member_id())
        else:
            texts.save(session, made, given, language=language, after=after, member=member_id())
    except Invalid as problem:
        return _text(made, language, Form.of(given, problem))
    except Conflict as problem:
        session.rollback()
        form = Form.of(given)
        form.add("", problem.detail or problem.title)
        return _text(made, language, form)
    db.commit()
    web.flash(_("Teks tersimpan. Pesan berikutnya memakai teks ini."))
    return redirect(f"/kelola/pesan/teks/{key}?bahasa_teks={language}", 303)


def _text(made: Template, language: str, form: Form) -> Response:
    session = db.session()
    given = {name: str(form.value(name)) for name in ("subject", "body", "short")}
    preview = None if form.errors else texts.fill_own(given["subject"], given["body"], given["short"], made.sample)
    return web.render_form(
        "notify/text.html",
        form,
        made=made,
        language=language,
        languages=languages(),
        places=texts.places(made),
        preview=preview,
        parts=sms_parts(preview.short) if preview else 0,
        versions=texts.versions(session, made.key, language),
        title=texts.shipped(made, SOURCE).subject,
    )


def sms_parts(text: str) -> int:
    """How many SMS this text costs: 160 plain letters each, 70 when one isn't (153 and 67 once it takes several)."""
    plain = all(c.isascii() or c in "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉÄÖÑÜ§¿äöñüà€" for c in text)
    one, several = (_SMS_PLAIN, 153) if plain else (_SMS_OTHER, 67)
    return 1 if len(text) <= one else -(-len(text) // several)


# --- gateways ---


@blueprint.get("/jalur")
@require("members.manage")
def channels_page() -> Response:
    """By which ways messages leave, and how each is doing."""
    session = db.session()
    return web.render(
        "notify/channels.html",
        mail=bool(current_settings().smtp_url),
        gateways=[
            (gateway_settings.shown(session, made.key), circuit.state_of(session, made.key))
            for made in gateways.CHANNELS
        ],
        mail_state=circuit.state_of(session, channels.EMAIL),
    )


@blueprint.get("/jalur/<channel>")
@require("members.manage")
def gateway_page(channel: str) -> Response:
    """One gateway: address, secret, how its fields are called; below it a test message."""
    shown = gateway_settings.shown(db.session(), channel)
    values = {**shown.config.as_dict(), "switched_on": "ya" if shown.switched_on else ""}
    return _gateway(shown, Form.of(values))


@blueprint.post("/jalur/<channel>")
@require("members.manage")
def save_gateway(channel: str) -> AnyResponse:
    """Keep the settings. Secrets that were typed never come back into the page."""
    shown = gateway_settings.shown(db.session(), channel)
    given = request.form.to_dict()
    try:
        gateway_settings.save(db.session(), channel, given)
    except Invalid as problem:
        kept = {key: value for key, value in given.items() if key not in {"secret", "receipt_secret"}}
        return _gateway(shown, Form.of(kept, problem))
    db.commit()
    web.flash(_("Pengaturan tersimpan. Kirim pesan uji untuk memastikan."))
    return redirect(f"/kelola/pesan/jalur/{channel}", 303)


@blueprint.post("/jalur/<channel>/coba")
@require("members.manage")
def try_gateway(channel: str) -> AnyResponse:
    """Send a test message to a number of one's own."""
    web.allow("notify.trial", allowed=_TRIALS_PER_HOUR, seconds=3600)
    session = db.session()
    shown = gateway_settings.shown(session, channel)
    try:
        region = channels.region_name(session, g.tenant)
        gateway_settings.try_out(session, channel, request.form.get("nomor", ""), region)
    except Invalid as problem:
        values = {**shown.config.as_dict(), "switched_on": "ya" if shown.switched_on else "", **request.form.to_dict()}
        return _gateway(shown, Form.of(values, problem))
    db.commit()
    web.flash(_("Pesan uji sedang dikirim. Muat ulang halaman ini untuk melihat hasilnya."))
    return redirect(f"/kelola/pesan/jalur/{channel}#uji", 303)


def _gateway(shown: gateway_settings.Shown, form: Form) -> Response:
    session = db.session()
    query = select(Message).where(Message.template == delivering.TRIAL, Message.channel == shown.channel)
    trials = session.scalars(query.order_by(Message.id.desc()).limit(5)).all()
    return web.render_form(
        "notify/gateway.html",
        form,
        shown=shown,
        state=circuit.state_of(session, shown.channel),
        trials=[(m, services.masked_recipient(session, m)) for m in trials],
        places=[f"{{{name}}}" for name in gateways.PLACES],
        callback=request.host_url.rstrip("/") + f"/kait/pesan/{shown.channel}",
    )


# --- quiet hours ---


@blueprint.get("/jam")
@require("members.manage")
def hours_page() -> Response:
    """When phones stay silent."""
    found = hours.of_region(db.session())
    values = {
        "quiet": "ya" if found.quiet else "",
        "dari": f"{found.quiet_from:%H:%M}",
        "sampai": f"{found.quiet_until:%H:%M}",
        "surel": "ya" if found.quiet_mail else "",
    }
    return web.render_form("notify/hours.html", Form.of(values), zone=g.tenant.timezone)


@blueprint.post("/jam")
@require("members.manage")
def save_hours() -> AnyResponse:
    """Keep the region's quiet hours."""
    given = request.form
    try:
        hours.save(
            db.session(),
            quiet=given.get("quiet") == "ya",
            quiet_from=_clock(given.get("dari", ""), "dari"),
            quiet_until=_clock(given.get("sampai", ""), "sampai"),
            quiet_mail=given.get("surel") == "ya",
        )
    except Invalid as problem:
        return web.render_form("notify/hours.html", Form.of(given, problem), zone=g.tenant.timezone)
    db.commit()
    web.flash(_("Jam tenang tersimpan."))
    return redirect("/kelola/pesan/jam", 303)


def _clock(text: str, name: str) -> time:
    if not _CLOCK.fullmatch(text):
        raise Invalid.field(name, _("Tulis jam seperti 21:00."))
    return time.fromisoformat(text)
