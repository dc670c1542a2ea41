"""A made-up utility to be looked at and thrown away; queued only by the loading of demo data, never elsewhere."""
