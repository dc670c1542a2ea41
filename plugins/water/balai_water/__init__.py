"""Water for everyone: customers, readings, bills, outages, losses and quality, and every other safe source beside them."""
