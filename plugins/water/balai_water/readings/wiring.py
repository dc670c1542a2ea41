"""What this room brings to the plugin."""

from balai_water.readings import pages, reading_pages, tables

BLUEPRINTS = [pages.blueprint, reading_pages.blueprint]
MENU = pages.MENU
TABLES = [tables.KIND]
