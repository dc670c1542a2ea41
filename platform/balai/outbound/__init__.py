"""The one way out to addresses that a tenant has set."""

from balai.outbound.addresses import OutboundError, OutboundRefusedError, is_public
from balai.outbound.client import OutboundClient, Reply

__all__ = ["OutboundClient", "OutboundError", "OutboundRefusedError", "Reply", "is_public"]
