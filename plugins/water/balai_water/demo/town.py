"""Who lives in the demo: names, streets, uses, all out of one seed, so that two people who look see the same."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from balai_water.sheets import Row

_FIRST: Final = (
    "Siti", "Budi", "Sri", "Agus", "Wahyu", "Endah", "Tri", "Dwi", "Joko", "Rina", "Yanto", "Murni", "Slamet", "Ani", "Bambang",
    "Lestari", "Heru", "Nur", "Suparman", "Wati", "Hadi", "Ratna", "Eko", "Yuni",
)  # fmt: skip
_LAST: Final = (
    "Aminah", "Santoso", "Handayani", "Susilo", "Nugroho", "Lestari", "Wibowo", "Rahayu", "Prasetyo", "Utami", "Hidayat",
    "Suryani", "Kurniawan", "Astuti", "Purnomo", "Setiawan", "Widodo", "Puspita", "Raharjo", "Saputra",
)  # fmt: skip
_STREETS: Final = (
    "Melati",
    "Mawar",
    "Kenanga",
    "Parangtritis",
    "Imogiri",
    "Bantul",
    "Samas",
    "Pramuka",
    "Anggrek",
    "Sawo",
)
# Group, share of a thousand, usual use in m3 a month, how much that differs from house to house.
_GROUPS: Final = (
    ("RT-A", 520, 12, 5),
    ("RT-B", 370, 19, 7),
    ("NK", 80, 28, 12),
    ("S", 20, 40, 20),
    ("IP", 10, 120, 60),
)
_NEIGHBOUR: Final = "34.71.01.1001"
_NEIGHBOURS: Final = 0.15  # of the last zone, which reaches over the border
_HAS_PHONE: Final = 0.85
ZONES: Final = (
    ("UTR", "Zona Utara"), ("BRT", "Zona Barat"), ("TGH", "Zona Tengah"), ("TMR", "Zona Timur"), ("SLT", "Zona Selatan"),
    ("PSR", "Zona Pesisir"),
)  # fmt: skip
PRIORITIES: Final = {7: "hospital", 211: "clinic", 212: "clinic", 904: "dialysis", 1301: "school", 1302: "school"}


@dataclass(frozen=True, slots=True)
class House:
    """A connection to be: its line as the register takes it, its usual use, m3 a month."""

    line: Row
    usual: int


def houses(
    seed: int, size: int, villages: Sequence[str], zones: Sequence[Any], routes: Sequence[Any], today: date
) -> Iterator[House]:
    """`size` houses over villages; zones, routes: ids, each zone with its own part of the routes."""
    dice = random.Random(seed)  # noqa: S311 - made-up data
    per_zone = max(1, len(routes) // max(1, len(zones)))
    for n in range(size):
        part = n * len(zones) // size
        key, _share, usual, spread = dice.choices(_GROUPS, [g[1] for g in _GROUPS])[0]
        neighbour = part == len(zones) - 1 and dice.random() < _NEIGHBOURS
        name = f"{dice.choice(_FIRST)} {dice.choice(_LAST)}" if key.startswith("RT") else _business(dice, key)
        values = {
            "nomor": f"{part + 1:02d}{n + 1:06d}", "nama": name,
            "telepon": f"08125{n:07d}" if dice.random() < _HAS_PHONE else "", "email": "", "nik": "",
            "alamat": f"Jalan {dice.choice(_STREETS)} {dice.randrange(1, 120)}, RT {dice.randrange(1, 9)}",
            "wilayah": _NEIGHBOUR if neighbour else villages[n * len(villages) // size], "kelompok": key,
            "zone_id": zones[part], "route_id": routes[min(len(routes) - 1, part * per_zone + n % per_zone)], "urutan": n,
            "prioritas": PRIORITIES.get(n), "meter": f"WM{seed % 97:02d}{n:06d}", "digit": 5,
            "stand_awal": dice.randrange(0, 9_000),
            "tanggal_pasang": today - timedelta(days=dice.randrange(700, 6_000)),
            "lintang": None, "bujur": None,
        }  # fmt: skip
        yield House(Row(n, values), max(3, round(dice.gauss(usual, spread))))


def _business(dice: random.Random, key: str) -> str:
    what = {"NK": ("Warung", "Toko", "Bengkel"), "S": ("Masjid", "Panti", "SD"), "IP": ("Kantor", "Puskesmas")}[key]
    return f"{dice.choice(what)} {dice.choice(_LAST)}"


def uses(seed: int, usual: int, months: int) -> list[int]:
    """Uses of consecutive months around what is usual, close enough together that nobody need look at them."""
    dice = random.Random(seed)  # noqa: S311
    return [max(1, round(usual * dice.uniform(0.82, 1.18))) for _month in range(months)]
