"""The shell: layouts, macros, form protection, language, error pages."""

from balai.web.assets import asset_url, icon
from balai.web.crest import save_crest
from balai.web.csrf import exempt, exempt_endpoint
from balai.web.errorpages import answer_errors_under, unknown_page
from balai.web.flashes import flash
from balai.web.forms import Form
from balai.web.headers import allow_images, personal
from balai.web.i18n import add_catalogues, force_language, gettext, language, lazy_gettext, ngettext
from balai.web.limits import address, allow, count
from balai.web.look import LookView, current_look
from balai.web.maps import map_tiles
from balai.web.menu import search_at
from balai.web.rendering import render, render_form
from balai.web.wiring import init_app

__all__ = [
    "Form",
    "LookView",
    "add_catalogues",
    "address",
    "allow",
    "allow_images",
    "answer_errors_under",
    "asset_url",
    "count",
    "current_look",
    "exempt",
    "exempt_endpoint",
    "flash",
    "force_language",
    "gettext",
    "icon",
    "init_app",
    "language",
    "lazy_gettext",
    "map_tiles",
    "ngettext",
    "personal",
    "render",
    "render_form",
    "save_crest",
    "search_at",
    "unknown_page",
]
