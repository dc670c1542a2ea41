"""`/kelola/pesan/saya`: what is new for me, and how I want to hear of it. The admin's pages stand in console_*.py."""

from uuid import UUID

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import auth, db, web
from balai.errors import Forbidden, Invalid, NotFound
from balai.notify import digests, links, services
from balai.web import Form
from balai.web.i18n import gettext as _

blueprint = Blueprint("notify_console", __name__, url_prefix="/kelola/pesan", template_folder="templates")
OWN = "/kelola/pesan/saya"
_PAGE = 50


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound
    web.personal()


def member_id() -> UUID:
    """The member who is asking."""
    found = auth.signed_in().member_id
    if found is None:
        raise Forbidden
    return found


def uuid_of(text: str | None) -> UUID | None:
    """An id from an address, None when it is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


@blueprint.get("/saya")
def own_page() -> Response:
    """My messages, newest first."""
    session, me = db.session(), member_id()
    found = services.inbox(session, me, limit=_PAGE + 1, before=uuid_of(request.args.get("sebelum")))
    rows, more = found[:_PAGE], len(found) > _PAGE
    paths = links.paths_of(session, rows)
    return web.render(
        "notify/own.html",
        rows=[{"row": m, "text": services.text_of(session, m), "path": paths.get(m.id)} for m in rows],
        more=f"{OWN}?sebelum={rows[-1].id}" if more else None,
        unread=any(m.read_at is None for m in rows),
        form=Form.of({"mail": digests.wish_of(session, me).mail}),
        wishes=[
            ("daily", _("Sekali sehari"), _("Satu surat pukul 7 pagi, hanya bila ada yang belum dibaca")),
            ("each", _("Tiap kabar"), _("Langsung, satu surat untuk tiap kabar")),
            ("off", _("Jangan kirim email"), _("Kabar hanya ada di halaman ini")),
        ],
        admin="members.manage" in auth.signed_in().permissions,
    )


@blueprint.post("/dibaca")
def read() -> AnyResponse:
    """I have seen them all."""
    services.mark_read(db.session(), member_id())
    db.commit()
    return redirect(OWN, 303)


@blueprint.post("/surat")
def wish() -> AnyResponse:
    """How I want to hear of news by mail."""
    try:
        digests.set_wish(db.session(), member_id(), request.form.get("mail", ""))
    except ValueError:
        raise Invalid.field("mail", _("Pilih salah satu.")) from None
    db.commit()
    web.flash(_("Pilihan Anda tersimpan."))
    return redirect(OWN, 303)
