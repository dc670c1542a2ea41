"""How a parser says no: a reason and facts; `check` adds the file's name and the words."""

from typing import Any


class Fault(Exception):  # noqa: N818 - never leaves this package
    """reason: one of refusals.Reason; facts: what its sentence needs."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts
