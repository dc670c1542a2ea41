"""What a household sees of its water: use, bills, outages at its address, the water's quality; and the ways to get help."""
