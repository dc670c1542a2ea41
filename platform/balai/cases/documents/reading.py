"""YAML or JSON text -> plain values, with the line of each of them.

PyYAML's loaders forget where a value stood, so the node tree is walked here. Anchors are refused (a few lines of them can
stand for gigabytes), and so is a key that stands twice; every value is text, a number, true/false or null, never a date.
"""

from dataclasses import dataclass
from typing import Any

import yaml

from balai.cases.documents.faults import Fault

MAX_CHARACTERS = 300_000
_MAX_DEPTH = 12
_PLAIN = frozenset({"null", "bool", "int", "float"})
_TAG = "tag:yaml.org,2002:"
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A document as read: plain values, and the line at which each of them starts."""

    values: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int | None:
        """Line of a value, or of the nearest one around it that has one."""
        while path not in self.lines:
            if not path:
                return None
            path = path[:-1]
        return self.lines[path]


class UnreadableError(ValueError):
    """The text is no document at all; `fault` says where."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def read(text: str) -> Source:
    """Read one document; raises UnreadableError."""
    if len(text) > MAX_CHARACTERS:
        raise UnreadableError(Fault((), f"dokumen lebih dari {MAX_CHARACTERS} huruf", 1))
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "tidak bisa dibaca sebagai YAML atau JSON"
        raise UnreadableError(Fault((), str(problem), mark.line + 1 if mark else 1)) from None
    if node is None:
        raise UnreadableError(Fault((), "dokumen kosong", 1))
    reader = _Reader()
    return Source(reader.value(node, ()), reader.lines)


class _Reader:
    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self._seen: set[int] = set()
        self._scalars = yaml.constructor.SafeConstructor()

    def value(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        if id(node) in self._seen:
            raise UnreadableError(Fault(path, "jangkar (&nama, *nama) tidak dipakai di dokumen layanan", line))
        if len(path) > _MAX_DEPTH:
            raise UnreadableError(Fault(path, "isian bersarang terlalu dalam", line))
        self._seen.add(id(node))
        self.lines.setdefault(path, line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path, line)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in values:
                raise UnreadableError(Fault((*path, key), f"“{key}” ditulis dua kali", line))
            self.lines[*path, key] = line
            values[key] = self.value(value_node, (*path, key))
        return values

    def _scalar(self, node: yaml.Node, path: Path, line: int) -> Any:
        kind = node.tag.removeprefix(_TAG)
        if kind not in _PLAIN:
            return node.value
        try:
            return getattr(self._scalars, f"construct_yaml_{kind}")(node)
        except ValueError:
            raise UnreadableError(Fault(path, f"“{node.value}” bukan angka", line)) from None
