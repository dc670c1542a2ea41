"""The host name as the browser meant it, before anything else looks at it (decision 22)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from balai.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class PlainHost:
    """Lower-case host without trailing dot. The port stays: addresses that we write out need it."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        host, colon, port = environ.get("HTTP_HOST", "").strip().lower().partition(":")
        if not host.startswith("["):
            environ["HTTP_HOST"] = host.removesuffix(".") + colon + port
        return self._app(environ, start_response)


def init_app(app: Flask, settings: Settings) -> None:
    """Believe X-Forwarded-* of exactly `BALAI_PROXY_HOPS` proxies."""
    inner: Any = PlainHost(app.wsgi_app)
    hops = settings.proxy_hops
    if hops:
        inner = ProxyFix(inner, x_for=hops, x_proto=hops, x_host=hops, x_port=0, x_prefix=0)
    app.wsgi_app = inner  # type: ignore[method-assign]
