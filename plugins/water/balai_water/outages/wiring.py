"""What the room brings: pages for staff and for everybody, their entry in the menu, and notes above a form."""

from balai_water.outages import act_pages as _acts  # noqa: F401 - more rules of the same blueprint
from balai_water.outages.pages import MENU, blueprint
from balai_water.outages.public_pages import blueprint as public
from balai_water.outages.telling import form_notes

BLUEPRINTS = [blueprint, public]
__all__ = ["BLUEPRINTS", "MENU", "form_notes"]
