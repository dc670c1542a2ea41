"""The water balance against figures worked out by hand, and what isn't known stays unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai_water.losses.balance import Input, balance, together, unavoidable_losses


def test_a_month_by_hand():
    found = balance(
        Input(
            100_000_000, 66_000_000, 300_000, 500_000, 200_000, theft=3_000_000, meter_error=2_000_000, measured=True,
            read_share=0.97, mains_km=120, connections=5_000, pipe_km=40, pressure_m=25, days=30,
        )
    )  # fmt: skip
    assert (found.billed, found.authorised, found.losses, found.apparent, found.real) == (
        66_300_000,
        67_000_000,
        33_000_000,
        5_000_000,
        28_000_000,
    )
    assert (found.nrw, found.nrw_percent, found.grade) == (33_700_000, pytest.approx(33.7), "a")
    floor = (18 * 120 + 0.8 * 5000 + 25 * 40) * 25
    assert unavoidable_losses(120, 5000, 40, 25) == floor == 179_000
    assert found.ili == pytest.approx(28_000_000 / 30 / 179_000)


def test_without_system_input_nothing_is_guessed():
    found = balance(Input(None, 66_000))
    assert (found.nrw, found.nrw_percent, found.losses, found.ili, found.grade) == (None, None, None, None, "d")
    assert found.authorised == 66_000
    unread = balance(Input(90_000, None, 5, 7, measured=True))
    assert (unread.billed, unread.nrw_percent, unread.grade, unread.impossible) == (None, None, "d", False)


def test_more_billed_than_put_in_is_called_impossible():
    found = balance(Input(1_000, 1_200, measured=True))
    assert found.impossible
    assert found.nrw_percent is None


amounts = st.integers(0, 10**9)


@given(amounts, amounts, amounts, amounts, amounts, amounts, amounts)
def test_the_parts_add_up(total, metered, unmetered, free, fires, theft, error):
    found = balance(Input(total, metered, unmetered, free, fires, theft, error))
    if found.impossible:
        assert total < found.authorised
        return
    assert found.losses + found.authorised == total
    assert found.apparent + found.real == found.losses
    assert found.nrw == found.losses + free + fires
    assert found.nrw_percent is None or 0 <= found.nrw_percent <= 100


figures = st.integers(0, 10**9)
zones = st.builds(
    Input,
    st.none() | figures, st.none() | figures, figures, figures, figures,
    theft=st.none() | figures, meter_error=st.none() | figures, read_share=st.floats(0, 1), connections=st.integers(0, 10**6),
)  # fmt: skip


@given(st.lists(zones, min_size=1, max_size=6))
def test_zones_together_are_their_sum(parts):
    """The whole is the sum of its zones, term by term; what one zone doesn't know, the whole doesn't."""
    whole, each = balance(together(parts)), [balance(part) for part in parts]
    assert whole.unbilled == sum(one.unbilled for one in each)
    if any(one.billed is None for one in each):
        assert (whole.billed, whole.authorised) == (None, None)
    else:
        assert whole.billed == sum(one.billed for one in each)
        assert whole.authorised == whole.billed + whole.unbilled == sum(one.authorised for one in each)
    if any(one.system_input is None or one.billed is None for one in each):
        assert (whole.nrw, whole.losses, whole.nrw_percent, whole.grade, whole.impossible) == (
            None,
            None,
            None,
            "d",
            False,
        )
    elif not any(one.impossible for one in each):
        assert whole.losses == sum(one.losses for one in each)
        assert whole.nrw == sum(one.nrw for one in each)
        assert whole.system_input == whole.billed + whole.nrw
    shares = [part.read_share for part in parts if part.connections]
    if shares:
        assert min(shares) - 1e-9 <= together(parts).read_share <= max(shares) + 1e-9


@pytest.mark.parametrize(
    ("measured", "share", "grade"), [(True, 0.95, "a"), (True, 0.9, "b"), (False, 1, "b"), (False, 0, "c")]
)
def test_the_grade_says_how_much_was_measured(measured, share, grade):
    assert balance(Input(10, 5, measured=measured, read_share=share)).grade == grade
