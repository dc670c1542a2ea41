"""What this room brings to the plugin."""

from balai_water.household import pages

BLUEPRINTS = [pages.blueprint]
