"""Personal data in cases: what is said about it beside the form, what is kept sealed, marked, found, given out, forgotten."""
