"""What this room brings to the plugin."""

from balai_water.register import import_pages, imports, order_pages, orders, pages, place_pages

BLUEPRINTS = [pages.blueprint, place_pages.blueprint, import_pages.blueprint, order_pages.blueprint]
MENU = pages.MENU
TASKS = [imports.take_table, imports.tidy_register]
on_case_moved = orders.on_case_moved
on_case_closed = orders.on_case_closed
on_invoice_settled = orders.on_invoice_settled
