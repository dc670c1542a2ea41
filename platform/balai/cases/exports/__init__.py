"""Exports: what the inbox's filters show, as CSV or XLSX, written row by row."""
