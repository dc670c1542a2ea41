"""The keyword model, trend and projection."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai.evidence.needs import topics
from balai.evidence.needs.outlook import project, trend


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Sumur dan pipa PDAM kering", "air"),
        ("Lampu padam, gelap sekali", "lampu"),
        ("Jalan berlubang", "jalan"),
        ("Jalan tergenang", topics.OTHER),  # one word each: nobody knows
        ("Selamat pagi", topics.OTHER),
        ("", topics.OTHER),
        ("jalanan", topics.OTHER),  # whole words only
    ],
)
def test_words_decide_and_a_tie_decides_nothing(text, topic):
    assert topics.classify(text, topics.words_in()) == topic


def test_a_region_teaches_a_word_and_takes_one_away():
    words = topics.words_in([("embung", "air"), ("jalan", "")])
    assert topics.classify("Embung bocor di jalan", words) == "air"
    assert topics.classify("jalan", words) == topics.OTHER


def test_no_word_and_no_category_belongs_to_two_topics():
    every = [w for t in topics.TOPICS.values() for w in t.words]
    assert len(every) == len(set(every))
    declared = [d for t in topics.TOPICS.values() for d in t.declared]
    assert len(declared) == len(set(declared))


def test_too_little_is_not_projected():
    assert project([5] * 11) is None
    assert project([1] * 12) is None
    assert project([3] * 12).expected == 36


def test_a_year_that_was_held_back_lies_in_the_interval():
    """Of 300 made-up needs with chance around a level, at least nine in ten of the next years lie inside."""
    dice = random.Random(7)  # noqa: S311 - data
    inside = 0
    for _n in range(300):
        level = dice.randrange(5, 60)
        months = [sum(dice.random() < 0.5 for _ in range(2 * level)) for _m in range(36)]
        found = project(months[:24])
        inside += found.low <= sum(months[24:]) <= found.high
    assert inside >= 270


@given(st.lists(st.integers(0, 5000), max_size=60))
def test_an_interval_holds_its_expectation_and_nothing_is_negative(counts):
    found = project(counts)
    if found is not None:
        assert 0 <= found.low <= found.expected <= found.high
    assert trend(counts) in {"up", "down", "same", "unknown"}


def test_trend():
    assert trend([10, 10, 10, 40, 40, 40]) == "up"
    assert trend([40, 40, 40, 10, 10, 10]) == "down"
    assert trend([10, 11, 9, 10, 12, 9]) == "same"
    assert trend([0] * 6) == "unknown"
