"""`/privasi/data-saya`: what this region holds of the signed-in citizen; take it along, take a consent back, delete it.

What belongs to an account needs no officer and no waiting. Numbers that an account merely names prove nothing, so cases that
were filed without the account are found by a request (`/layanan/privasi/...`), where somebody looks who is asking.
"""

from uuid import UUID

from flask import Response, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, cases, db, keys, privacy, web
from balai.admin.privacy.request_pages import as_file, bill_words
from balai.admin.routes import front
from balai.cases.personal import people, rights
from balai.cases.personal.people import Found
from balai.errors import NotFound
from balai.privacy import Consent
from balai.web import flash, render
from balai.web.i18n import gettext as _

PAGE = "/privasi/data-saya"
_BY = "akun"


@front.get("/privasi/data-saya")
def own_data() -> Response:
    """Everything of the account here, in short."""
    session, found = db.session(), _own()
    rules = cases.titles(session, {case.service_id for case in found.own})
    return render(
        "admin/privacy/own.html",
        person=privacy.person(session, auth.signed_in().sub),
        found=found,
        open=sum(case.is_open for case in found.own),
        titles=rules,
        consents=people.standing_consents(found),
    )


@front.get("/privasi/data-saya/salinan.json")
def own_copy() -> Response:
    """All of it as a file."""
    web.allow("privacy.copy", allowed=20, seconds=3600)
    values = rights.copy_of(db.session(), _own(), request=_BY, by="citizen")
    return as_file(values, f"data-saya-{g.tenant.slug}.json")


@front.post("/privasi/data-saya/persetujuan/<uuid:consent_id>/tarik")
def withdraw(consent_id: UUID) -> AnyResponse:
    """Take a consent back."""
    session, sub = db.session(), _sub()
    who = keys.blind_index(session, "sub", sub)
    query = select(Consent).where(Consent.id == consent_id, Consent.who == who)
    consent = session.scalars(query).first()
    if consent is None:
        raise NotFound
    people.withdraw_consent(session, consent)
    flash(_("Persetujuan ditarik. Mulai sekarang tidak berlaku lagi."))
    return redirect(PAGE, 303)


@front.get("/privasi/data-saya/hapus")
def ask_deletion() -> Response:
    """Say what deleting means, and ask once more."""
    found = _own()
    return render("admin/privacy/own_delete.html", found=found, open=sum(case.is_open for case in found.own))


@front.post("/privasi/data-saya/hapus")
def delete_own() -> AnyResponse:
    """Delete the account's data in this region."""
    if request.form.get("yakin") != "ya":
        return redirect(f"{PAGE}/hapus", 303)
    done = rights.delete(db.session(), _own(), reason=_("permintaan pemilik akun"), request=_BY)
    words = _("Data Anda di daerah ini sudah dihapus.")
    if done.later:
        words += " " + _("Laporan yang masih berjalan menyusul setelah selesai.")
    words += bill_words(done)
    if done.held:
        words += " " + _("Yang wajib disimpan menurut hukum: %(codes)s.", codes=", ".join(done.held))
    flash(words)
    return redirect(PAGE, 303)


def _sub() -> str:
    if g.get("tenant") is None:
        raise NotFound
    web.personal()
    return auth.signed_in().sub


def _own() -> Found:
    sub = _sub()
    return people.find_person(db.session(), {}, sub=sub, secret=True)
