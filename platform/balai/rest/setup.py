"""Wiring of the API: cache headers, the document. Error pages of the whole application are `web`'s; it asks `answer` for /api."""

from flask import Flask, Response, request

from balai import plugins
from balai.errors import NotFound
from balai.rest import openapi, problems
from balai.rest.caching import unchanged


def init_app(app: Flask) -> None:
    """Called by create_app after `plugins`: mounts what plugins add to the API; rooms mount their own blueprints themselves."""
    document = openapi.init_app(app)
    for _plugin, blueprint in plugins.manager(app).blueprints(api=True):
        app.register_blueprint(blueprint)
    document.adopt()
    app.before_request(_refuse_nul)
    app.after_request(_headers)

    @app.get(f"{openapi.API_PREFIX}/openapi.json", endpoint="rest.openapi")
    def serve_document() -> Response:
        rendered = openapi.current_document()
        response = Response(rendered.raw, content_type="application/json")
        response.set_etag(rendered.etag)
        response.headers["Cache-Control"] = "no-cache"
        response.vary.add("Host")
        return unchanged(response)


def _refuse_nul() -> None:
    """No name in the database holds U+0000, and PostgreSQL fails on it: such an address doesn't exist."""
    if "\0" in request.path:
        raise NotFound


def _headers(response: Response) -> Response:
    """What a token opened is kept nowhere (decision 42); neither is anything that doesn't say otherwise."""
    if problems.is_api(request.path) and (
        "Authorization" in request.headers or "Cache-Control" not in response.headers
    ):
        response.headers["Cache-Control"] = "no-store"
    return response
