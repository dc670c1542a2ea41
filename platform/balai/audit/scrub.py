"""What must not stand in an audit entry is taken out, wherever it came from.

The audit can never be corrected afterwards, so a careless caller must not be able to write a password or a NIK into it.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from balai.keys import find_traces

HIDDEN: Final = "[disamarkan]"
LONGEST: Final = 500
_FORBIDDEN = re.compile(
    r"pass(word|phrase)|sandi|secret|rahasia$|token|authorization|cookie|api_?key|private_?key|\bkek\b|credential|otp"
    r"|^nik$|^no_?kk$|phone|telepon|no_?hp|e_?mail|address|alamat",
    re.IGNORECASE,
)
# Ids of rows and accounts stay whole, whatever their digits look like.
_UUID = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>()]+")


def scrub(data: Mapping[str, Any]) -> dict[str, Any]:
    """Data as an entry may hold it: plain JSON, long texts cut, secrets and personal values hidden by name and by shape."""
    return {str(key): HIDDEN if _FORBIDDEN.search(str(key)) else _value(value) for key, value in data.items()}


def _value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return scrub(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_value(item) for item in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return scrub_text(str(value))


def scrub_text(value: str) -> str:
    """Text without anything that looks like a NIK, an e-mail address or a phone number; NUL can't be stored in jsonb."""
    parts = _UUID.split(value.replace("\x00", ""))
    text = "".join(part if n % 2 else _hide(part) for n, part in enumerate(parts))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _hide(text: str) -> str:
    text = _EMAIL.sub(HIDDEN, text)
    for trace in reversed(find_traces(text)):
        text = text[: trace.start] + HIDDEN + text[trace.end :]
    return text
