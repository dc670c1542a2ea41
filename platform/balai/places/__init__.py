"""Regions by Kemendagri code, districts and villages, and later population, points and areas."""

from balai.places.models import Area
from balai.places.queries import AreaName, Region, area, areas, count_villages, districts, region, regions, villages

__all__ = [
    "Area",
    "AreaName",
    "Region",
    "area",
    "areas",
    "count_villages",
    "districts",
    "region",
    "regions",
    "villages",
]
