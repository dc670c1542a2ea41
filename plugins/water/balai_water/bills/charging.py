"""From charges to lines of invoices. Most connections share group, card and use with others, so each is worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from balai.api import InvoiceLine, LateFee
from balai_water.tariffs import Charge, ChargeLine, Tariff, charge
from balai_water.tariffs.cards import card_of

WATER: Final = ("pendapatan.air", "Air minum")
FIXED: Final = ("pendapatan.air_beban", "Beban tetap air")
DUTY: Final = ("pendapatan.meterai", "Bea meterai")
ACCOUNTS: Final = (WATER, FIXED, DUTY)


@dataclass(frozen=True, slots=True)
class Ready:
    """What an invoice needs of a charge: its lines (shared by everybody who is charged the same), m3 charged, rupiah."""

    lines: tuple[InvoiceLine, ...]
    charged: int
    total: int


class Biller:
    """Charges under one tariff, each combination of group, card and use reckoned once."""

    def __init__(self, tariff: Tariff) -> None:
        self.tariff = tariff
        self._known: dict[tuple[str, str, int], Ready | None] = {}

    def of(self, group_key: str, card: Mapping[str, Any] | None, used: int) -> Ready | None:
        """The lines for a use in m3; None when the tariff doesn't have the group (the card's, where it names one)."""
        key = (group_key, repr(sorted(card.items())) if card else "", used)
        if key not in self._known:
            self._known[key] = self._ready(group_key, card, used)
        return self._known[key]

    def _ready(self, group_key: str, card: Mapping[str, Any] | None, used: int) -> Ready | None:
        try:
            made = charge(self.tariff, group_key, used, card=card_of(card))
        except KeyError:
            return None
        return Ready(invoice_lines(self.tariff, made), made.charged, made.total)


def invoice_lines(tariff: Tariff, made: Charge) -> tuple[InvoiceLine, ...]:
    """The lines as the core's books take them, each with its reason in words for whoever pays. A charge of nothing says so."""
    if not made.lines:
        return (InvoiceLine("Tidak ada pemakaian", 0, WATER[0], reason=_words(tariff, {})),)
    return tuple(
        InvoiceLine(
            line.text, line.amount, _account(line), quantity=line.quantity, unit_price=line.unit_price, unit=line.unit,
            reason=_words(tariff, line.reason),
        )
        for line in made.lines
    )  # fmt: skip


def _account(line: ChargeLine) -> str:
    kind = line.reason.get("charge")
    return DUTY[0] if kind == "stamp_duty" else FIXED[0] if kind else WATER[0]


def _words(tariff: Tariff, reason: Mapping[str, Any]) -> dict[str, str]:
    group = tariff.groups.get(reason.get("group", ""))
    words = {"group": group.label if group else "", "decree": tariff.decree}
    if tariff.valid_from:
        words["tariff_version"] = f"berlaku sejak {tariff.valid_from:%d-%m-%Y}"
    if "minimum_use" in reason:
        words["minimum_use"] = f"pemakaian minimum {reason['minimum_use']} m3"
    if "card" in reason:
        words["card"] = f"keringanan menurut {reason['card']}"
    return words


def late_fee_rule(tariff: Tariff) -> LateFee | None:
    """What lateness costs, as the core charges it."""
    late = tariff.late_fee
    if late is None:
        return None
    most = 1 if late.every == "once" else late.most_months
    if late.amount:
        return LateFee("fixed", late.amount, late.every, most, late.grace_days, decree=tariff.decree)
    return LateFee("percent", late.percent * 100, late.every, most, late.grace_days, decree=tariff.decree)
