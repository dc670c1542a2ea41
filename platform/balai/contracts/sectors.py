"""Sectors of public service and the order in which a region should build them up.

The stage follows from this list, never from a plugin's author (architecture, *Shared contracts*).
"""

from enum import StrEnum


class Stage(StrEnum):
    """Where a sector stands in the order: basic services first, then mobility, then livability."""

    BASIC = "basic"
    MOBILITY = "mobility"
    LIVABILITY = "livability"
    BESIDE = "beside"


class Sector(StrEnum):
    """Nine sectors; the value is the word used in manifests and service documents."""

    AIR = "air"
    SAMPAH = "sampah"
    ENERGI = "energi"
    KEAMANAN = "keamanan"
    BENCANA = "bencana"
    ADMINISTRASI = "administrasi"
    MOBILITAS = "mobilitas"
    KELAYAKAN = "kelayakan"
    EKONOMI = "ekonomi"

    @property
    def stage(self) -> Stage:
        """The stage of this sector."""
        return _STAGES.get(self, Stage.BASIC)


_STAGES = {
    Sector.MOBILITAS: Stage.MOBILITY,
    Sector.KELAYAKAN: Stage.LIVABILITY,
    Sector.EKONOMI: Stage.BESIDE,
}
