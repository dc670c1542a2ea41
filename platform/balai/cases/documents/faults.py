"""What is wrong with a service document, said so that its author finds the place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to correct. path: keys and positions down to it, such as ("fields", 0, "type"); line counts from 1."""

    path: tuple[str | int, ...]
    message: str
    line: int | None = None


class DocumentError(ValueError):
    """A service document that can't be used. owner: the plugin or "daerah"; service: its key, or the file's name."""

    def __init__(self, owner: str, service: str, faults: list[Fault]) -> None:
        self.owner, self.service, self.faults = owner, service, faults
        super().__init__("\n".join(self.sentences()))

    def sentences(self) -> list[str]:
        """One line per fault: `feedback.pengaduan, baris 12: ...`."""
        return [f"{self.owner}.{self.service}{_place(fault)}: {fault.message}" for fault in self.faults]


def _place(fault: Fault) -> str:
    return f", baris {fault.line}" if fault.line else ""
