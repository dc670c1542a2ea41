"""Case codes that people read over the phone: `RRRR-XXXXX-XXXXX-C`.

RRRR are the region's digits (a province is "3200"), the ten characters carry 50 random bits in Crockford's base 32 (no I, L, O,
U), C is a check character over all of them. It is a weighted sum in GF(32): every single wrong character and every swap of two
characters, however far apart, changes it.
"""

import re
import secrets
from functools import cache
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE: Final = {character: value for value, character in enumerate(ALPHABET)}
_LENGTH: Final = 15
_FILL = re.compile(r"[\s.\-_/]+")
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
# x^5 + x^2 + 1, primitive over GF(2): the powers of x run through all 31 non-zero elements.
_POLYNOMIAL: Final = 0b100101
_FIELD_BIT: Final = 0b100000


class CodeError(ValueError):
    """The text can't be a case code."""


def region_digits(region_code: str) -> str:
    """The first four characters: 3273 for "32.73", 3200 for province "32"."""
    return region_code.replace(".", "")[:4].ljust(4, "0")


def new_code(region_code: str) -> str:
    """A fresh code for a region."""
    bits = secrets.randbits(50)
    body = region_digits(region_code) + "".join(ALPHABET[bits >> shift & 31] for shift in range(0, 50, 5))
    return _pretty(body + check_character(body))


def parse_code(text: str) -> str:
    """The one spelling of a code, however it was typed: lower case, blanks or no dashes, o for 0, i or l for 1.

    Raises CodeError when it can't be a code or its check character is wrong.
    """
    plain = _FILL.sub("", text.strip().upper()).translate(_LOOKALIKES)
    if len(plain) != _LENGTH or any(character not in _VALUE for character in plain) or not plain[:4].isdigit():
        raise CodeError("not a case code")
    if check_character(plain[:-1]) != plain[-1]:
        raise CodeError("the check character is wrong")
    return _pretty(plain)


def check_character(body: str) -> str:
    """The last character of a code whose other characters are `body`."""
    total = 0
    for products, character in zip(_products(), body, strict=True):
        total ^= products[_VALUE[character]]
    return ALPHABET[total]


@cache
def _products() -> tuple[tuple[int, ...], ...]:
    """For each place of the body, its weight times every value."""
    weights, weight = [], 1
    for _place in range(_LENGTH - 1):
        weight = _times_x(weight)
        weights.append(weight)
    return tuple(tuple(_multiply(weight, value) for value in range(len(ALPHABET))) for weight in weights)


def _pretty(plain: str) -> str:
    return f"{plain[:4]}-{plain[4:9]}-{plain[9:14]}-{plain[14]}"


def _times_x(value: int) -> int:
    value <<= 1
    return value ^ _POLYNOMIAL if value & _FIELD_BIT else value


def _multiply(left: int, right: int) -> int:
    product = 0
    while right:
        if right & 1:
            product ^= left
        left, right = _times_x(left), right >> 1
    return product
