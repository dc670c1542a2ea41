"""A drawn area: from pasted coordinates or GeoJSON to rings that the database can ask, and what is wrong with it in words.

WGS84 degrees, rings as [longitude, latitude] without the closing point. A shape is a list of rings: the outer one, then holes.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from balai.api import FieldError, Invalid, gettext

Point = tuple[float, float]
Ring = list[Point]
Shape = list[Ring]

MOST_TEXT: Final = 200_000
MOST_POINTS: Final = 500
MOST_SHAPES: Final = 20
FEWEST: Final = 3
# Where Indonesia lies, with a margin: numbers the wrong way round fall outside.
_WEST, _EAST, _SOUTH, _NORTH = 94.0, 142.0, -12.0, 7.0
_NUMBER: Final = r"[-+]?\d{1,3}(?:[.,]\d+)?"
_PAIR: Final = re.compile(rf"\s*({_NUMBER})\s*[,;\s]\s*({_NUMBER})\s*")
_PLACES: Final = 6
_LONGEST_LINE: Final = 80


def parse(text: str, field: str = "area") -> list[Shape]:
    """Shapes of what was pasted or drawn: GeoJSON, or a point a line ("-7.8881, 110.3300"); none for an empty text.

    Raises Invalid on `field`.
    """
    text = text.strip().removeprefix("\ufeff")
    if not text:
        return []
    if len(text) > MOST_TEXT:
        raise Invalid([FieldError(field, gettext("Daerah ini terlalu rumit. Gambar dengan lebih sedikit titik."))])
    try:
        shapes = _geojson(text) if text.startswith(("{", "[")) else [[_lines(text)]]
        check(shapes)
    except ShapeError as fault:
        raise Invalid([FieldError(field, str(fault))]) from fault
    return shapes


class ShapeError(ValueError):
    """What is wrong with an area, in words for the officer."""


def check(shapes: Sequence[Shape]) -> None:
    """Raises ShapeError unless every ring encloses something, without crossing itself, in Indonesia, within limits."""
    if len(shapes) > MOST_SHAPES or sum(len(ring) for shape in shapes for ring in shape) > MOST_POINTS:
        raise ShapeError(
            gettext("Daerah ini terlalu rumit: paling banyak %(most)s titik. Gambar lebih sederhana.", most=MOST_POINTS)
        )
    for shape in shapes:
        for ring in shape:
            _check_ring(ring)


def _check_ring(ring: Ring) -> None:
    if len(set(ring)) < FEWEST:
        raise ShapeError(gettext("Daerah perlu paling sedikit tiga titik yang berbeda."))
    for longitude, latitude in ring:
        if not (_WEST <= longitude <= _EAST and _SOUTH <= latitude <= _NORTH):
            raise ShapeError(
                gettext(
                    "Titik %(latitude)s, %(longitude)s ada di luar Indonesia. Urutannya lintang dulu, lalu bujur.",
                    latitude=latitude,
                    longitude=longitude,
                )
            )
    if crosses_itself(ring):
        raise ShapeError(
            gettext("Garis batasnya saling memotong. Urutkan titiknya mengelilingi daerah, searah jarum jam.")
        )


def _lines(text: str) -> Ring:
    ring: Ring = []
    for number, line in enumerate((line.strip() for line in text.splitlines() if line.strip()), start=1):
        # A long line of blanks would keep the pattern busy for hours.
        found = _PAIR.fullmatch(line) if len(line) <= _LONGEST_LINE else None
        if found is None:
            raise ShapeError(gettext("Baris %(number)s bukan titik. Tulis seperti -7.8881, 110.3300.", number=number))
        latitude, longitude = (float(part.replace(",", ".")) for part in found.groups())
        ring.append((round(longitude, _PLACES), round(latitude, _PLACES)))
    return _open(ring)


def _geojson(text: str) -> list[Shape]:
    try:
        return list(_shapes(json.loads(text)))
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError) as fault:
        if isinstance(fault, ShapeError):
            raise
        raise ShapeError(gettext("Ini bukan GeoJSON yang bisa dibaca. Salin seluruh isi berkasnya.")) from fault


def _shapes(value: Any) -> Iterable[Shape]:
    if isinstance(value, list):  # a bare ring, or rings
        yield [_ring(value)] if _is_ring(value) else [_ring(ring) for ring in value]
        return
    kind = value["type"]
    if kind == "FeatureCollection":
        for feature in value["features"]:
            yield from _shapes(feature)
    elif kind == "Feature":
        yield from _shapes(value["geometry"])
    elif kind == "Polygon":
        yield [_ring(ring) for ring in value["coordinates"]]
    elif kind == "MultiPolygon":
        for polygon in value["coordinates"]:
            yield [_ring(ring) for ring in polygon]
    else:
        raise ShapeError(gettext("GeoJSON ini bukan daerah (Polygon)."))


def _is_ring(value: list[Any]) -> bool:
    return bool(value) and isinstance(value[0], list) and bool(value[0]) and isinstance(value[0][0], int | float)


def _ring(value: Any) -> Ring:
    return _open([(round(float(point[0]), _PLACES), round(float(point[1]), _PLACES)) for point in value])


def _open(ring: Ring) -> Ring:
    """Without the closing point and points that stand twice in a row."""
    kept = [point for n, point in enumerate(ring) if n == 0 or point != ring[n - 1]]
    return kept[:-1] if len(kept) > 1 and kept[0] == kept[-1] else kept


def crosses_itself(ring: Ring) -> bool:
    """Whether two sides that aren't neighbours meet."""
    count = len(ring)
    sides = [(ring[n], ring[(n + 1) % count]) for n in range(count)]
    return any(
        _meet(*sides[a], *sides[b])
        for a in range(count)
        for b in range(a + 1, count)
        if (b - a) % count not in {1, count - 1}
    )


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the line from a to b and that from c to d have a point in common."""
    if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
        return False
    if max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1]):
        return False
    return _turn(a, b, c) * _turn(a, b, d) <= 0 and _turn(c, d, a) * _turn(c, d, b) <= 0


def _turn(a: Point, b: Point, c: Point) -> int:
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (cross > 0) - (cross < 0)


def geojson_text(shapes: Sequence[Shape]) -> str:
    """The same as text, for a field."""
    return json.dumps(as_geojson(shapes), separators=(",", ":"))


def as_geojson(shapes: Sequence[Shape]) -> dict[str, Any]:
    """A MultiPolygon, each ring closed."""
    return {
        "type": "MultiPolygon",
        "coordinates": [[[*map(list, ring), list(ring[0])] for ring in shape] for shape in shapes],
    }
