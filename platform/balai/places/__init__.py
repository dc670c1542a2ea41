"""Regions by Kemendagri code, districts and villages, and later population, points and areas."""

from balai.places.models import Area
from balai.places.outlines import holds
from balai.places.queries import (
    AreaName,
    Region,
    area,
    areas,
    count_villages,
    districts,
    outline,
    region,
    regions,
    regions_around,
    villages,
)

__all__ = [
    "Area",
    "AreaName",
    "Region",
    "area",
    "areas",
    "count_villages",
    "districts",
    "holds",
    "outline",
    "region",
    "regions",
    "regions_around",
    "villages",
]
