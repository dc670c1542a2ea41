"""What this room brings to the plugin."""

from balai_water.bills import api, comparison_pages, external, pages, portal, tasks
from balai_water.bills.objections import on_case_filed

BLUEPRINTS = [pages.blueprint, comparison_pages.blueprint, portal.blueprint, api.blueprint]
MENU = pages.MENU
TASKS = [tasks.bill_step, tasks.take_bills]
TABLES = [external.KIND]
__all__ = ["BLUEPRINTS", "MENU", "TABLES", "TASKS", "on_case_filed"]
