"""The room's own background work; a built-in plugin hands it to `jobs`."""

from typing import Any, Final

from balai.db import TenantSession
from balai.files.services import sweep

SWEEP_CRON: Final = "17 2 * * *"


def sweep_files(session: TenantSession, _tenant: Any) -> None:
    """Once a night: drafts that nobody claimed and blobs that no row names."""
    sweep(session)
