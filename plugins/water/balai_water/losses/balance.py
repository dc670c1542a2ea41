"""The IWA water balance of a month: system input, authorised consumption, apparent and real losses. All in cubic metres.

NRW% = (system input - billed authorised) / system input. ILI = CARL / UARL. What isn't known is None and named, never guessed.
"""

from dataclasses import dataclass
from typing import Final, Literal

# The national target for non-revenue water and hours of supply (Permen PUPR 27/2016, as the ministry's reports tell them).
TARGET_NRW_PERCENT: Final = 20
TARGET_HOURS: Final = 20
Grade = Literal["a", "b", "c"]


@dataclass(frozen=True, slots=True)
class Input:
    """Figures of one zone and month, m3. Of None nothing is known; measured: the system input comes from meters, not a guess.

    mains_km, connections, pipe_km (from main to meter) and pressure_m: what unavoidable losses depend on.
    """

    system_input: int | None
    billed_metered: int
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
    """What follows. nrw_percent is None when the system input is unknown or smaller than what was billed (`impossible`)."""

    system_input: int | None
    billed: int
    authorised: int
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

    Grade a: input from meters and at least 95 % of connections read; b: one of the two; c: neither.
    """
    billed = given.billed_metered + given.billed_unmetered
    authorised = billed + given.unbilled_metered + given.unbilled_unmetered
    total = given.system_input
    impossible = total is not None and total < authorised
    losses = nrw = apparent = real = None
    percent = None
    if total is not None and not impossible:
        losses, nrw = total - authorised, total - billed
        percent = 100 * nrw / total if total else None
        if given.theft is not None and given.meter_error is not None:
            apparent = min(losses, given.theft + given.meter_error)
            real = losses - apparent
    return Balance(
        total, billed, authorised, losses, apparent, real, nrw, percent, _ili(given, real), _grade(given), impossible
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
    return real * 1000 / given.days / floor if floor > 0 else None


def _grade(given: Input) -> Grade:
    read = given.read_share >= 0.95  # noqa: PLR2004 - see the docstring of balance
    sure = given.measured and given.system_input is not None
    return "a" if sure and read else "b" if sure or read else "c"
