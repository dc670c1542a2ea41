"""The IWA water balance of a month: system input, authorised consumption, apparent and real losses. All in litres.

NRW% = (system input - billed authorised) / system input. ILI = CARL / UARL. What isn't known is None and named, never guessed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

# The national target for non-revenue water and hours of supply (Permen PUPR 27/2016, as the ministry's reports tell them).
TARGET_NRW_PERCENT: Final = 20
TARGET_HOURS: Final = 20
Grade = Literal["a", "b", "c", "d"]
READ_SHARE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Input:
    """Figures of one zone and month, litres. Of None nothing is known; measured: the system input comes from meters, not a guess.

    read_share: of the connections in use, how many were read (0 to 1). mains_km, connections, pipe_km (from main to meter) and
    pressure_m: what unavoidable losses depend on.
    """

    system_input: int | None
    billed_metered: int | None
    billed_unmetered: int = 0
    unbilled_metered: int = 0
    unbilled_unmetered: int = 0
    theft: int | None = None
    meter_error: int | None = None
    measured: bool = False
    read_share: float = 0.0
    mains_km: float | None = None
    connections: int | None = None
    pipe_km: float | None = None
    pressure_m: float | None = None
    days: int = 30


@dataclass(frozen=True, slots=True)
class Balance:
    """What follows. nrw_percent is None when system input or billed volumes are unknown, when the input is zero, or smaller than
    what was used (`impossible`).
    """

    system_input: int | None
    billed: int | None
    unbilled: int
    authorised: int | None
    losses: int | None
    apparent: int | None
    real: int | None
    nrw: int | None
    nrw_percent: float | None
    ili: float | None
    grade: Grade
    impossible: bool


def balance(given: Input) -> Balance:
    """The month's balance with its data-quality grade.

    Grade a: input from meters and at least 95 % of connections read; b: one of the two; c: neither; d: system input or billed
    volumes aren't known, so there is no balance.
    """
    total, unbilled = given.system_input, given.unbilled_metered + given.unbilled_unmetered
    billed = None if given.billed_metered is None else given.billed_metered + given.billed_unmetered
    if billed is None or total is None or total < billed + unbilled:
        authorised = None if billed is None else billed + unbilled
        impossible = total is not None and authorised is not None
        return Balance(
            total, billed, unbilled, authorised, None, None, None, None, None, None, _grade(given), impossible
        )
    authorised = billed + unbilled
    losses, nrw = total - authorised, total - billed
    apparent = real = None
    if given.theft is not None and given.meter_error is not None:
        apparent = min(losses, given.theft + given.meter_error)
        real = losses - apparent
    percent = 100 * nrw / total if total else None
    ili, grade = _ili(given, real), _grade(given)
    return Balance(
        total, billed, unbilled, authorised, losses, apparent, real, nrw, percent, ili, grade, impossible=False
    )


def unavoidable_losses(mains_km: float, connections: int, pipe_km: float, pressure_m: float) -> float:
    """UARL in litres a day: (18 Lm + 0.8 Nc + 25 Lp) * P."""
    return (18 * mains_km + 0.8 * connections + 25 * pipe_km) * pressure_m


def _ili(given: Input, real: int | None) -> float | None:
    parts = (given.mains_km, given.connections, given.pipe_km, given.pressure_m)
    if real is None or any(part is None for part in parts) or given.days <= 0:
        return None
    mains, connections, pipes, pressure = parts
    floor = unavoidable_losses(mains or 0, int(connections or 0), pipes or 0, pressure or 0)
    return real / given.days / floor if floor > 0 else None


def _grade(given: Input) -> Grade:
    if given.system_input is None or given.billed_metered is None:
        return "d"
    read = given.read_share >= READ_SHARE
    return "a" if given.measured and read else "b" if given.measured or read else "c"


def together(parts: Sequence[Input]) -> Input:
    """Zones as one. What isn't known of one part isn't known of the whole; read_share is weighted by connections."""
    counted = sum(part.connections or 0 for part in parts)
    read = sum(part.read_share * (part.connections or 0) for part in parts)
    return Input(
        _sum(part.system_input for part in parts),
        _sum(part.billed_metered for part in parts),
        sum(part.billed_unmetered for part in parts),
        sum(part.unbilled_metered for part in parts),
        sum(part.unbilled_unmetered for part in parts),
        theft=_sum(part.theft for part in parts),
        meter_error=_sum(part.meter_error for part in parts),
        measured=bool(parts) and all(part.measured for part in parts),
        read_share=read / counted if counted else 0.0,
        connections=counted,
        days=parts[0].days if parts else 30,
    )


def _sum(parts: Iterable[int | None]) -> int | None:
    found = list(parts)
    known = [part for part in found if part is not None]
    return sum(known) if found and len(known) == len(found) else None
