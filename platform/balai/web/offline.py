"""What makes the portal work on a phone whose line comes and goes: the worker, the manifest, and two pages that need no server.

The worker (static/phone/worker.js) is served per region, with what it is to keep written into it: another look, another release
or another setting makes another worker, which takes over at once and drops what the old one kept. BALAI_PHONE_APP=off serves one
that removes itself: no phone is ever stuck with an old one. Nothing personal is kept: the worker fetches without cookies and
refuses every page that is marked `no-store` (decision 42).
"""

import gzip
import hashlib
import json
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from balai.errors import NotFound
from balai.settings import current_settings
from balai.web.assets import STATIC, asset_url
from balai.web.look import LookView, current_look
from balai.web.rendering import render

blueprint = Blueprint("phone", __name__, template_folder="templates")
WORKER = "/pekerja.js"
# Pages that the worker may keep once they were read; forms are kept as a copy that is about nobody (`?luring=ya`).
PAGES = ("/", "/layanan", "/usul", "/bantuan", "/privasi", "/menunggu")
_SHIPPED = ("portal.css", "balai.js", "phone.js", "phone/waiting.js")


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound


@blueprint.get(WORKER)
def worker() -> Response:
    """The service worker of this region's pages."""
    body = _source(current_look(), on=current_settings().phone_app)
    response = Response(body, content_type="text/javascript; charset=utf-8")
    # Asked for anew each time: that is how a phone learns of a new one, or that there is none any more.
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    if request.accept_encodings.quality("gzip"):
        response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response.make_conditional(request)  # type: ignore[return-value]


def _source(look: LookView, *, on: bool) -> bytes:
    parts = [(STATIC / "phone" / name).read_text(encoding="utf-8") for name in ("outbox.js", "worker.js")]
    shell = ["/luring", "/menunggu", f"/gaya.css?v={look.sheet_version}", *(asset_url(name) for name in _SHIPPED)]
    if look.crest:
        shell.append(f"/lambang/small?v={look.crest}")
    told: dict[str, Any] = {"off": not on, "shell": shell, "pages": PAGES}
    digest = hashlib.sha256(json.dumps([parts, told, look.name, look.tagline]).encode())
    told["version"] = digest.hexdigest()[:12]
    return "".join((f'"use strict";\nconst BALAI = {json.dumps(told)};\n', *parts)).encode()


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """Lets a phone put the portal on its home screen, under the region's name and crest."""
    look = current_look()
    if look.crest:
        icons = [
            {"src": f"/lambang/{name}?v={look.crest}", "type": "image/png", "sizes": "any"}
            for name in ("icon", "large")
        ]
    else:
        icons = [{"src": asset_url("mark.svg"), "type": "image/svg+xml", "sizes": "any"}]
    response: Response = jsonify(
        id="/", name=look.name or "Balai", short_name=(look.name or "Balai")[:24], lang="id", start_url="/", scope="/",
        display="standalone", background_color="#ffffff", theme_color=look.palette.brand_deep, icons=icons,
    )  # fmt: skip
    response.content_type = "application/manifest+json"
    response.headers["Cache-Control"] = "public, no-cache"
    return response


@blueprint.get("/menunggu")
def waiting() -> Response:
    """What waits on this phone for a signal. The page is the same for everybody: the list is made by the phone itself."""
    return render("balai/pages/waiting.html")


@blueprint.get("/luring")
def offline() -> Response:
    """Shown by the worker where a page wasn't kept and there is no line."""
    return render("balai/pages/offline.html")
