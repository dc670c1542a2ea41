"""What the room brings to the plugin."""

from balai_water.losses.pages import MENU, blueprint

BLUEPRINTS = (blueprint,)
__all__ = ["BLUEPRINTS", "MENU"]
