"""Outlines of regions: which region a position seems to lie in. A suggestion, never a decision: outlines are simplified."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from balai.places.queries import write_outline

Ring = Sequence[Sequence[float]]
_PLACES = 4  # decimals kept, about 11 m


class OutlineError(ValueError):
    """The file isn't a GeoJSON collection of polygons with region codes."""


def load_outlines(connection: Connection, collection: dict[str, Any]) -> tuple[int, list[str]]:
    """Write outlines of a GeoJSON FeatureCollection into the region list, as balai_owner; (how many, codes not on the list).

    Each feature is a Polygon or MultiPolygon in WGS84 degrees with `properties.code`, the Kemendagri code ("32.73").
    """
    written, unknown = 0, []
    for code, rings in _features(collection):
        xs = [point[0] for ring in rings for point in ring]
        ys = [point[1] for ring in rings for point in ring]
        values = {
            "code": code, "outline": msgspec.json.encode(rings).decode(), "south": min(ys), "west": min(xs), "north": max(ys),
            "east": max(xs),
        }  # fmt: skip
        done = write_outline(connection, values)
        written += done
        if not done:
            unknown.append(code)
    return written, unknown


def _features(collection: dict[str, Any]) -> Iterable[tuple[str, list[Ring]]]:
    try:
        for feature in collection["features"]:
            shape = feature["geometry"]
            polygons = {"Polygon": [shape["coordinates"]], "MultiPolygon": shape["coordinates"]}[shape["type"]]
            rings = [[[round(x, _PLACES), round(y, _PLACES)] for x, y, *_z in ring] for p in polygons for ring in p]
            yield str(feature["properties"]["code"]), [ring for ring in rings if ring]
    except (KeyError, TypeError, ValueError) as fault:
        raise OutlineError(str(fault)) from fault


def holds(rings: Iterable[Ring], latitude: float, longitude: float) -> bool:
    """Whether a position lies inside (even-odd over all rings)."""
    inside = False
    for ring in rings:
        before = ring[-1]
        for point in ring:
            (x1, y1), (x2, y2) = before[:2], point[:2]
            if (y1 > latitude) != (y2 > latitude) and longitude < (x2 - x1) * (latitude - y1) / (y2 - y1) + x1:
                inside = not inside
            before = point
    return inside
