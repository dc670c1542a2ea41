"""Stylesheets, scripts and pictures that are shipped with Balai: read once, named by their content, kept by browsers for a year.

A handful of small files, so they live in memory, gzipped once: the first visit on a weak line is what counts.
"""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, current_app, request
from markupsafe import Markup
from werkzeug.exceptions import NotFound

STATIC = Path(__file__).parent / "static"
# One stylesheet per kind of page: two requests fewer on a line with 400 ms latency.
_SHARED = ("css/tokens.css", "css/base.css", "css/components.css", "css/forms.css")
BUNDLES = {
    "portal.css": (*_SHARED, "css/portal.css", "css/home.css", "css/shown.css"),
    "console.css": (*_SHARED, "css/console.css", "css/admin.css", "css/inbox.css"),
    "slip.css": ("css/slip.css",),
    "receipt.css": ("css/slip.css", "css/receipt.css"),
    "map.css": ("vendor/leaflet.css", "css/map.css"),
}
# Scripts that are always needed together; each part keeps a scope of its own.
SCRIPTS = {
    "phone.js": ("phone/outbox.js", "phone/start.js"),
    "form.js": ("phone/photos.js", "phone/voices.js", "phone/places.js", "phone/drafts.js"),
}
_KEPT = {".js", ".svg", ".png", ".webp", ".ico"}
_TEXT = {".css", ".js", ".svg"}
_URL = re.compile(r"url\((?:\.\./)*([\w/.-]+)\)")
_SYMBOL = re.compile(r'<symbol id="([\w-]+)"[^>]*>(.*?)</symbol>', re.DOTALL)
_DOT = '<circle cx="12" cy="12" r="3"/>'


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    gzipped: bytes | None
    media_type: str


class Assets:
    """All shipped files under their content-hashed names, and the icons."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._served: dict[str, Asset] = {}
        self._urls: dict[str, str] = {}
        for path in sorted(folder.rglob("*")):
            if path.suffix in _KEPT:
                self._add(path.relative_to(folder).as_posix(), path.read_bytes())
        for name, parts in BUNDLES.items():
            text = "".join((folder / part).read_text(encoding="utf-8") for part in parts)
            self._add(name, self._link(compact_css(text)).encode())
        for name, parts in SCRIPTS.items():
            self._add(name, compact_js([(folder / part).read_text(encoding="utf-8") for part in parts]).encode())
        sprite = (folder / "icons/icons.svg").read_text(encoding="utf-8")
        self.icons: dict[str, str] = {name: inner.strip() for name, inner in _SYMBOL.findall(sprite)}

    def url(self, name: str) -> str:
        """Path of a shipped file ("portal.css", "balai.js", "vendor/htmx.min.js"); raises KeyError."""
        return self._urls[name]

    def get(self, served_name: str) -> Asset | None:
        """The file behind a hashed name."""
        return self._served.get(served_name)

    def _add(self, name: str, body: bytes) -> None:
        stem, _dot, suffix = name.rpartition(".")
        served = f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{suffix}"
        media_type = mimetypes.types_map.get(f".{suffix}", "application/octet-stream")
        media_type = {"js": "text/javascript", "webp": "image/webp"}.get(suffix, media_type)
        packed = gzip.compress(body, 9, mtime=0) if f".{suffix}" in _TEXT else None
        self._served[served] = Asset(body, packed, media_type)
        self._urls[name] = f"/static/{served}"

    def _link(self, css: str) -> str:
        return _URL.sub(lambda m: f"url({self.url(m.group(1))})", css)


def compact_css(text: str) -> str:
    """Without comments, indentation and spaces around punctuation (never inside selectors or calc())."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    # Of vendored sheets: a browser's that is gone.
    text = re.sub(r"behavior:[^;}]*;?", "", text)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};,]) ?", r"\1", text).replace(": ", ":").replace(";}", "}").strip()


def compact_js(parts: list[str]) -> str:
    """Several scripts as one, each in a block of its own, without indentation and the comments that stand on their own lines."""
    bare = (re.sub(r"(?ms)^\s*/\*.*?\*/\n", "", part) for part in parts)
    return "".join("{\n" + re.sub(r"(?m)^\s+", "", part) + "}\n" for part in bare)


def asset_url(name: str) -> str:
    """Template function: path of a shipped file."""
    return _assets().url(name)


def icon(name: str, label: str | None = None) -> Markup:
    """Template function: an icon drawn into the page (no request of its own). Decorative unless `label` is given."""
    drawing = _assets().icons.get(name, _DOT)
    title = Markup(' role="img" aria-label="{}"').format(label) if label else Markup(' aria-hidden="true"')
    return Markup('<svg class="icon" viewBox="0 0 24 24" focusable="false"{}>{}</svg>').format(title, Markup(drawing))  # noqa: S704 - our own sprite


def init_app(app: Flask) -> None:
    """Serve /static/<hashed name>."""
    app.extensions["balai.assets"] = Assets()


def serve(filename: str) -> Response:
    """View of /static/..."""
    asset = _assets().get(filename)
    if asset is None:
        raise NotFound
    packed = asset.gzipped if request.accept_encodings.quality("gzip") else None
    response = Response(packed or asset.body, content_type=_content_type(asset.media_type))
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if asset.gzipped is not None:
        response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _content_type(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _assets() -> Assets:
    found: Assets = current_app.extensions["balai.assets"]
    return found


def mark() -> bytes:
    """Balai's own mark, for regions without a crest."""
    return (STATIC / "mark.svg").read_bytes()
