"""`/lacak/lupa`: a lost code goes to the phone number or e-mail address that was given with it.

Nobody learns from the page whether anything is there: every request does the same work, answers the same bytes, and leaves the
looking to a job (code_again.py).
"""

from typing import Final

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db, jobs, keys, notify, web
from balai.cases.code_again import send_codes
from balai.cases.portal import blueprint
from balai.cases.values import ValueFault, email, phone
from balai.errors import Invalid
from balai.web import Form
from balai.web.i18n import gettext as _

_PER_ADDRESS_AND_HOUR: Final = 20
# Each asking can send a message: nobody's mailbox is filled from here.
_PER_CONTACT_AND_HOUR: Final = 3


@blueprint.route("/lacak/lupa", methods=["GET", "POST"])
def lost() -> AnyResponse:
    """The question, and the one answer."""
    phones = bool(notify.phone_channel())
    if request.method == "GET":
        return web.render("cases/portal/lost.html", form=Form.of(), phones=phones)
    web.count("cases.lost", allowed=_PER_ADDRESS_AND_HOUR, seconds=3600)
    try:
        purpose, index = _asked(request.form.get("contact", "").strip())
    except Invalid as invalid:
        return web.render_form("cases/portal/lost.html", Form.of(request.form, invalid), phones=phones)
    web.count("cases.lost.contact", index, allowed=_PER_CONTACT_AND_HOUR, seconds=3600)
    jobs.defer(db.session(), send_codes, purpose=purpose, index=index)
    db.commit()
    web.flash(_("Bila ada laporan dengan alamat itu, kodenya kami kirim ke sana. Tunggu beberapa menit."), "info")
    return redirect("/lacak", 303)


def _asked(contact: str) -> tuple[str, str]:
    try:
        purpose, to = ("email", email(contact)) if "@" in contact else ("phone", phone(contact))
    except ValueFault as fault:
        raise Invalid.field("contact", str(fault)) from None
    return purpose, keys.blind_index(db.session(), purpose, to)
