"""What a plugin or a single service may do in a region right now."""

from enum import StrEnum


class PluginState(StrEnum):
    """State of a plugin in one region; the three gates ask nothing else.

    on = all; closing = all but new cases; off, blocked = nothing (404), as if the plugin weren't installed.
    """

    OFF = "off"
    ON = "on"
    CLOSING = "closing"
    BLOCKED = "blocked"

    @property
    def open(self) -> bool:
        """True when routes, hooks and jobs may pass."""
        return self in {PluginState.ON, PluginState.CLOSING}


class ServiceState(StrEnum):
    """State of one service in one region."""

    ON = "on"
    TRIAL = "trial"
    PAUSED = "paused"
    CLOSING = "closing"
    OFF = "off"
