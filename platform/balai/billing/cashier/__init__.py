"""Cash at the counter: drawers, receipts, reversals by two people, and the day's closing."""
