"""Blueprints of the room and who may enter them. A page of a region doesn't exist on the apex host, and the other way round."""

from flask import Blueprint, g

from balai.errors import NotFound

# `/`, `/lacak` of the apex, and the home page of each region: for everyone.
front = Blueprint("admin_front", __name__, template_folder="templates")
# `/kelola/...` of a region.
console = Blueprint("admin", __name__, url_prefix="/kelola", template_folder="templates")
# `/kelola/...` of the apex host, for the operator's people.
operator = Blueprint("admin_operator", __name__, url_prefix="/kelola", template_folder="templates")


@console.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound


@operator.before_request
def _only_on_the_apex() -> None:
    if g.get("tenant") is not None:
        raise NotFound
