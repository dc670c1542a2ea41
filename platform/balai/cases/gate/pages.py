"""Console: what is held until somebody has looked, what was marked as spam, and the list of blocked senders."""

from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import cases, db, keys, web
from balai.auth import require
from balai.cases import wording
from balai.cases.codes import CodeError, parse_code
from balai.cases.console import blueprint, id_of, member_names, person
from balai.cases.gate import queries, services
from balai.cases.models import Case
from balai.errors import Invalid, NotFound
from balai.web import Form
from balai.web.i18n import gettext as _
from balai.web.i18n import ngettext

HELD = "/kelola/laporan/perlu-dilihat"
BLOCKS = "/kelola/laporan/blokir"


@blueprint.get("/laporan/perlu-dilihat")
@require("cases.work")
def held() -> Response:
    """Held reports, newest first; `?sampah=ya` those marked as spam."""
    session, who = db.session(), person()
    spam = request.args.get("sampah") == "ya"
    rows = services.held(session, who, spam=spam, before=id_of(request.args.get("sebelum")))
    shown = rows[: services.PAGE]
    sources = queries.sources(session, [row.id for row in shown])
    more = f"{HELD}?{'sampah=ya&' if spam else ''}sebelum={shown[-1].id}" if len(rows) > services.PAGE else None
    return web.render(
        "cases/gate/held.html",
        rows=[_line(row, sources.get(row.id)) for row in shown],
        spam=spam,
        more=more,
        may_block=who.may("cases.assign"),
        reasons=_reasons(),
    )


def _reasons() -> dict[str, str]:
    return {
        "flood": _("Banyak kiriman dalam waktu singkat"),
        "copy": _("Isinya sama atau mirip dengan kiriman lain"),
        "trap": _("Kotak tersembunyi terisi, seperti oleh mesin"),
    }


def _line(row: Case, source: queries.Source | None) -> dict[str, Any]:
    rules = wording.localise(cases.rules(db.session(), row))
    return {"case": row, "service": rules.title, "source": source}


@blueprint.post("/laporan/perlu-dilihat")
@require("cases.work")
def sort_out() -> AnyResponse:
    """Let through or mark as spam: the ticked ones, or all that came from where one of them came."""
    session, who, given = db.session(), person(), request.form
    back = HELD + ("?sampah=ya" if given.get("sampah") == "ya" else "")
    act, _colon, like = given.get("tindakan", "").partition(":")
    try:
        codes = _codes(like)
        if act == "loloskan":
            number = services.release(session, who, codes)
            words = ngettext("%(num)s laporan masuk ke daftar.", "%(num)s laporan masuk ke daftar.", number)
        elif act == "sampah":
            number = services.mark_spam(session, who, codes)
            words = ngettext("%(num)s ditandai sampah.", "%(num)s ditandai sampah.", number)
        else:
            raise NotFound
        db.commit()
    except Invalid as invalid:
        session.rollback()
        web.flash(invalid.errors[0].message, "warn")
    else:
        web.flash(words)
    return redirect(back, 303)


def _codes(like: str) -> list[str]:
    """like: "device/<code>" or "address/<code>" for all held ones from there, else what was ticked."""
    by, _slash, code = like.partition("/")
    try:
        if by in {"device", "address"}:
            return services.alike(db.session(), person(), parse_code(code), by=by)
        return [parse_code(typed) for typed in request.form.getlist("pilih")]
    except CodeError:
        raise NotFound from None


@blueprint.get("/laporan/blokir")
@require("cases.assign")
def blocks() -> Response:
    """Blocked senders."""
    return _blocks(Form.of({"code": request.args.get("kode", ""), "kind": request.args.get("dari", "")}))


@blueprint.post("/laporan/blokir")
@require("cases.assign")
def block() -> AnyResponse:
    """Block a phone number, an e-mail address, or the device or address that a held report came from."""
    session, who, given = db.session(), person(), request.form
    days, reason = given.get("days", ""), given.get("reason", "")
    try:
        if given.get("code"):
            services.block_source(
                session, who, _parsed(given["code"]), kind=given.get("kind", ""), days=days, reason=reason
            )
        else:
            services.block_contact(session, who, contact=given.get("contact", ""), days=days, reason=reason)
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return _blocks(Form.of(given, invalid))
    web.flash(_("Pengirim itu dibatasi."))
    return redirect(BLOCKS, 303)


@blueprint.post("/laporan/blokir/<uuid:block_id>/cabut")
@require("cases.assign")
def unblock(block_id: Any) -> AnyResponse:
    """End a block before its time."""
    services.unblock(db.session(), person(), block_id)
    db.commit()
    web.flash(_("Pembatasan dicabut."))
    return redirect(BLOCKS, 303)


def _parsed(code: str) -> str:
    try:
        return parse_code(code)
    except CodeError:
        raise NotFound from None


def _blocks(form: Form) -> Response:
    session = db.session()
    rows = services.blocks(session, before=id_of(request.args.get("sebelum")))
    shown = rows[: services.PAGE]
    names = member_names(session, {row.by_member for row in shown if row.by_member})
    return web.render_form(
        "cases/gate/blocks.html",
        form,
        rows=[
            {
                "block": row,
                "reason": keys.reveal(session, row, "reason"),
                "by": names.get(row.by_member, "") if row.by_member else "",
                "active": services.is_active(row),
            }
            for row in shown
        ],
        more=f"{BLOCKS}?sebelum={shown[-1].id}" if len(rows) > services.PAGE else None,
        kinds={
            "phone": _("Nomor HP"),
            "email": _("Email"),
            "device": _("HP atau komputer"),
            "address": _("Alamat jaringan"),
        },
        longest=services.LONGEST,
    )
