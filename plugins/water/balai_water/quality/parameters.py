"""What laboratories measure in drinking water: its unit, what it means to a household, and what to do when it is too much.

Boiling kills germs; it does nothing about metals and nitrate, and makes them more. So each parameter carries its own advice:
boil (germs may be in it), avoid (don't drink it, boiled or not), care (looks or tastes badly, wears pipes).
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from balai.api import lazy_gettext as _l

Advice = Literal["boil", "avoid", "care"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that is measured. counted: a number of germs, where "below the least that can be seen" means none."""

    key: str
    label: Any
    unit: str
    meaning: Any
    advice: Advice
    counted: bool = False


PARAMETERS: Final[dict[str, Parameter]] = {
    p.key: p
    for p in (
        Parameter(
            "ecoli", _l("Bakteri E. coli"), "/100 ml", _l("tanda ada kotoran di dalam air"), "boil", counted=True
        ),
        Parameter(
            "coliform", _l("Bakteri koliform"), "/100 ml", _l("tanda air tercemar di jalan"), "boil", counted=True
        ),
        Parameter("chlorine", _l("Sisa klor"), "mg/L", _l("menjaga air tetap bersih sampai ke keran"), "boil"),
        Parameter("turbidity", _l("Kekeruhan"), "NTU", _l("air yang keruh menyembunyikan kuman"), "boil"),
        Parameter("colour", _l("Warna"), "TCU", _l("air yang baik tidak berwarna"), "care"),
        Parameter("tds", _l("Zat terlarut"), "mg/L", _l("air terasa asin atau pahit bila banyak"), "care"),
        Parameter("ph", _l("Keasaman (pH)"), "", _l("terlalu asam atau basa merusak pipa"), "care"),
        Parameter("nitrate", _l("Nitrat"), "mg/L", _l("berbahaya bagi bayi"), "avoid"),
        Parameter("nitrite", _l("Nitrit"), "mg/L", _l("berbahaya bagi bayi"), "avoid"),
        Parameter("arsenic", _l("Arsen"), "mg/L", _l("beracun bila diminum lama"), "avoid"),
        Parameter("cadmium", _l("Kadmium"), "mg/L", _l("beracun bagi ginjal"), "avoid"),
        Parameter("lead", _l("Timbal"), "mg/L", _l("beracun, terutama bagi anak"), "avoid"),
        Parameter("chromium6", _l("Kromium bervalensi 6"), "mg/L", _l("beracun bila diminum lama"), "avoid"),
        Parameter("mercury", _l("Air raksa"), "mg/L", _l("beracun bagi saraf"), "avoid"),
        Parameter("cyanide", _l("Sianida"), "mg/L", _l("beracun"), "avoid"),
        Parameter("selenium", _l("Selenium"), "mg/L", _l("beracun bila terlalu banyak"), "avoid"),
        Parameter("fluoride", _l("Fluorida"), "mg/L", _l("merusak gigi bila terlalu banyak"), "avoid"),
        Parameter("aluminium", _l("Aluminium"), "mg/L", _l("sisa dari pengolahan air"), "care"),
        Parameter("iron", _l("Besi"), "mg/L", _l("air menjadi kuning dan berbau"), "care"),
        Parameter("manganese", _l("Mangan"), "mg/L", _l("air menjadi hitam dan bernoda"), "care"),
        Parameter("chloride", _l("Klorida"), "mg/L", _l("air terasa asin"), "care"),
        Parameter("sulphate", _l("Sulfat"), "mg/L", _l("air terasa pahit"), "care"),
        Parameter("hardness", _l("Kesadahan"), "mg/L", _l("kerak pada panci dan pipa"), "care"),
    )
}


def advice_for(keys: list[str]) -> Advice:
    """What people should be told when these are beyond their limits: whatever keeps them from harm."""
    wanted = {PARAMETERS[key].advice for key in keys if key in PARAMETERS}
    return "avoid" if "avoid" in wanted else "boil" if "boil" in wanted else "care"
