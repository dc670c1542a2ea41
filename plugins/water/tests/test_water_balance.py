"""The water balance against figures worked out by hand, and what isn't known stays unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai_water.losses.balance import Input, balance, unavoidable_losses


def test_a_month_by_hand():
    found = balance(
        Input(
            100_000, 66_000, 300, 500, 200, theft=3_000, meter_error=2_000, measured=True, read_share=0.97,
            mains_km=120, connections=5_000, pipe_km=40, pressure_m=25, days=30,
        )
    )  # fmt: skip
    assert (found.billed, found.authorised, found.losses, found.apparent, found.real) == (
        66300,
        67000,
        33000,
        5000,
        28000,
    )
    assert (found.nrw, found.nrw_percent, found.grade) == (33700, pytest.approx(33.7), "a")
    floor = (18 * 120 + 0.8 * 5000 + 25 * 40) * 25
    assert unavoidable_losses(120, 5000, 40, 25) == floor == 179_000
    assert found.ili == pytest.approx(28_000_000 / 30 / 179_000)


def test_without_system_input_nothing_is_guessed():
    found = balance(Input(None, 66_000))
    assert (found.nrw, found.nrw_percent, found.losses, found.ili, found.grade) == (None, None, None, None, "c")
    assert found.authorised == 66_000


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
