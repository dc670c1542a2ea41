"""What a service costs in a year: its own entries and its share of its plugin's, in whole rupiah. Pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol


class Entry(Protocol):
    """A row of service_cost, or what is counted."""

    @property
    def subject(self) -> str: ...
    @property
    def year(self) -> int: ...
    @property
    def amount(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Counted:
    """A cost that nobody entered because it is counted: messages."""

    subject: str
    year: int
    amount: int


def divide(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """An amount among subjects by weight, so that the parts add up to it; all weights 0: in equal parts."""
    if not weights:
        return {}
    total = sum(weights.values())
    parts = dict(weights) if total > 0 else dict.fromkeys(weights, 1)
    total = total if total > 0 else len(parts)
    found = {key: amount * weight // total for key, weight in parts.items()}
    left = amount - sum(found.values())
    # Largest remainder, then by name: the same answer whatever the order.
    order = sorted(parts, key=lambda key: (-(amount * parts[key] % total), key))
    for key in order[:left]:
        found[key] += 1
    return found


def costs_of_year(entries: Iterable[Entry], asked: Mapping[str, int], year: int) -> dict[str, int | None]:
    """Service id -> rupiah in `year`, None where nothing was entered for it nor for its plugin.

    asked: how often each service was asked, also those that never were: by it a plugin's cost is divided.
    """
    own: dict[str, int] = {}
    for entry in entries:
        if entry.year == year:
            own[entry.subject] = own.get(entry.subject, 0) + entry.amount
    found: dict[str, int | None] = {service: own.get(service) for service in asked}
    for subject, amount in own.items():
        services = {s: n for s, n in asked.items() if s.partition(".")[0] == subject}
        for service, part in divide(amount, services).items():
            found[service] = (found[service] or 0) + part
    return found


def newest_year(entries: Iterable[Entry], *, until: int) -> int | None:
    """The last year with an entry, not after `until`."""
    return max((e.year for e in entries if e.year <= until), default=None)


def per(cost: int | None, number: int | None) -> int | None:
    """Rupiah per case or person, rounded; None when either isn't known or there is nobody."""
    if cost is None or not number or number < 0:
        return None
    return (2 * cost + number) // (2 * number)
