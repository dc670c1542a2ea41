"""Views of `/`: the directory on the apex host, the home page in a region; `/lacak` on the apex."""

from flask import Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from balai.admin import directory, home
from balai.admin.routes import front
from balai.errors import NotFound
from balai.web import allow


@front.get("/")
def root() -> Response:
    """Daerah mana? On a region's host: its home page."""
    tenant = g.get("tenant")
    return directory.directory_page() if tenant is None else home.home_page(tenant)


@front.get("/daftar-daerah")
def region_list() -> Response:
    """The directory's list alone, for the search that filters while one types."""
    if g.get("tenant") is not None:
        raise NotFound
    allow("directory", allowed=120, seconds=60)
    return directory.directory_list()


@front.before_app_request
def _track_on_the_apex() -> AnyResponse | None:
    # The same address is a page of `cases` on a region's host. Here the code's own digits lead to that region.
    if g.get("tenant") is not None or request.method not in {"GET", "HEAD"} or not request.path.startswith("/lacak"):
        return None
    if request.path.rstrip("/") == "/lacak":
        return directory.track_search()
    code = request.path.removeprefix("/lacak/")
    return directory.track_page(code) if code and "/" not in code else None
