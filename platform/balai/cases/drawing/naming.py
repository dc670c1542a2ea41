"""Keys that nobody has to think of: made from what the officer writes, never changed by a later wording."""

import re
import unicodedata
from collections.abc import Container

_LONGEST = 40


def key_of(label: str, taken: Container[str], *, joint: str = "_", fallback: str = "isian") -> str:
    """A free key for a label: "Nomor HP" -> "nomor_hp", and "nomor_hp_2" once that is taken."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", joint, plain).strip(joint)
    base = words if words[:1].isalpha() else f"{fallback}{joint}{words}".rstrip(joint)
    base = base[: _LONGEST - 4].rstrip(joint)
    if len(base) < 2:  # noqa: PLR2004 - the shortest key of a service
        base = fallback
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base}{joint}{number}"
    return found


def values_of(labels: list[str], known: list[dict[str, str]]) -> list[dict[str, str]]:
    """Options for the lines that an officer wrote; one that stood there before keeps its value, so that answers stay readable."""
    by_label = {option["label"]: option["value"] for option in known}
    same_length = len(labels) == len(known)
    made: list[dict[str, str]] = []
    for index, label in enumerate(labels):
        taken = {option["value"] for option in made}
        value = by_label.get(label) or (known[index]["value"] if same_length else "")
        if not value or value in taken:
            spoken_for = taken | {v for text, v in by_label.items() if text in labels}
            value = key_of(label, spoken_for, fallback="pilihan")
        made.append({"value": value, "label": label})
    return made
