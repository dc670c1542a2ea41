"""What a month's water costs whom: the billing run, bills taken over from another system, objections."""
