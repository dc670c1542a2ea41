"""What laboratories write, and whether it is within the limits of its day; no database."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai_water.cells import CellError
from balai_water.quality import regulations
from balai_water.quality.parameters import PARAMETERS, advice_for
from balai_water.quality.results import Limit, Result, judge, read_result, stored

NEWER, OLDER = date(2026, 5, 1), date(2015, 5, 1)


def limits(day):
    return regulations.on(regulations.shipped(), day)


@pytest.mark.parametrize(
    ("key", "text", "verdict"),
    [
        ("turbidity", "2,99", "within"), ("turbidity", "3", "beyond"), ("turbidity", "<3", "within"),
        ("turbidity", "0.8", "within"),
        ("ph", "6,5", "within"), ("ph", "8.5", "within"), ("ph", "8,51", "beyond"), ("ph", "6,49", "beyond"),
        ("ecoli", "0", "within"), ("ecoli", "negatif", "within"), ("ecoli", "<1,8", "within"), ("ecoli", "1", "beyond"),
        ("ecoli", "<100", "unclear"), ("ecoli", ">2419", "beyond"),
        ("arsenic", "<0,01", "within"), ("arsenic", "0,01", "within"), ("arsenic", "<0,05", "unclear"),
        ("arsenic", "ttd", "within"),
        ("chlorine", "0,2", "within"), ("chlorine", "<0,1", "beyond"), ("chlorine", "<0,3", "unclear"),
        ("chlorine", "0,6", "beyond"),
        ("chlorine", "ttd", "beyond"), ("chlorine", "≥ 0,5", "beyond"),
        ("iron", "0,2", "within"), ("iron", ">0,1", "unclear"), ("hardness", "900", "unlimited"), ("tds", "299", "within"),
    ],
)  # fmt: skip
def test_a_result_against_the_limit_of_its_day(key, text, verdict):
    found = read_result(PARAMETERS[key], text)
    assert judge(PARAMETERS[key], limits(NEWER).limits.get(key), found) == verdict
    assert stored(str(found)) == found


@pytest.mark.parametrize("text", ["", "abc", "-1", "7.125", "1e5", "<", "9999999999", "0,5 mg", "0,0,1"])
def test_what_is_no_result_is_asked_about(text):
    with pytest.raises(CellError):
        read_result(PARAMETERS["iron"], text)
    with pytest.raises(CellError):
        read_result(PARAMETERS["ph"], text or "15")


def test_germs_are_counted_in_whole_numbers():
    with pytest.raises(CellError, match="bulat"):
        read_result(PARAMETERS["ecoli"], "1,5")


@pytest.mark.parametrize(
    ("key", "text"), [("nitrate", "30"), ("tds", "400"), ("turbidity", "4"), ("manganese", "0,3"), ("colour", "12")]
)
def test_what_was_allowed_once_is_beyond_today(key, text):
    found, parameter = read_result(PARAMETERS[key], text), PARAMETERS[key]
    assert judge(parameter, limits(OLDER).limits[key], found) == "within"
    assert judge(parameter, limits(NEWER).limits[key], found) == "beyond"


def test_each_day_has_its_regulation():
    names = [(each.name, each.valid_from) for each in regulations.shipped()]
    assert names == [("Permenkes 492/2010", date(2010, 4, 19)), ("Permenkes 2/2023", date(2023, 1, 1))]
    assert limits(date(2010, 4, 18)) is None
    assert limits(date(2022, 12, 31)).name == "Permenkes 492/2010"
    assert limits(date(2023, 1, 1)).name == "Permenkes 2/2023"
    assert all(each.source for each in regulations.shipped())


def test_the_limits_of_today_are_those_of_the_ministry():
    """The table of the domain notes, figure by figure."""
    wanted = {
        "tds": "below 300", "turbidity": "below 3", "colour": "below 10", "ph": "6.5 to 8.5", "nitrate": "20", "nitrite": "3",
        "chromium6": "0.01", "iron": "0.2", "manganese": "0.1", "chlorine": "0.2 to 0.5", "arsenic": "0.01", "cadmium": "0.003",
        "lead": "0.01", "fluoride": "1.5", "aluminium": "0.2", "ecoli": "0",
    }  # fmt: skip

    def told(limit):
        if limit.low is not None:
            return f"{limit.low} to {limit.high}"
        return f"below {limit.below}" if limit.below is not None else str(limit.high)

    assert {key: told(limit) for key, limit in limits(NEWER).limits.items()} == wanted


def test_nobody_is_told_to_boil_what_boiling_makes_worse():
    assert advice_for(["ecoli"]) == "boil"
    assert advice_for(["iron", "ecoli"]) == "boil"
    assert advice_for(["ecoli", "nitrate"]) == "avoid"
    assert advice_for(["iron"]) == "care"


figures = st.decimals(0, 1000, places=3, allow_nan=False)


@given(figures, figures, figures)
def test_less_is_never_worse_where_only_too_much_counts(high, value, less):
    """And a value that is only known to lie below another passes whenever that one does."""
    parameter, limit = PARAMETERS["iron"], Limit(high=high)
    small, large = sorted((value, less))
    if judge(parameter, limit, Result(large)) == "within":
        assert judge(parameter, limit, Result(small)) == "within"
        assert judge(parameter, limit, Result(large, "<")) == "within"
    assert judge(parameter, limit, Result(Decimal(0))) == "within"
