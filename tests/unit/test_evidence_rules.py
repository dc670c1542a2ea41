"""The rules: examples by name, and what must hold for all figures."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balai.evidence.verdicts import rules
from balai.evidence.verdicts.rules import ACTIONS, Figures, judge, published
from balai.evidence.verdicts.wilson import share

RULES = published()
GOOD = Figures(
    "f.x", "service", 24, asked=4000, ended=3900, completed=3500, people=3600, target=50_000, recent=2000, earlier=2000,
    rated=900, satisfied=800, cost=90_000_000,
)  # fmt: skip


@pytest.mark.parametrize(
    ("figures", "verdict"),
    [
        (GOOD, "useful"),
        (replace(GOOD, recent=2600, earlier=1400), "growing"),
        (
            replace(GOOD, asked=0, ended=0, completed=0, people=0, rated=0, satisfied=0, recent=0, earlier=0),
            "title_only",
        ),
        (replace(GOOD, asked=9, ended=9, completed=9, people=9), "title_only"),
        (replace(GOOD, asked=9, ended=9, completed=9, people=9, months_on=3), "early"),
        (replace(GOOD, asked=20, ended=18, completed=18, people=20, target=900, months_on=8), "early"),
        (replace(GOOD, completed=900), "unproven"),
        (replace(GOOD, satisfied=200), "unproven"),
        (replace(GOOD, abandoned=2000), "unproven"),
        (replace(GOOD, late=3000), "unproven"),
        (replace(GOOD, target=None), "unproven"),
        (replace(GOOD, target=5_000_000), "unproven"),
        (replace(GOOD, asked=0, ended=0, completed=0, people=0, target=40, months_on=13), "title_only"),
        (Figures("b.siaga", "readiness", 30, drills=2, delivered=930, sent=1000, target=80_000), "useful"),
        (Figures("b.siaga", "readiness", 30, asked=1, drills=0), "unproven"),
        (Figures("b.siaga", "readiness", 2), "early"),
        (Figures("b.siaga", "readiness", 30, drills=3, delivered=300, sent=1000), "unproven"),
        (Figures("aplikasi:1", "app", 36, people=12, target=900_000, cost=5), "title_only"),
        (Figures("aplikasi:2", "app", 36, people=None, target=900_000), "unproven"),
        (Figures("aplikasi:3", "app", 36, people=60_000, target=900_000), "useful"),
        (Figures("aplikasi:4", "app", 36, people=60_000, target=900_000, overlaps=("Pengaduan",)), "unproven"),
    ],
    ids=str,
)
def test_examples(figures, verdict):
    assert judge(figures, RULES).key == verdict


small = st.integers(0, 20)
numbers = st.one_of(small, st.integers(0, 1_000_000))


@st.composite
def any_figures(draw):
    asked = draw(numbers)
    ended = draw(st.integers(-3, asked + 5))
    return Figures(
        "x", draw(st.sampled_from(("service", "readiness", "app"))), draw(st.integers(0, 80)), asked=asked, ended=ended,
        completed=draw(st.integers(-3, max(ended, 0))), abandoned=draw(st.integers(-3, max(ended, 0))),
        late=draw(numbers), rated=draw(numbers), satisfied=draw(numbers), people=draw(st.one_of(st.none(), numbers)),
        target=draw(st.one_of(st.none(), st.integers(0, 10_000_000))), recent=draw(numbers), earlier=draw(numbers),
        cost=draw(st.one_of(st.none(), numbers)), drills=draw(small), delivered=draw(numbers), sent=draw(numbers),
        overlaps=draw(st.sampled_from(((), ("Pengaduan",)))),
    )  # fmt: skip


@given(any_figures())
@settings(max_examples=600, deadline=None)
def test_every_figure_gets_one_verdict_with_reasons_and_can_be_stored(figures):
    verdict = judge(figures, RULES)
    assert verdict.key in ACTIONS
    assert verdict.reasons
    assert all(math.isfinite(n) for r in verdict.reasons for n in r.numbers.values() if isinstance(n, float))
    assert judge(rules.load(rules.dump(figures)), RULES) == verdict


@given(any_figures())
@settings(max_examples=400, deadline=None)
def test_what_stands_ready_is_never_condemned_for_rare_use(figures):
    assert judge(replace(figures, kind="readiness"), RULES).action != "stop"


@given(any_figures(), st.integers(0, 5))
@settings(max_examples=400, deadline=None)
def test_a_new_small_service_is_never_condemned(figures, months):
    asked = min(figures.asked, 29)
    young = replace(figures, kind="service", months_on=months, asked=asked)
    assert judge(young, RULES).key == "early"


@given(numbers, numbers)
def test_the_interval_holds_the_share_and_narrows(part, whole):
    found = share(part, whole)
    assert 0 <= found.low <= found.high <= 1
    if whole:
        assert found.low <= found.value <= found.high
        wider = share(part, whole)
        closer = share(part * 4, whole * 4)
        assert closer.high - closer.low <= wider.high - wider.low + 1e-12


def test_the_interval_equals_published_values():
    # Newcombe 1998, table I, method 3: 81/263 and 15/148.
    assert [round(x, 4) for x in share(81, 263)[1:3]] == [0.2553, 0.3662]
    assert [round(x, 4) for x in share(15, 148)[1:3]] == [0.0624, 0.1605]
