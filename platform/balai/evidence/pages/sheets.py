"""`/kelola/manfaat/data/<sheet>`: people, costs and apps, by form or as a spreadsheet."""

from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db
from balai.auth import require, signed_in
from balai.errors import Invalid, NotFound, TooLarge
from balai.evidence import stopping
from balai.evidence.pages.routes import console
from balai.evidence.sheets import SHEETS, Sheet, load_csv, remove_row, save_row
from balai.evidence.sheets.services import cells_of, row_of
from balai.files import tabular
from balai.web import Form, flash, render_form
from balai.web.i18n import gettext as _
from balai.web.i18n import ngettext

PAGE = "/kelola/manfaat/data"


@console.get("/data/<key>")
@require("plugins.switch")
def sheet_page(key: str) -> Response:
    """The table, the form for a row, the field for a file."""
    return _page(_sheet(key), Form.of())


@console.get("/data/<key>/contoh.csv")
@require("plugins.switch")
def sheet_sample(key: str) -> Response:
    """The headings, to be filled in with a spreadsheet."""
    response = Response("\ufeff" + _sheet(key).sample, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{key}.csv"'
    return response


@console.post("/data/<key>/berkas")
@require("plugins.switch")
def load_sheet(key: str) -> AnyResponse:
    """A whole table: all of it or nothing."""
    sheet, session = _sheet(key), db.session()
    upload = request.files.get("berkas")
    try:
        if upload is None or not upload.filename:
            raise Invalid.field("berkas", _("Pilih dulu berkasnya."))
        data = upload.stream.read(tabular.MAX_BYTES + 1)
        number = load_csv(session, sheet, data, by=signed_in().member_id)
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return _page(sheet, Form.of({}, invalid))
    except TooLarge as refused:
        session.rollback()
        return _page(sheet, Form.of({}, Invalid.field("berkas", refused.detail or str(refused.title))))
    flash(ngettext("%(num)s baris disimpan.", "%(num)s baris disimpan.", number))
    return redirect(f"{PAGE}/{key}", 303)


@console.post("/data/<key>")
@require("plugins.switch")
def add_row(key: str) -> AnyResponse:
    """One more row."""
    return _save(_sheet(key), None)


@console.route("/data/<key>/<uuid:row_id>", methods=["GET", "POST"])
@require("plugins.switch")
def change_row(key: str, row_id: UUID) -> AnyResponse:
    """One row: change it or take it away."""
    sheet, session = _sheet(key), db.session()
    found = row_of(session, sheet, row_id)
    if request.method == "GET":
        return _page(sheet, Form.of(cells_of(sheet, found)), row_id)
    if request.form.get("dibayar") and sheet.key == "aplikasi":
        stopping.pay_on(session, row_id)
        db.commit()
        flash(_("Aplikasi ini dinilai lagi mulai malam ini."))
        return redirect(f"{PAGE}/{key}", 303)
    if request.form.get("hapus"):
        remove_row(session, sheet, row_id)
        db.commit()
        flash(_("Baris dihapus."))
        return redirect(f"{PAGE}/{key}", 303)
    return _save(sheet, row_id)


def _sheet(key: str) -> Sheet:
    if key not in SHEETS:
        raise NotFound
    return SHEETS[key]


def _save(sheet: Sheet, row_id: UUID | None) -> AnyResponse:
    session = db.session()
    try:
        save_row(session, sheet, request.form, by=signed_in().member_id, row_id=row_id)
        db.commit()
    except Invalid as invalid:
        session.rollback()
        return _page(sheet, Form.of(request.form, invalid), row_id)
    flash(_("Baris disimpan."))
    return redirect(f"{PAGE}/{sheet.key}", 303)


def _page(sheet: Sheet, form: Form, row_id: UUID | None = None) -> Response:
    form.labels = {column.key: column.label for column in sheet.columns}
    rows = [(row, cells_of(sheet, row)) for row in sheet.rows(db.session())]
    return render_form(
        "evidence/sheet.html", form, sheet=sheet, rows=rows, row_id=row_id, here=f"{PAGE}/{sheet.key}", sheets=SHEETS,
        stopped=any(row.id == row_id and getattr(row, "stopped", False) for row, _cells in rows),
        line_faults=[message for name, message in form.errors.items() if name.startswith("baris")],
    )  # fmt: skip
