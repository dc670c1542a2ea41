"""`render`: a template with the shell around it. What every template may call is the list GLOBALS."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, make_response, render_template
from jinja2 import StrictUndefined

from balai.clock import now
from balai.web import charts, csrf, formats, i18n
from balai.web.assets import asset_url, icon
from balai.web.flashes import waiting_flashes
from balai.web.forms import Form
from balai.web.here import is_current, language_url
from balai.web.look import current_look
from balai.web.menu import console_bell, console_menu, console_search
from balai.web.people import current_user


def render(template: str, /, **context: Any) -> Response:
    """The page `template` filled with `context`, status 200 (set `.status_code` or return a tuple for another)."""
    return make_response(render_template(template, **context))


def render_form(template: str, /, form: Form, **context: Any) -> Response:
    """A page with a form; 422 when the form has errors, so that nothing typed is lost and machines see the refusal."""
    response = render(template, form=form, **context)
    if form.errors:
        response.status_code = 422
    return response


def current_tenant() -> Any:
    """The region of this host, None on the apex."""
    return g.get("tenant") if has_request_context() else None


def directory_url() -> str:
    """The list of regions on the apex host."""
    settings = current_app.extensions["balai.settings"]
    address: str = settings.public_url(settings.domain, "/")
    return address


def phone_worker() -> str:
    """Address of the worker that keeps pages on the phone; empty where the operator has switched it off."""
    return "/pekerja.js" if current_app.extensions["balai.settings"].phone_app else ""


GLOBALS: dict[str, Callable[..., Any]] = {
    "asset_url": asset_url,
    "bar_chart": charts.bars,
    "console_bell": console_bell,
    "console_menu": console_menu,
    "console_search": console_search,
    "csrf_field": csrf.field,
    "current_language": i18n.language,
    "current_look": current_look,
    "current_tenant": current_tenant,
    "current_user": current_user,
    "directory_url": directory_url,
    "icon": icon,
    "is_current": is_current,
    "language_name": i18n.language_name,
    "language_url": language_url,
    "languages": i18n.offered,
    "line_chart": charts.line,
    "now": now,
    "phone_worker": phone_worker,
    "waiting_flashes": waiting_flashes,
}


def init_app(app: Flask) -> None:
    """Set up the template environment: gettext, filters, globals; a misspelt variable is a failure, not a blank."""
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.undefined = StrictUndefined
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.policies["ext.i18n.trimmed"] = True
    env.filters.update(formats.FILTERS)
    env.globals.update(GLOBALS)
