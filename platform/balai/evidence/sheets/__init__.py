"""What a region enters about itself: people and other groups per place, costs, apps that it pays for."""

from balai.evidence.sheets.kinds import SHEETS, Sheet
from balai.evidence.sheets.services import load_csv, remove_row, save_row

__all__ = ["SHEETS", "Sheet", "load_csv", "remove_row", "save_row"]
