"""Ways to pay: providers, orders, what providers say, the nightly comparison. A QR or a number alone settles nothing."""

from balai.billing.payments.orders import Way, ways

__all__ = ["Way", "ways"]
