"""The audit's own background work; a built-in plugin hands it to `jobs`, which stands above this room."""

from typing import Any, Final

from balai.audit.seals import seal_pending
from balai.db import TenantSession

SEAL_CRON: Final = "* * * * *"


def seal_audit(session: TenantSession, _tenant: Any) -> None:
    """Seal what this tenant recorded since the last minute, in as many batches as it takes."""
    while seal_pending(session) is not None:
        pass
