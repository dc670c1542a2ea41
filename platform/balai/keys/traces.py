"""NIK, phone numbers and e-mail addresses that people type into free text.

Nobody declares such text personal, and yet it holds what a thief looks for first. What is found here is kept sealed and shown
masked (`cases.personal.shield`). It finds numbers by their shape: too many is harmless, because the whole text stays readable
for whoever may read it. Names and home addresses have no shape and aren't found.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from balai.keys.masks import mask
from balai.keys.normalise import NIK_DIGITS, normalise_phone

TraceKind = Literal["nik", "phone", "email"]
_EMAIL = r"[^\s@*,;:<>()\"']{1,64}@[^\s@,;:<>()\"']+\.[^\W\d_]{2,}"
# 16 digits in a row or in groups: a NIK, a family card's number, also a bank card's.
_NIK = rf"(?<!\d)\d(?:[ .\-]{{0,2}}\d){{{NIK_DIGITS - 1}}}(?!\d)"
# Mobile with or without +62 and leading zero; a fixed line with its area code, in brackets or not.
_MOBILE = (
    r"(?<!\w)(?:\+?62[ .\-]?(?:\(0\)|0)?|\(?0)[ .\-]?8\d(?:[ .\-()]{0,2}\d){6,11}(?!\d)"
    r"|(?<!\w)8[1-9]\d{7,10}(?!\d)"
)
_FIXED = r"(?<!\w)\(?(?:\+?62[ .\-]?|0)[2-79]\d{1,2}\)?[ .\-]?\d{3,4}[ .\-]?\d{2,4}(?!\d)"
_ABROAD = r"(?<!\w)\+[1-9](?:[ .\-]?\d){8,13}(?!\d)"
_SHAPES: Final = re.compile(f"(?P<email>{_EMAIL})|(?P<nik>{_NIK})|(?P<phone>{_MOBILE}|{_FIXED}|{_ABROAD})")


@dataclass(frozen=True, slots=True)
class Trace:
    """Something found: its kind, its value in the one spelling of `normalise` where it has one, where it stands."""

    kind: TraceKind
    value: str
    start: int
    end: int


def find_traces(text: str) -> list[Trace]:
    """NIKs, phone numbers and e-mail addresses in a text, in their order."""
    found = []
    for hit in _SHAPES.finditer(text):
        kind: TraceKind = hit.lastgroup  # type: ignore[assignment] # named groups only, one of the three
        found.append(Trace(kind, _spelled(kind, hit.group()), hit.start(), hit.end()))
    return found


def mask_traces(text: str) -> str:
    """The text with each of them masked in its place."""
    parts, at = [], 0
    for trace in find_traces(text):
        parts += [text[at : trace.start], mask(trace.kind, trace.value)]
        at = trace.end
    return "".join([*parts, text[at:]]) if parts else text


def _spelled(kind: TraceKind, raw: str) -> str:
    plain = unicodedata.normalize("NFKC", raw)
    if kind == "email":
        return plain.lower()
    if kind == "phone":
        try:
            return normalise_phone(plain)
        except ValueError:
            return plain
    return re.sub(r"\D", "", plain)
