"""Tariffs: the oracle values of real tables, the law of progressive blocks, and everything that a decree can't be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balai.errors import Invalid
from balai_water.tariffs import Card, charge, read_tariff
from balai_water.tariffs.charging import cubic_metres

BLOCKS = (10, 20, 30, None)


def blocks(*rates):
    return [{"upto": upto, "rate": rate} for upto, rate in zip(BLOCKS, rates, strict=True)]


TABLE = {
    "groups": [
        {"key": "RT-A", "label": "Rumah tangga A", "fixed": 11500, "minimum_use": 10, "blocks": blocks(1100, 1480, 2000, 2700)},
        {"key": "NK", "label": "Niaga kecil", "fixed": 23000, "minimum_use": 10, "blocks": blocks(1840, 2480, 3350, 4530)},
        {"key": "S", "label": "Sosial", "blocks": [{"upto": 10, "rate": 1050}, {"upto": None, "rate": 1050}]},
    ]
}  # fmt: skip
TARIFF = read_tariff("SK Bupati 12/2026", TABLE)


@pytest.mark.parametrize(
    ("used", "total"),
    [(0, 22500), (10, 22500), (11, 23980), (20, 37300), (21, 39300), (30, 57300), (31, 60000), (35, 70800)],
)
def test_a_real_table_gives_its_known_bills(used, total):
    assert charge(TARIFF, "RT-A", used).total == total


@pytest.mark.parametrize(
    ("used", "total"), [(0, 41400), (10, 41400), (20, 66200), (21, 69550), (30, 99700), (31, 104230)]
)
def test_a_small_shop(used, total):
    assert charge(TARIFF, "NK", used).total == total


def test_every_line_is_quantity_times_price_and_says_why():
    made = charge(TARIFF, "RT-A", 35)
    assert [(line.quantity, line.unit_price) for line in made.lines] == [
        (10, 1100), (10, 1480), (10, 2000), (5, 2700), (1, 11500),
    ]  # fmt: skip
    assert all(line.amount == line.quantity * line.unit_price for line in made.lines)
    assert all(line.reason["decree"] == "SK Bupati 12/2026" for line in made.lines)
    assert charge(TARIFF, "RT-A", 3).lines[0].reason["minimum_use"] == 10


@given(st.sampled_from(sorted(TARIFF.groups)), st.integers(0, 3000), st.integers(0, 500))
def test_more_water_never_costs_less(group, used, more):
    assert charge(TARIFF, group, used).total <= charge(TARIFF, group, used + more).total


@st.composite
def tariffs(draw):
    bounds = sorted(draw(st.sets(st.integers(1, 300), max_size=6)))
    parts = [{"upto": b, "rate": draw(st.integers(0, 20000))} for b in [*bounds, None]]
    group = {
        "key": "X", "label": "X", "blocks": parts, "fixed": draw(st.integers(0, 50000)), "minimum_use": draw(st.integers(0, 40)),
    }  # fmt: skip
    return read_tariff("SK 1", {"groups": [group]}), parts


@given(tariffs(), st.integers(0, 400))
def test_every_cubic_metre_is_charged_once_at_its_own_rate(made, used):
    tariff, parts = made
    group = tariff.groups["X"]
    charged = max(used, group.minimum_use)
    by_hand = sum(
        next(p["rate"] for p in parts if p["upto"] is None or cubic <= p["upto"]) for cubic in range(1, charged + 1)
    )
    found = charge(tariff, "X", used)
    assert found.total == by_hand + group.fixed
    assert sum(line.quantity for line in found.lines if line.unit == "m3") == charged


@given(tariffs(), st.integers(0, 400), st.integers(1, 60))
def test_a_card_that_is_cheaper_never_makes_more_water_cheaper(made, used, cubic):
    tariff, parts = made
    card = Card("Kartu Air Sehat", "Pergub 37/2024", cubic_metres=cubic, rate=min(p["rate"] for p in parts))
    assert charge(tariff, "X", used, card=card).total <= charge(tariff, "X", used + 1, card=card).total
    assert charge(tariff, "X", used, card=card).total <= charge(tariff, "X", used).total


def test_a_card_may_stand_for_another_group():
    card = Card("Kartu sosial", "SK 7", group="S")
    assert charge(TARIFF, "RT-A", 10, card=card).total == 10500


def test_stamp_duty_from_its_threshold_on():
    tariff = read_tariff("SK", TABLE | {"stamp_duty": {"above": 60000, "amount": 10000}})
    assert charge(tariff, "RT-A", 30).total == 57300
    assert charge(tariff, "RT-A", 31).total == 70000


@pytest.mark.parametrize(
    ("litres", "rounding", "cubic"),
    [
        (0, "up", 0),
        (1, "up", 1),
        (1000, "up", 1),
        (1499, "half_up", 1),
        (1500, "half_up", 2),
        (1999, "down", 1),
    ],
)
def test_fractions_of_a_cubic_metre(litres, rounding, cubic):
    assert cubic_metres(litres, rounding) == cubic


def faulty(**changes):
    group = TABLE["groups"][0] | changes
    return {"groups": [group]}


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({"groups": []}, "groups"),
        (faulty(key=""), "groups/0/key"),
        (faulty(label=" "), "groups/0/label"),
        (faulty(fixed=-1), "groups/0/fixed"),
        (faulty(fixed=1.5), "groups/0/fixed"),
        (faulty(blocks=[]), "groups/0/blocks"),
        (faulty(blocks=[{"upto": 10, "rate": 5}]), "groups/0/blocks/0/upto"),
        (faulty(blocks=[{"upto": None, "rate": 5}, {"upto": None, "rate": 5}]), "groups/0/blocks/0/upto"),
        (faulty(blocks=[{"upto": 10, "rate": 5}, {"upto": 10, "rate": 5}, {"rate": 5}]), "groups/0/blocks/1/upto"),
        (faulty(blocks=[{"upto": 10, "rate": 5}, {"from": 11, "rate": 5}]), "groups/0/blocks/1/from"),
        (faulty(blocks=[{"upto": 10, "rate": 5}, {"from": 9, "rate": 5}]), "groups/0/blocks/1/from"),
        (faulty(blocks=[{"rate": "5"}]), "groups/0/blocks/0/rate"),
        ({"groups": [TABLE["groups"][0]] * 2}, "groups/1/key"),
        (TABLE | {"rounding": "about"}, "rounding"),
        (TABLE | {"late_fee": {"amount": 5, "percent": 5}}, "late_fee"),
        (TABLE | {"late_fee": {"grace_days": 3}}, "late_fee"),
        (TABLE | {"stamp_duty": {"above": -1, "amount": 5}}, "stamp_duty/above"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_decree_can_say_is_named_with_its_place(table, field):
    with pytest.raises(Invalid) as refused:
        read_tariff("SK 1", table)
    assert field in {fault.field for fault in refused.value.errors}


def test_all_faults_are_told_at_once():
    with pytest.raises(Invalid) as refused:
        read_tariff(" ", faulty(key="", blocks=[{"rate": -1}]))
    assert {fault.field for fault in refused.value.errors} == {"decree", "groups/0/key", "groups/0/blocks/0/rate"}
