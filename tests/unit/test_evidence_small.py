"""Small numbers by district can't be worked out from what is shown beside them."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from balai.evidence.small import LEAST, left_out, rounded

cells = st.dictionaries(st.sampled_from([f"{n:02d}" for n in range(1, 13)]), st.integers(0, 40), max_size=12)


@given(cells)
def test_no_small_cell_is_shown_and_the_sum_gives_none_away(numbers):
    hidden = left_out(numbers)
    small = {key for key, n in numbers.items() if 0 < n < LEAST}
    assert small <= hidden
    assert bool(hidden) == bool(small)
    assert all(numbers[key] for key in hidden)
    if hidden and hidden != {key for key, n in numbers.items() if n}:
        # Whoever takes all shown ones off the whole knows the sum of several cells of one at least, with room between them.
        assert len(hidden) > 1
        assert sum(numbers[key] for key in hidden) - len(hidden) >= LEAST


@given(cells)
def test_it_leaves_out_no_more_than_it_must(numbers):
    hidden = left_out(numbers)
    extra = sorted((numbers[key], key) for key in hidden if numbers[key] >= LEAST)
    assert [key for _n, key in extra] == [k for _n, k in sorted((n, k) for k, n in numbers.items() if n >= LEAST)][
        : len(extra)
    ]
    if extra:
        fewer = [numbers[key] for key in hidden if key != extra[-1][1]]
        assert len(fewer) == 1 or sum(fewer) - len(fewer) < LEAST


def test_a_whole_of_two_districts_could_be_spread_in_several_ways():
    hidden = left_out({"a": 2, "b": 9, "c": 19})
    assert hidden == {"a", "b"}
    ways = [w for w in itertools.product(range(1, 12), repeat=2) if sum(w) == 11 and min(w) < LEAST]
    assert len(ways) > 2


def test_ones_everywhere_are_not_betrayed_by_their_number():
    assert left_out({"a": 1, "b": 1, "c": 8, "d": 30}) == {"a", "b", "c"}
    assert left_out({"a": 5, "b": 15}) == frozenset()
    assert left_out({}) == frozenset()


@given(st.integers(LEAST, 10_000))
def test_a_shown_number_is_a_multiple_near_the_true_one(number):
    assert rounded(number) % LEAST == 0
    assert abs(rounded(number) - number) <= LEAST // 2
