"""Blueprints of the room and who may enter them. None of these pages exists on the apex host."""

from flask import Blueprint, g

from balai import web
from balai.errors import NotFound

# `/kelola/manfaat/...`: leaders, admins and auditors read; see each view for who may change something.
console = Blueprint("evidence", __name__, url_prefix="/kelola/manfaat", template_folder="../templates")
# `/manfaat/...`: everybody.
portal = Blueprint("evidence_public", __name__, url_prefix="/manfaat", template_folder="../templates")


@console.before_request
def _staff_of_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound
    web.personal()


@portal.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None or g.tenant.kind != "region":
        raise NotFound
