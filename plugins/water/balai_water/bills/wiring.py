"""What this room brings to the plugin."""

from balai_water.bills import comparison_pages, pages, portal, tasks
from balai_water.bills.objections import on_case_filed

BLUEPRINTS = [pages.blueprint, comparison_pages.blueprint, portal.blueprint]
MENU = pages.MENU
TASKS = [tasks.bill_step]
__all__ = ["BLUEPRINTS", "MENU", "TASKS", "on_case_filed"]
