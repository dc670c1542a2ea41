"""Views of `/kelola/bahasa`: which languages citizens may choose, and the region's own catalogues."""

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, db
from balai.admin.routes import console
from balai.auth import require
from balai.errors import Invalid, TooLarge
from balai.web import Form, catalogues, flash, languages, render_form
from balai.web.i18n import gettext as _
from balai.web.i18n import language_name, ngettext

PAGE = "/kelola/bahasa"


@console.get("/bahasa")
@require("members.manage")
def languages_page() -> Response:
    """What there is, what is offered."""
    return _page(Form.of())


@console.post("/bahasa")
@require("members.manage")
def offer_languages() -> AnyResponse:
    """Choose what the pages offer beside Indonesian."""
    try:
        languages.offer(db.session(), request.form.getlist("languages"))
    except Invalid as refused:
        db.session().rollback()
        return _page(Form.of(request.form, refused))
    flash(_("Pilihan bahasa tersimpan. Halaman warga langsung mengikutinya."))
    return redirect(PAGE, 303)


@console.post("/bahasa/unggah")
@require("members.manage")
def upload_language() -> AnyResponse:
    """A new language, or a newer catalogue of one."""
    session, given = db.session(), request.form
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Invalid.field("file", _("Pilih berkas .po dulu."))
        raw = file.stream.read(languages.MOST_BYTES + 1)
        member = auth.signed_in().member_id
        kept = languages.upload(session, given.get("code", ""), given.get("name", ""), raw, member_id=member)
    except (Invalid, TooLarge) as refused:
        session.rollback()
        fault = refused if isinstance(refused, Invalid) else Invalid.field("file", refused.detail or refused.title)
        return _page(Form.of(given, fault), fault)
    flash(
        ngettext(
            "%(num)s dari %(total)s kalimat diterjemahkan. Yang belum tetap tampil dalam bahasa Indonesia.",
            "%(num)s dari %(total)s kalimat diterjemahkan. Yang belum tetap tampil dalam bahasa Indonesia.",
            kept.translated,
            total=kept.total,
        )
    )
    return redirect(PAGE, 303)


@console.post("/bahasa/hapus")
@require("members.manage")
def remove_language() -> AnyResponse:
    """Take one of the region's own away."""
    languages.remove(db.session(), request.form.get("code", ""))
    flash(_("Bahasa dihapus."))
    return redirect(PAGE, 303)


@console.get("/bahasa/contoh.pot")
@require("members.manage")
def language_template() -> Response:
    """Every string, to be translated."""
    return _download("".join(languages.template()), "balai.pot")


@console.get("/bahasa/<code>.po")
@require("members.manage")
def language_file(code: str) -> Response:
    """The region's catalogue as it is kept."""
    return _download(languages.one(db.session(), code).po, f"balai-{code}.po")


def _download(text: str, name: str) -> Response:
    response = Response(text, content_type="text/x-gettext-translation; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(form: Form, fault: Invalid | None = None) -> Response:
    session = db.session()
    own = languages.own(session)
    shipped = [code for code in catalogues.shipped_languages() if code not in {row.code for row in own}]
    choices = [(code, language_name(code)) for code in shipped] + [(row.code, row.name) for row in own]
    if "languages" not in form.values:
        form = Form.of({**form.values, "languages": list(languages.offered(session))}, fault)
    # Each refused string is one line: the form shows the first of a field only.
    faults = [error.message for error in fault.errors if error.field == "file"] if fault is not None else []
    return render_form("admin/languages.html", form, choices=choices, own=own, faults=faults)
