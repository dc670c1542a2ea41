"""Water that doesn't reach anybody who pays or is meant to get it: the monthly balance of the International Water Association."""
