"""What this room brings to the plugin."""

from balai_water.readings import pages, reading_pages, round_pages, self_pages, tables

BLUEPRINTS = [pages.blueprint, reading_pages.blueprint, round_pages.blueprint, round_pages.phone, self_pages.blueprint]
MENU = [*pages.MENU, *round_pages.MENU]
TABLES = [tables.KIND]
