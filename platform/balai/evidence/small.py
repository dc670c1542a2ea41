"""Small numbers by district, kept from pointing at a person: the same rule for pages and open data. Pure functions.

A district's cell below LEAST isn't told. Whoever knows the region's figure could take all others off it, so others are left out
with it, the smallest first, until what is left out together could have come about in many ways. LEAST is for figures by which a
region speaks to its own people; what leaves a region for the ministry needs ten people (decision 3).
"""

from collections.abc import Hashable, Mapping
from typing import Final, TypeVar

Key = TypeVar("Key", bound=Hashable)
LEAST: Final = 5


def left_out(cells: Mapping[Key, int], least: int = LEAST) -> frozenset[Key]:
    """Keys of the cells that aren't told; cells: what each district has, all parts of one figure. Empty cells point at nobody."""
    chosen = [key for key, number in cells.items() if 0 < number < least]
    if not chosen:
        return frozenset()
    total = sum(cells[key] for key in chosen)
    rest = sorted(((n, str(key), key) for key, n in cells.items() if n >= least), key=lambda item: item[:2])
    # Each holds one at least: only what goes beyond that could be spread in different ways.
    while rest and (len(chosen) == 1 or total - len(chosen) < least):
        number, _name, key = rest.pop(0)
        chosen.append(key)
        total += number
    return frozenset(chosen)


def rounded(number: int, least: int = LEAST) -> int:
    """A district's number as everybody sees it, to the nearest multiple of `least`: no sum gives another cell away by it."""
    return (2 * number + least) // (2 * least) * least
