"""A region's colours, made readable.

Regions hand over the two colours of their crest as they are. Text, buttons and backgrounds need WCAG AA contrast whatever
was handed over, so lightness is moved in OKLCH until the contrast holds; hue stays, which keeps the region recognisable.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

Rgb = tuple[float, float, float]
WHITE: Rgb = (1.0, 1.0, 1.0)
INK: Rgb = (0x1B / 255, 0x21 / 255, 0x27 / 255)
# A little over the 4.5 of WCAG AA, so that the pale tints used as backgrounds still leave 4.5.
TEXT_CONTRAST = 5.6
DEEP_CONTRAST = 7.5
MARK_CONTRAST = 3.0
BAND_CONTRAST = 1.8
# A yellow that must carry white text turns brown. When the first colour would lose this much lightness and the second would
# keep its own, the second leads.
_TOO_FAR, _NEAR = 0.28, 0.14
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one region's pages, as CSS hex: each is safe where its name says it is used."""

    region: str
    region_2: str
    brand: str
    on_brand: str
    brand_deep: str
    on_deep: str
    brand_tint: str
    brand_line: str
    accent: str
    accent_tint: str


@lru_cache(maxsize=2048)
def palette(first: str, second: str) -> Palette:
    """Palette from the region's two colours (`#rrggbb`); raises ValueError on anything else. Kept: every page asks."""
    one, two = parse(first), parse(second)
    lead = two if _loss(one) > _TOO_FAR and _loss(two) < _NEAR else one
    other = one if lead is two else two
    brand = darken_until(lead, WHITE, TEXT_CONTRAST)
    deep = darken_until(lead, WHITE, DEEP_CONTRAST)
    return Palette(
        region=to_hex(lead),
        region_2=to_hex(_apart(other, lead)),
        brand=to_hex(brand),
        on_brand=to_hex(WHITE),
        brand_deep=to_hex(deep),
        on_deep=to_hex(WHITE),
        brand_tint=to_hex(tint(lead, 0.965, 0.018)),
        brand_line=to_hex(tint(lead, 0.87, 0.045)),
        accent=to_hex(darken_until(other, WHITE, MARK_CONTRAST)),
        accent_tint=to_hex(tint(other, 0.965, 0.03)),
    )


def parse(value: str) -> Rgb:
    """`#rrggbb` -> three floats from 0 to 1; raises ValueError."""
    match = _HEX.fullmatch(value.strip())
    if not match:
        raise ValueError(f"not a colour: {value!r}")
    digits = match.group(1)
    r, g, b = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return r, g, b


def to_hex(colour: Rgb) -> str:
    """Three floats from 0 to 1 -> `#rrggbb`."""
    return "#" + "".join(f"{round(max(0.0, min(1.0, c)) * 255):02x}" for c in colour)


def contrast(a: Rgb, b: Rgb) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def darken_until(colour: Rgb, background: Rgb, ratio: float) -> Rgb:
    """The lightest shade of `colour` (same hue) whose contrast with a light `background` is at least `ratio`."""
    lightness, chroma, hue = _to_oklch(colour)
    for step in range(101):
        candidate = _from_oklch(lightness * (1 - step / 100), chroma, hue)
        # Rounded to bytes first: what is checked is what the browser gets.
        if contrast(parse(to_hex(candidate)), background) >= ratio:
            return candidate
    return 0.0, 0.0, 0.0


def tint(colour: Rgb, lightness: float, max_chroma: float) -> Rgb:
    """A pale shade of the same hue, for backgrounds and lines."""
    _own, chroma, hue = _to_oklch(colour)
    return _from_oklch(lightness, min(chroma, max_chroma), hue)


def _loss(colour: Rgb) -> float:
    """Lightness lost on the way to readable text."""
    return _to_oklch(colour)[0] - _to_oklch(darken_until(colour, WHITE, TEXT_CONTRAST))[0]


def _apart(colour: Rgb, neighbour: Rgb) -> Rgb:
    """`colour`, made paler when it would sink into its neighbour in the band."""
    return colour if contrast(colour, neighbour) >= BAND_CONTRAST else tint(colour, 0.88, 0.11)


def _linear(c: float) -> float:
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB


def _gamma(c: float) -> float:
    return c * 12.92 if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055  # noqa: PLR2004 - sRGB


def _luminance(colour: Rgb) -> float:
    r, g, b = (_linear(c) for c in colour)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _to_oklch(colour: Rgb) -> tuple[float, float, float]:
    r, g, b = (_linear(c) for c in colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b_axis = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b_axis), math.atan2(b_axis, a)


def _from_oklch(lightness: float, chroma: float, hue: float) -> Rgb:
    for step in range(21):  # outside sRGB: less chroma until it fits
        rgb = _oklch_to_rgb(lightness, chroma * (1 - step / 20), hue)
        if all(-0.0005 <= c <= 1.0005 for c in rgb):  # noqa: PLR2004 - rounding
            return rgb
    return rgb


def _oklch_to_rgb(lightness: float, chroma: float, hue: float) -> Rgb:
    a, b_axis = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b_axis) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b_axis) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b_axis) ** 3
    r = _gamma(max(0.0, 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short))
    g = _gamma(max(0.0, -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short))
    b = _gamma(max(0.0, -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short))
    return r, g, b
