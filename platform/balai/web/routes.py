"""The shell's own pages and files. The home page belongs to `admin`, sign-in to signin.py."""

from flask import Blueprint, Response, current_app, g, jsonify, request
from sqlalchemy import select

from balai import db
from balai.errors import NotFound
from balai.web import assets, csrf, gallery
from balai.web.errorpages import unknown_page
from balai.web.headers import personal
from balai.web.look import current_look, stylesheet
from balai.web.models import LookImage
from balai.web.rendering import render

blueprint = Blueprint("web", __name__, template_folder="templates")
_LONG = "public, max-age=31536000, immutable"


@blueprint.get("/static/<path:filename>")
def static(filename: str) -> Response:
    """Shipped files under hashed names."""
    return assets.serve(filename)


@blueprint.get("/gaya.css")
def look_sheet() -> Response:
    """The region's colours as custom properties."""
    look = current_look()
    response = Response(stylesheet(look), content_type="text/css; charset=utf-8")
    _keep(response, current=request.args.get("v") == look.sheet_version)
    return response


@blueprint.get("/lambang/<name>")
def crest(name: str) -> Response:
    """A rendition of the region's crest: small, icon or large."""
    look = current_look()
    row = db.session().scalars(select(LookImage).where(LookImage.name == name)).one_or_none() if look.crest else None
    if row is None:
        raise NotFound
    response = Response(row.content, content_type=row.media_type)
    # Public, and shown on the sign-in page, which is another origin.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Content-Disposition"] = "inline"
    _keep(response, current=request.args.get("v") == look.crest)
    return response


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """The crest, or Balai's own mark."""
    if current_look().crest:
        return crest("icon")
    mark = assets.mark()
    response = Response(mark, content_type="image/svg+xml")
    _keep(response, current=False)
    return response


@blueprint.get("/bantuan")
def help_page() -> Response:
    """How to get help, by phone first."""
    return render("balai/pages/help.html")


@blueprint.get("/privasi")
def privacy_page() -> Response:
    """What happens with people's data, in short."""
    return render("balai/pages/privacy.html")


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Search engines see the public pages only."""
    lines = ("User-agent: *", *(f"Disallow: {p}" for p in ("/kelola", "/lacak/", "/masuk", "/keluar", "/api/")), "")
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


@blueprint.get("/token-formulir")
def form_token() -> Response:
    """A fresh form token, for drafts that the phone sends when the line is back. Readable by this host's pages only."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise NotFound
    response: Response = jsonify({"field": csrf.FIELD, "token": csrf.token()})
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/_gaya", methods=["GET", "POST"])
def style_gallery() -> Response:
    """Every component on one page, for design work, screenshots and accessibility checks; not in production."""
    if current_app.extensions["balai.settings"].env == "production":
        return unknown_page()
    personal()
    return gallery.show()


def _keep(response: Response, *, current: bool) -> None:
    """Under its versioned address a file never changes; without the version it is asked for again."""
    response.headers["Cache-Control"] = _LONG if current else "public, no-cache"
    response.add_etag()
    response.make_conditional(request)
    g.page_for_everyone = True
