"""What a use comes to: block by block, in whole rupiah, with the reason of every line. Pure arithmetic, no database.

`water = sum over blocks of clip(V, lower, upper) * rate`, V = the larger of use and minimum use. Each block's share is what lies
between its own two bounds: comparing the rest of the use with a bound of the whole (as a well-known program did) misbills.
"""

from dataclasses import dataclass
from typing import Any

from balai_water.tariffs.reading import Card, Group, Rounding, Tariff

LITRES = 1000


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One line of a bill: quantity (m3 or months) times unit price is the amount, all in whole rupiah."""

    text: str
    quantity: int
    unit: str
    unit_price: int
    amount: int
    reason: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Charge:
    """Lines and their sum; charged: cubic metres that were charged, which minimum use may make more than were used."""

    used: int
    charged: int
    lines: tuple[ChargeLine, ...]

    @property
    def total(self) -> int:
        """Rupiah."""
        return sum(line.amount for line in self.lines)


def cubic_metres(litres: int, rounding: Rounding) -> int:
    """Whole cubic metres of a use in litres."""
    if rounding == "up":
        return -(-litres // LITRES)
    return (litres + LITRES // 2) // LITRES if rounding == "half_up" else litres // LITRES


def charge(tariff: Tariff, group_key: str, used: int, *, card: Card | None = None) -> Charge:
    """The lines for `used` cubic metres in one month. used >= 0; KeyError for an unknown group.

    A card that names another group charges as that group; its `cubic_metres` come at its `rate` first, the rest goes through the
    blocks as if the use began behind them, so more water never costs less.
    """
    group = tariff.groups[card.group if card and card.group else group_key]
    charged = max(used, group.minimum_use)
    because = {"decree": tariff.decree, "group": group.key}
    lines: list[ChargeLine] = []
    begin = 0
    if card is not None and card.cubic_metres:
        begin = min(charged, card.cubic_metres)
        lines.append(ChargeLine(card.label, begin, "m3", card.rate, begin * card.rate, because | {"card": card.decree}))
    lines += _water(group, charged, begin, because)
    if charged > used and lines:
        lines[-1] = _with(lines[-1], minimum_use=group.minimum_use)
    fixed = group.fixed if card is None or card.fixed is None else card.fixed
    for text, amount, kind in (
        ("Beban tetap", fixed, "fixed"),
        ("Pemeliharaan meter", group.upkeep, "upkeep"),
        ("Biaya administrasi", group.admin, "admin"),
    ):
        if amount:
            lines.append(ChargeLine(text, 1, "bulan", amount, amount, because | {"charge": kind}))
    duty = tariff.stamp_duty
    if duty is not None and duty.amount and sum(line.amount for line in lines) >= duty.above:
        lines.append(
            ChargeLine("Bea meterai", 1, "lembar", duty.amount, duty.amount, because | {"charge": "stamp_duty"})
        )
    return Charge(used, charged, tuple(lines))


def _water(group: Group, charged: int, begin: int, because: dict[str, Any]) -> list[ChargeLine]:
    lines, lower = [], 0
    for number, block in enumerate(group.blocks, start=1):
        upper = charged if block.upto is None else min(charged, block.upto)
        cubic = upper - max(lower, begin)
        if cubic > 0:
            reason = because | {"block": number, "from": lower, "upto": block.upto}
            lines.append(
                ChargeLine(_block_name(lower, block.upto), cubic, "m3", block.rate, cubic * block.rate, reason)
            )
        lower = block.upto if block.upto is not None else charged
        if lower >= charged:
            break
    return lines


def _block_name(lower: int, upto: int | None) -> str:
    return f"Air di atas {lower} m3" if upto is None else f"Air {lower} sampai {upto} m3"


def _with(line: ChargeLine, **more: Any) -> ChargeLine:
    return ChargeLine(line.text, line.quantity, line.unit, line.unit_price, line.amount, line.reason | more)
