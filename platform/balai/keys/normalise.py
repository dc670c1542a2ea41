"""One spelling per person's detail, so that a blind index finds what was typed another way.

`0812-3456-7890`, `62 812 3456 7890` and `+62 812 3456 7890` are one phone; an index over the raw text would miss two of them.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from typing import Final, Literal

NIK_DIGITS: Final = 16
# In a NIK, a woman's day of birth is written plus 40.
WOMEN_DAY_OFFSET: Final = 40
# E.164 allows 15 digits; the shortest Indonesian subscriber number (area code included) has 8 after the 62.
MAX_PHONE_DIGITS: Final = 15
MIN_PHONE_DIGITS: Final = 9
MONTHS: Final = 12

NikFault = Literal["length", "date", "serial"]

_NIK_FILL = re.compile(r"[\s.\-]+")
_PHONE_FILL = re.compile(r"[\s.\-/()]+")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


def normalise_nik(value: str) -> str:
    """The 16 digits of a NIK without blanks, dots and dashes; ValueError when it isn't 16 ASCII digits."""
    digits = _NIK_FILL.sub("", unicodedata.normalize("NFKC", value))
    if len(digits) != NIK_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise ValueError("a NIK has 16 digits")
    return digits


def nik_fault(value: str) -> NikFault | None:
    """Why a NIK can't be one, or None.

    Only three things are certain: the length, a date that exists in some century, a serial other than 0000. The region part
    is no reason to refuse: published lists of codes miss real people.
    """
    try:
        digits = normalise_nik(value)
    except ValueError:
        return "length"
    if not _is_possible_birth(int(digits[6:8]), int(digits[8:10]), int(digits[10:12])):
        return "date"
    return "serial" if digits[12:] == "0000" else None


def _is_possible_birth(day: int, month: int, year: int) -> bool:
    if day > WOMEN_DAY_OFFSET:
        day -= WOMEN_DAY_OFFSET
    if not 1 <= month <= MONTHS:
        return False
    return 1 <= day <= max(monthrange(1900 + year, month)[1], monthrange(2000 + year, month)[1])


def normalise_phone(value: str) -> str:
    """A phone number as E.164, Indonesia assumed (`0812…` and `812…` become `+62812…`); ValueError when it can't be one."""
    text = unicodedata.normalize("NFKC", value).strip().replace("(0)", "")
    international = text.startswith("+")
    digits = _PHONE_FILL.sub("", text.removeprefix("+"))
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("a phone number has digits only")
    if digits.startswith("00"):
        international, digits = True, digits[2:]
    if not international:
        digits = _with_country_code(digits)
    if digits.startswith("620"):
        digits = "62" + digits[3:]
    if not MIN_PHONE_DIGITS <= len(digits) <= MAX_PHONE_DIGITS or digits.startswith("0"):
        raise ValueError("a phone number has 9 to 15 digits with its country code")
    return "+" + digits


def _with_country_code(digits: str) -> str:
    if digits.startswith("0"):
        return "62" + digits[1:]
    return digits if digits.startswith("62") else "62" + digits


def normalise_email(value: str) -> str:
    """An e-mail address in lower case; ValueError when it can't be one (one @, a dotted host, no blanks)."""
    text = unicodedata.normalize("NFKC", value).strip().lower()
    if not _EMAIL.fullmatch(text):
        raise ValueError("not an e-mail address")
    return text


def _as_is(value: str) -> str:
    return value


def _words(value: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", value).lower().split())


NORMALISERS: Final[dict[str, Callable[[str], str]]] = {
    "nik": normalise_nik,
    "phone": normalise_phone,
    "email": normalise_email,
    "name": _words,
}


def normalise(purpose: str, value: str) -> str:
    """The one spelling of a value for that purpose; purposes without a rule of their own are taken as they are."""
    return NORMALISERS.get(purpose, _as_is)(value)
