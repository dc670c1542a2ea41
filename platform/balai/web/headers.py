"""What every answer tells the browser: who may frame it, what may run in it, whether it may be kept."""

import gzip
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from balai.settings import Settings
from balai.web import csrf, flashes, i18n

_YEAR = 31_536_000
_WORTH_PACKING = 1000
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    # A tracking code or search stays between the reader and us; our own pages still see where a form came from.
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(self), payment=(), usb=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


def allow_images(origin: str) -> None:
    """Let this page load pictures from one more origin (map tiles set by the region), e.g. `https://tile.example.id`."""
    g.setdefault("csp_images", []).append(origin)


def personal() -> None:
    """This page tells something about its reader: no cache keeps it (decision 42)."""
    g.page_personal = True


def policy(settings: Settings, images: list[str]) -> str:
    """The Content-Security-Policy: nothing inline, nothing from elsewhere, no nonces (decision 21)."""
    # Sign-out posts here and is sent on to Keycloak: Chromium checks form-action on that redirect too.
    keycloak = urlsplit(settings.keycloak_url)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            " ".join(("img-src 'self' blob:", *images)),
            "media-src 'self' blob:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            f"form-action 'self' {keycloak.scheme}://{keycloak.netloc}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def init_app(app: Flask, settings: Settings) -> None:
    """Finish every response. Registered first, so it runs last, after the view's own headers and the commit."""
    plain = policy(settings, [])

    @app.after_request
    def _finish(response: Response) -> Response:
        response = flashes.keep_cookie(csrf.keep_cookie(i18n.remember_choice(response)))
        _secure(response, policy(settings, g.csp_images) if "csp_images" in g else plain)
        if response.mimetype == "text/html":
            _cache(response)
            response = _pack(response)
        return response


def _secure(response: Response, csp: str) -> None:
    headers = response.headers
    # Not setdefault: it walks the list anew for each, which every answer would pay.
    there = {name.lower() for name, _value in headers}
    if "content-security-policy" not in there:
        headers.add("Content-Security-Policy", csp)
    for name, value in _ALWAYS:
        if name.lower() not in there:
            headers.add(name, value)
    if request.is_secure and "strict-transport-security" not in there:
        headers.add("Strict-Transport-Security", f"max-age={_YEAR}")


def _cache(response: Response) -> None:
    """Personal pages are kept nowhere; the rest is kept but asked for again, which a 304 answers in a few bytes."""
    for name in ("Cookie", "Accept-Language", "Accept-Encoding"):
        response.vary.add(name)
    if "Cache-Control" in response.headers:
        return
    signed_in = csrf.SESSION_COOKIE in request.cookies
    if signed_in or g.get("page_personal") or request.path.startswith("/kelola") or request.method not in csrf.SAFE:
        response.headers["Cache-Control"] = "no-store"
    else:
        # Not no-store: "back" must find the half-filled form as it was.
        response.headers["Cache-Control"] = "private, no-cache"


def _pack(response: Response) -> Response:
    if response.status_code == 200 and not response.is_streamed and "no-store" not in response.headers["Cache-Control"]:  # noqa: PLR2004 - HTTP
        response.add_etag(weak=True)
        response.make_conditional(request)
    if (
        response.status_code == 304  # noqa: PLR2004 - HTTP
        or response.is_streamed
        or response.direct_passthrough
        or "Content-Encoding" in response.headers
        or not request.accept_encodings.quality("gzip")
        or len(body := response.get_data()) < _WORTH_PACKING
    ):
        return response
    response.set_data(gzip.compress(body, 5, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response
