"""Numbers that people type into free text: the text with them masked stands in the open, the whole one is sealed.

A field that a document declares personal is sealed anyway. `uraian` isn't: officers search it and the public list shows its
first words. When somebody writes a NIK, a phone number or an e-mail address into it, `data` keeps the masked text and the
sealed part keeps what was typed, under the same key; whoever may see it gets the latter (docs/privacy.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from balai.contracts import Service
from balai.keys import Trace, find_traces, mask_traces

LANDMARK: Final = "landmark"
_WRITTEN: Final = frozenset({"text", "longtext"})


@dataclass(slots=True)
class Shielded:
    """plain: as it may stand in the open; sealed: texts as typed, by key; traces: what was found in them."""

    plain: dict[str, Any]
    sealed: dict[str, Any] = field(default_factory=dict)
    traces: list[Trace] = field(default_factory=list)


def shield(service: Service, plain: Mapping[str, Any]) -> Shielded:
    """Answers to a form's fields that aren't personal, LANDMARK among them, with people's numbers taken out."""
    kinds = {f.key: f.type for f in service.fields} | {LANDMARK: "text"}
    found = Shielded(dict(plain))
    for key, value in plain.items():
        if kinds.get(key) in _WRITTEN and isinstance(value, str) and (traces := find_traces(value)):
            found.plain[key], found.sealed[key] = mask_traces(value), value
            found.traces += traces
    return found


def is_shielded(key: str, data: Mapping[str, Any], landmark: str) -> bool:
    """Whether a sealed answer has a masked twin in the open."""
    return bool(landmark) if key == LANDMARK else key in data
