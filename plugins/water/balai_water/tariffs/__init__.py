"""What water costs: groups, blocks and charges of a decree as data, and what a use comes to under them."""

from balai_water.tariffs.charging import Charge, ChargeLine, charge
from balai_water.tariffs.reading import Block, Card, Group, LateFee, StampDuty, Tariff, read_tariff

__all__ = [
    "Block",
    "Card",
    "Charge",
    "ChargeLine",
    "Group",
    "LateFee",
    "StampDuty",
    "Tariff",
    "charge",
    "read_tariff",
]
