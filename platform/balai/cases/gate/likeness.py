"""Whether two texts are the same, or the same with some words changed, told from a few bytes of each."""

import hashlib
import re
import struct
from collections.abc import Mapping
from typing import Any, Final

_SIZE: Final = 16
_BYTES: Final = 4 * _SIZE
# Fewer words are alike by chance: "lampu jalan mati" comes from many people.
_LEAST: Final = 5
_SHARE: Final = 0.7
_WORD = re.compile(r"[^\W\d_]{4,}")


def text_of(data: Mapping[str, Any]) -> str:
    """Everything written in a form's answers, in one text."""
    return " ".join(value for value in data.values() if isinstance(value, str) and len(value) > 3).lower()  # noqa: PLR2004 - a choice's key


def sketch_of(text: str) -> bytes | None:
    """64 bytes that stand for the set of a text's words (digits and short words left out); None for short texts."""
    hashes = sorted({_hash(word) for word in _WORD.findall(text)})[:_SIZE]
    if len(hashes) < _LEAST:
        return None
    return struct.pack(f">{_SIZE}I", *hashes, *([0] * (_SIZE - len(hashes))))


def sameness(text: str) -> str:
    """The text without digits, marks and spaces, for the keyed hash that finds exact copies."""
    return "".join(_WORD.findall(text))


def alike(sketch: bytes, others: bytes) -> int:
    """How many of the sketches that stand one after the other in `others` are like this one."""
    mine = _set(sketch)
    return sum(_near(mine, _set(others[at : at + _BYTES])) for at in range(0, len(others), _BYTES))


def _near(one: set[int], other: set[int]) -> bool:
    return len(one & other) >= _SHARE * max(len(one), len(other))


def _set(sketch: bytes) -> set[int]:
    return {number for number in struct.unpack(f">{_SIZE}I", sketch) if number}


def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest()) or 1
