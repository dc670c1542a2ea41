"""What the room brings to the plugin."""

from balai_water.quality import regulation_pages  # noqa: F401 - its import adds views to the room's blueprint
from balai_water.quality.pages import MENU, blueprint
from balai_water.quality.zone_pages import blueprint as zones

BLUEPRINTS = (blueprint, zones)
__all__ = ["BLUEPRINTS", "MENU"]
