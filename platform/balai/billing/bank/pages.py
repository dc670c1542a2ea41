"""`/kelola/keuangan/bank`: how the bank's file is laid out, looking at a file, taking it in, undoing it."""

from uuid import UUID

from flask import Blueprint, Response, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import audit, auth, db, web
from balai.auth import require
from balai.billing.bank import queries, services
from balai.billing.bank.models import BankImport, BankLayout
from balai.billing.bank.statements import MOST_BYTES, Layout
from balai.db import new_id
from balai.errors import Conflict, FieldError, Invalid, NotFound, Problem, TooLarge
from balai.web import Form
from balai.web.i18n import gettext as _

PATH = "/kelola/keuangan/bank"
blueprint = Blueprint("billing_bank", __name__, url_prefix=PATH, template_folder="templates")
_SHOWN = 100
_DECIMALS = ("", ",", ".")


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound
    web.personal()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def _layouts() -> list[BankLayout]:
    return list(db.session().scalars(select(BankLayout).order_by(BankLayout.label)))


@blueprint.get("")
@require("billing.treasure")
def overview() -> Response:
    """Files, a form for the next one, what is still without a place."""
    return _overview(Form.of({}))


def _overview(form: Form) -> Response:
    session = db.session()
    rows = session.scalars(select(BankImport).order_by(BankImport.id.desc()).limit(_SHOWN)).all()
    layouts = _layouts()
    return web.render_form(
        "billing/bank/overview.html", form, layouts=layouts, labels={row.id: row.label for row in layouts}, rows=rows,
        queued=queries.queued_total(session), most=MOST_BYTES // 1024,
    )  # fmt: skip


@blueprint.post("")
@require("billing.treasure")
def upload() -> AnyResponse:
    """Look at a file; nothing is booked yet."""
    file = request.files.get("berkas")
    data = file.read(MOST_BYTES + 1) if file is not None else b""
    try:
        if not data:
            raise Invalid.field("berkas", _("Pilih dulu berkasnya."))
        row = services.check(
            db.session(), _uuid(request.form.get("susunan", "")), (file.filename if file else "") or "", data,
            member=auth.signed_in().member_id,
        )  # fmt: skip
    except Invalid as problem:
        return _overview(Form.of(request.form, problem))
    except (Conflict, TooLarge) as problem:
        return _overview(Form.of(request.form, [FieldError("berkas", problem.detail or problem.title)]))
    db.commit()
    return redirect(f"{PATH}/{row.id}", 303)


@blueprint.get("/<import_id>")
@require("billing.treasure")
def import_page(import_id: str) -> Response:
    """A file: what it would bring, or what it brought."""
    return _import(services.import_of(db.session(), _uuid(import_id)), Form.of({}))


def _import(row: BankImport, form: Form) -> Response:
    session = db.session()
    layout, plan, problem = services.layout_of(session, row.layout_id), None, ""
    if row.content is not None:
        try:
            plan = services.plan(session, layout, services.content_of(session, row))
        except Problem as fault:  # the layout was changed meanwhile
            problem = fault.detail or fault.title
    return web.render_form(
        "billing/bank/import.html", form, row=row, layout=layout, plan=plan, problem=problem, shown=_SHOWN
    )


@blueprint.post("/<import_id>")
@require("billing.treasure")
def act(import_id: str) -> AnyResponse:
    """Take it in, or undo it."""
    session, row_id = db.session(), _uuid(import_id)
    row = services.import_of(session, row_id)
    try:
        if request.form.get("langkah") == "batal":
            reason = " ".join(request.form.get("reason", "").split())[:300]
            if not reason:
                raise Invalid.field("reason", _("Tulis alasannya."))
            services.undo(session, row_id, reason=reason, member=auth.signed_in().member_id)
            told = _("Berkas dibatalkan. Semua uangnya keluar lagi dari tagihan.")
        else:
            services.confirm(
                session, row_id, without_faulty=request.form.get("tanpa") == "ya", member=auth.signed_in().member_id
            )
            told = _("Berkas sedang dimasukkan. Muat ulang halaman ini untuk melihat hasilnya.")
    except Invalid as problem:
        session.rollback()
        return _import(row, Form.of(request.form, problem))
    except Conflict as problem:
        session.rollback()
        return _import(row, Form.of(request.form, [FieldError("", problem.detail or problem.title)]))
    db.commit()
    web.flash(told)
    return redirect(f"{PATH}/{row_id}", 303)


# --- how files are laid out ---


@blueprint.get("/susunan/<layout_id>")
@require("billing.treasure")
def layout_page(layout_id: str) -> Response:
    """Which columns hold what; `baru` for a new account."""
    if layout_id == "baru":
        return _layout(layout_id, Form.of({**Layout().as_dict(), "label": ""}))
    row = services.layout_of(db.session(), _uuid(layout_id))
    return _layout(layout_id, Form.of({**Layout.of(row.config).as_dict(), "label": row.label}))


def _layout(layout_id: str, form: Form) -> Response:
    return web.render_form("billing/bank/layout.html", form, layout_id=layout_id)


@blueprint.post("/susunan/<layout_id>")
@require("billing.treasure")
def save_layout(layout_id: str) -> AnyResponse:
    """Keep it."""
    session, given = db.session(), request.form
    row = BankLayout(id=new_id()) if layout_id == "baru" else services.layout_of(session, _uuid(layout_id))
    layout, label = Layout.of(given), " ".join(given.get("label", "").split())
    taken = session.scalars(select(BankLayout.id).where(BankLayout.label == label, BankLayout.id != row.id)).first()
    faults = _layout_faults(layout, label, taken=taken is not None)
    if faults:
        return _layout(layout_id, Form.of(given, faults))
    row.label, row.config = label, layout.as_dict()
    session.add(row)
    audit.record(session, "billing.layout_saved", subject_kind="bank_layout", subject_id=row.id, data={"label": label})
    db.commit()
    web.flash(_("Susunan kolom tersimpan."))
    return redirect(PATH, 303)


def _layout_faults(layout: Layout, label: str, *, taken: bool) -> list[FieldError]:
    faults = []
    if not label or len(label) > 80 or taken:  # noqa: PLR2004 - fits the list
        faults.append(FieldError("label", _("Beri nama yang belum dipakai, misalnya: BPD Kas Daerah.")))
    if layout.kind not in {"csv", "mt940"} or layout.decimal not in _DECIMALS:
        faults.append(FieldError("kind", _("Pilih salah satu.")))
    if layout.kind == "csv":
        if not layout.day:
            faults.append(FieldError("day", _("Tulis judul kolomnya.")))
        if not (layout.amount or layout.credit):
            faults.append(FieldError("credit", _("Tulis judul kolom uang masuk, atau kolom jumlah.")))
        if any(len(value) > 200 for value in layout.as_dict().values()):  # noqa: PLR2004 - names of columns
            faults.append(FieldError("words", _("Terlalu panjang.")))
    return faults
