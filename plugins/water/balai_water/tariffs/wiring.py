"""What this room brings to the plugin."""

from balai_water.tariffs import card_pages, pages

BLUEPRINTS = [pages.blueprint, card_pages.blueprint]
MENU = pages.MENU
