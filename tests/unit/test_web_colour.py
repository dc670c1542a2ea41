"""Whatever two colours a region hands over, its pages stay readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai.web import colour

COLOURS = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


@given(COLOURS, COLOURS)
def test_every_pair_of_colours_gives_readable_text(first: str, second: str) -> None:
    made = colour.palette(first, second)
    for ink, ground, least in (
        (made.brand, "#ffffff", 4.5),
        (made.on_brand, made.brand, 4.5),
        (made.on_deep, made.brand_deep, 7.0),
        (made.brand, made.brand_tint, 4.5),
        (made.accent, "#ffffff", 3.0),
    ):
        assert colour.contrast(colour.parse(ink), colour.parse(ground)) >= least, (ink, ground)
    assert colour.contrast(colour.INK, colour.parse(made.brand_tint)) >= 7.0
    assert colour.contrast(colour.parse("#535d66"), colour.parse(made.brand_tint)) >= 4.5  # muted text in a tinted box


def test_contrast_is_the_formula_of_wcag() -> None:
    assert colour.contrast(colour.parse("#000000"), colour.parse("#ffffff")) == pytest.approx(21.0)
    assert colour.contrast(colour.parse("#777777"), colour.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)


def test_a_dark_colour_stays_as_it_is() -> None:
    assert colour.palette("#003a70", "#f2b705").brand == "#003a70"


def test_hue_survives_darkening() -> None:
    brand = colour.parse(colour.palette("#3aa655", "#3aa655").brand)
    assert brand[1] > brand[0]
    assert brand[1] > brand[2]


def test_a_yellow_first_colour_lets_the_second_lead() -> None:
    made = colour.palette("#ffd400", "#b01020")
    assert made.brand == "#b01020"
    assert made.region_2 == "#ffd400"


def test_two_like_colours_are_told_apart_in_the_band() -> None:
    made = colour.palette("#8a5a00", "#1f7a3d")
    assert colour.contrast(colour.parse(made.region), colour.parse(made.region_2)) >= colour.BAND_CONTRAST


@pytest.mark.parametrize("bad", ["", "red", "#12345", "#12345g", "url(x)", "#123456;}body{}"])
def test_anything_else_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        colour.parse(bad)
