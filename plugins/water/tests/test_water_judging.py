"""From two stands to a use: rollover, changed meters, estimates, and what a person must look at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai_water.readings.judging import Flag, estimate, judge


@pytest.mark.parametrize(
    ("previous", "current", "options", "use", "flags"),
    [
        (120, 138, {}, 18, ()),
        (99990, 8, {}, 18, (Flag.ROLLOVER,)),
        (9990, 8, {"digits": 4}, 18, (Flag.ROLLOVER,)),
        (500, 480, {}, 0, (Flag.BACKWARDS,)),
        (120, 120, {}, 0, (Flag.ZERO,)),
        (120, 138, {"history": (17, 20, 18)}, 18, ()),
        (120, 158, {"history": (17, 20, 18)}, 38, (Flag.HIGH,)),
        (120, 157, {"history": (18, 20, 18)}, 37, ()),
        (120, 125, {"history": (17, 20, 18)}, 5, (Flag.LOW,)),
        (120, 126, {"history": (17, 20, 18)}, 6, ()),
        (120, 160, {"history": (0, 20, 18)}, 40, (Flag.JUMP_AFTER_ZERO,)),
        (1, 4, {"history": (1, 1, 1)}, 3, ()),
        (0, 11, {"rest_of_old_meter": 7, "history": (18, 18)}, 18, (Flag.METER_CHANGED,)),
        (120, 160, {"estimated_before": 20, "history": (20,)}, 20, ()),
        (120, 130, {"estimated_before": 20}, 0, (Flag.TRUED_UP_BELOW_ZERO,)),
    ],
)
def test_what_two_stands_mean(previous, current, options, use, flags):
    found = judge(previous, current, **({"digits": 5} | options))
    assert (found.use, found.flags) == (use, flags)
    assert found.billable == (not set(flags) - {Flag.METER_CHANGED})


@given(st.integers(3, 9), st.data())
def test_the_counter_never_gives_more_than_it_holds(digits, data):
    stand = st.integers(0, 10**digits - 1)
    found = judge(data.draw(stand), data.draw(stand), digits=digits, history=data.draw(st.lists(st.integers(0, 100))))
    assert 0 <= found.use < 10**digits
    assert found.use == 0 or Flag.BACKWARDS not in found.flags


@given(st.integers(0, 99000), st.integers(0, 999), st.integers(0, 999))
def test_an_estimate_and_the_next_reading_bill_what_was_used(start, first, second):
    """Two months, the first one estimated: together they are what the meter counted, unless the estimate was too high."""
    guessed = first
    found = judge(start, (start + first + second) % 100000, digits=5, estimated_before=guessed)
    assert guessed + found.use == first + second


@pytest.mark.parametrize(("previous", "current"), [(-1, 5), (5, 100000), (100000, 5)])
def test_stands_outside_the_counter_are_refused(previous, current):
    with pytest.raises(ValueError, match="outside"):
        judge(previous, current, digits=5)


def test_an_estimate_is_the_mean_of_three_months():
    assert estimate(()) == 0
    assert estimate((10, 11, 12, 90)) == 11
