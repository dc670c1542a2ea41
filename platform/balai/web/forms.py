"""A form as the template sees it: what was typed and what needs correcting. Nothing typed is ever lost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from balai.errors import FieldError, Invalid


@dataclass(slots=True)
class Form:
    """Values and errors by field name; macros of balai/form.html take it as their first argument.

    labels: the questions by field name, where a message alone ("Pilih salah satu.") wouldn't say which one is meant.
    """

    values: MultiDict[str, Any] = field(default_factory=MultiDict)
    errors: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, values: Mapping[str, Any] | None = None, errors: Invalid | Iterable[FieldError] | None = None
    ) -> "Form":
        """From `request.form` (or a record's values) and, on the way back, the `Invalid` that the service raised."""
        listed = errors.errors if isinstance(errors, Invalid) else list(errors or ())
        found: dict[str, str] = {}
        for e in listed:
            found.setdefault(e.field.lstrip("/").replace("/", "."), e.message)
        if isinstance(errors, Invalid) and not found:
            found[""] = errors.detail or errors.title
        return cls(MultiDict(values or {}), found)

    def value(self, name: str, default: Any = "") -> Any:
        """What the field holds; None is shown as empty."""
        found = self.values.get(name, default)
        return "" if found is None else found

    def chosen(self, name: str) -> set[str]:
        """Everything chosen under one name (checkboxes)."""
        found: set[str] = set()
        for value in self.values.getlist(name):
            found.update(str(v) for v in value) if isinstance(value, list | tuple | set | frozenset) else found.add(
                str(value)
            )
        return found

    def error(self, name: str) -> str | None:
        """What to correct in this field."""
        return self.errors.get(name)

    def add(self, name: str, message: str) -> None:
        """Ask for a correction; the first message of a field stays."""
        self.errors.setdefault(name, message)
