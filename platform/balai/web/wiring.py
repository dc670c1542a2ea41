"""Hangs the shell into the application: templates, headers, form protection, error pages, the shell's own routes."""

import hashlib
import secrets

from flask import Flask, request

from balai import plugins
from balai.settings import Settings
from balai.web import assets, catalogues, csrf, errorpages, headers, hosts, rendering
from balai.web.offline import blueprint as offline
from balai.web.routes import blueprint
from balai.web.signin import blueprint as signin


def init_app(app: Flask) -> None:
    """Called by create_app after `rest`, before the rooms that have pages."""
    settings: Settings = app.extensions["balai.settings"]
    # Without a secret (development, unit tests) a random one: tokens then hold for this process only.
    secret = settings.secret_key or secrets.token_hex()
    app.extensions["balai.form_key"] = hashlib.sha256(f"balai form key|{secret}".encode()).digest()
    app.extensions["balai.windows"] = {}
    found = plugins.manager(app).installed if "balai.plugins" in app.extensions else []
    folders = [plugin.folder for plugin in found]
    catalogues.add_catalogues(folder / "translations" for folder in folders if folder is not None)
    hosts.init_app(app, settings)
    assets.init_app(app)
    rendering.init_app(app)
    headers.init_app(app, settings)
    app.before_request(_limit_typed_text)
    app.before_request(csrf.protect)
    errorpages.init_app(app)
    app.register_blueprint(blueprint)
    app.register_blueprint(signin)
    app.register_blueprint(offline)


def _limit_typed_text() -> None:
    """Werkzeug holds a multipart field to MAX_FORM_MEMORY_SIZE, but reads an urlencoded body whole."""
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = request.max_form_memory_size
