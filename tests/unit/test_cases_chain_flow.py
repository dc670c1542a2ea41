"""What the chain's figures mean and how they are drawn: judgements at their thresholds, geometry that never leaves the sheet."""

import re
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai.cases.chain import figures, flow
from balai.cases.chain.figures import Chain, Edge, UnitTimes
from balai.cases.workdays import Calendar

UNITS = [uuid.UUID(int=n) for n in range(1, 7)]
CUT = UnitTimes(
    unit=UNITS[0], cases=412, rank=2, waiting=2.2, working=1.0, own=3.2, waiting_sum=900, working_sum=400, paused_sum=0,
    decided=412, changed=1, returned=2, refused=1, altered=4, gave=0, without=5.0,
)  # fmt: skip
CHAIN = Chain(412, 8.2, (CUT, replace(CUT, unit=UNITS[1])), (), ())


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, "cut"),
        ({"decided": 50, "altered": 1}, "cut"),
        ({"decided": 49, "altered": 0}, "few"),
        ({"altered": 9}, "decides"),
        ({"altered": 8}, "cut"),
        ({"own": 0.99}, "quick"),
        ({"own": 1.0}, "cut"),
        ({"gave": 9}, "works"),
        ({"gave": 8}, "cut"),
        ({"without": None}, "quick"),
        ({"decided": 0, "altered": 0}, "few"),
    ],
)
def test_a_link_is_named_only_when_all_four_hold(change, verdict):
    assert figures.verdict(replace(CUT, **change), CHAIN) == verdict


def test_the_only_unit_is_never_named():
    assert figures.verdict(CUT, replace(CHAIN, units=(CUT,))) == "alone"


def test_what_would_be_saved():
    assert figures.saved(CUT, CHAIN) == pytest.approx(3.2)
    assert figures.saved(replace(CUT, without=9.0), CHAIN) == 0
    assert figures.saved(replace(CUT, without=None), CHAIN) is None


def test_the_share_is_the_one_of_the_issues_example():
    assert round(CUT.passed_share * 100, 1) == 99.0
    assert replace(CUT, decided=0, altered=0).passed_share == 0


def test_work_days_count_up_by_the_regions_calendar():
    calendar = Calendar(ZoneInfo("Asia/Jayapura"), {date(2026, 5, 9): True})
    made = figures.work_days(calendar, datetime(2026, 5, 7, 16, tzinfo=UTC), datetime(2026, 5, 11, tzinfo=UTC))
    # 8 May already is there when it is 16:00 UTC on the 7th; one day more at either end.
    assert made.days[0] == date(2026, 5, 7)
    assert made.days[-1] == date(2026, 5, 12)
    assert list(zip(made.days, made.works, strict=True))[2] == (date(2026, 5, 9), 1)
    assert made.before == [sum(made.works[:n]) for n in range(len(made.works))]


chains = st.integers(1, len(UNITS)).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.lists(
            st.tuples(
                st.one_of(st.none(), st.sampled_from(UNITS)),
                st.one_of(st.none(), st.sampled_from(UNITS)),
                st.integers(0, 900),
            ),
            max_size=30,
            unique_by=lambda edge: edge[:2],
        ),
    )
)


@given(made=chains)
def test_every_way_is_drawn_on_the_sheet_or_counted_as_left_out(made):
    count, edges = made
    units = tuple(replace(CUT, unit=unit) for unit in UNITS[:count])
    ways = tuple(Edge(*edge) for edge in edges)
    chain = Chain(412, 8.2, units, (), ways)
    drawn = flow.draw(chain, {UNITS[0]: "Dinas Pekerjaan Umum dan Penataan Ruang"}, frozenset({UNITS[0]}))
    assert len(drawn.ways) + drawn.left_out == len(ways)
    assert [node.y for node in drawn.nodes] == sorted({node.y for node in drawn.nodes})
    assert drawn.nodes[0].name.endswith("…")
    assert drawn.nodes[0].cut
    for way in drawn.ways:
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", way.path)]
        assert min(numbers) >= 0
        assert max(numbers) <= max(drawn.height, flow.WIDTH)
        assert 0 <= way.y <= drawn.height
        assert way.x < flow.WIDTH
        assert 1 <= way.thick <= 4
    for node in drawn.nodes:
        assert node.waiting + node.working <= flow.BOX
        assert node.y + flow.HIGH <= drawn.height
