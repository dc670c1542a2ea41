"""The chain's one statement against figures counted by hand in plain Python over random timelines, and what is left out."""

import itertools
import uuid
from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balai.cases.chain import figures, queries
from balai.cases.models import Case, CaseEvent
from balai.cases.workdays import Calendar
from balai.db import new_id

START = datetime(2026, 4, 27, 1, 30, tzinfo=UTC)  # a Monday; 1 May is a holiday
CALENDAR = Calendar(ZoneInfo("Asia/Makassar"), {date(2026, 5, 9): True, date(2026, 5, 12): False})
STATES = {"masuk": "staff", "periksa": "staff", "tanya": "citizen", "tunggu": "other", "selesai": "closed"}
KNOWN = figures.Known(tuple((1, key, waits) for key, waits in STATES.items()), ((1, "isi"),))
UNITS = [uuid.UUID(int=n) for n in range(1, 5)]
STEP = {"step": "kembali", "effect": "returned"}
EFFECTS = ("none", "changed", "returned", "refused", "approved")
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
numbers = itertools.count()

acts = st.tuples(
    st.sampled_from(["moved", "moved", "moved", "assigned", "noted", "overdue", "reopened"]),
    st.integers(0, 90 * 60),  # minutes later
    st.sampled_from(UNITS),
    st.sampled_from(sorted(STATES)),  # also an end, from which it may come back
    st.sampled_from(["staff", "staff", "citizen", "system"]),
    st.sampled_from(EFFECTS),
    st.sampled_from(["lanjut", "isi", "kembali"]),
)
stories = st.lists(st.tuples(st.integers(0, 4000), st.sampled_from(UNITS), st.lists(acts, max_size=8)), max_size=9)


def rows_of(story):
    """A story as rows of a timeline: filed, what happened, the end."""
    minutes, unit, happened = story
    at, state = START + timedelta(minutes=minutes), "masuk"
    rows = [{"at": at, "kind": "filed", "unit": unit, "to": state, "actor": "citizen", "from": None, "data": {}}]
    for kind, later, other, to, actor, effect, step in [
        *happened,
        ("moved", 600, None, "selesai", "staff", "none", "isi"),
    ]:
        at += timedelta(minutes=later)
        moves = kind in {"moved", "reopened"}
        if kind in {"moved", "assigned"} and other is not None:
            unit = other
        rows.append(
            {
                "at": at, "kind": kind, "unit": unit, "actor": actor, "from": state if moves else None,
                "to": to if moves else None, "data": {"step": step, "effect": effect} if kind == "moved" else {},
            }
        )  # fmt: skip
        state = to if moves else state
    return rows


def store(session, service_id, rows, **changes):
    values = {
        "id": new_id(), "code": str(new_id()), "service_id": service_id, "service_version": 1, "state": "selesai",
        "waits_for": "staff", "outcome": "done", "unit_id": UNITS[0], "region": "00", "channel": "web", "anonymity": "named",
        "visibility": "private", "data": {}, "filed_at": rows[0]["at"], "changed_at": rows[-1]["at"],
        "state_since": rows[-1]["at"], "closed_at": rows[-1]["at"], "landmark": "", "summary": "", "language": "id",
        "assisted": False, "is_test": False, "timers_done": 0, "reopened": 0, "seq": len(rows),
    }  # fmt: skip
    case = Case(**(values | changes))
    session.add(case)
    session.flush()
    for seq, row in enumerate(rows, start=1):
        session.add(
            CaseEvent(
                case_id=case.id, seq=seq, kind=row["kind"], at=row["at"], actor_kind=row["actor"], actor=None,
                unit=row["unit"], from_state=row["from"], to_state=row["to"], public=True, data=row["data"],
            )
        )  # fmt: skip
    session.flush()


def working_days(start, end):
    """Counted minute by minute where it matters: whole days one by one, in the region's zone."""
    total, at = timedelta(), start
    while at < end:
        local = at.astimezone(CALENDAR.zone)
        midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), CALENDAR.zone).astimezone(
            UTC
        )
        stop = min(midnight, end)
        total += (stop - at) if CALENDAR.is_working(local.date()) else timedelta()
        at = stop
    return total / timedelta(days=1)


def count_by_hand(timelines):  # noqa: C901 - a second telling of the statement, kept in one piece to be read beside it
    """Units, steps and edges from the definitions on the page, without looking at the statement."""
    units, steps, edges, wholes = {}, {}, {}, []
    for rows in timelines:
        here, state, entered, lay, opened, mine, done = None, None, None, 0, False, {}, {}
        for n, row in enumerate(rows):
            came = row["unit"] != here
            if row["data"].get("step"):
                key = (here, row["from"], row["data"]["step"], row["actor"], row["data"]["effect"])
                steps.setdefault(key, []).append((working_days(entered, row["at"]), lay))
                if row["actor"] == "staff":
                    did = done.setdefault(here, set())
                    did.add(row["data"]["effect"])
                    did.add("gave" if row["data"]["step"] == "isi" else "")
            if came:
                edges[here, row["unit"]] = edges.get((here, row["unit"]), 0) + 1
                opened = False
            elif row["actor"] == "staff":
                opened = True
            here = row["unit"]
            if row["to"]:
                state, entered, lay = row["to"], row["at"], 0
            if n + 1 == len(rows):
                edges[here, None] = edges.get((here, None), 0) + 1
            elif STATES[state] != "closed":
                spent = working_days(row["at"], rows[n + 1]["at"])
                part = ("working" if opened else "waiting") if STATES[state] == "staff" else "paused"
                stay = mine.setdefault(here, {"waiting": 0, "working": 0, "paused": 0})
                stay[part] += spent
                lay += spent if part == "waiting" else 0
        wholes.append(
            (sum(sum(s.values()) for s in mine.values()), {u: s["waiting"] + s["working"] for u, s in mine.items()})
        )
        for unit, stay in mine.items():
            units.setdefault(unit, []).append((stay, done.get(unit)))
    return units, steps, edges, wholes


def walked(session, service_id, until=START + timedelta(days=400)):
    ends = queries.span(session, service_id, since=START, until=until)
    if ends is None:
        return figures.EMPTY
    return queries.walk(session, service_id, KNOWN, figures.work_days(CALENDAR, *ends[1:]), since=START, until=until)


@pytest.fixture
def timeless(session):
    """The session with units 1 to 4, so that cases may stand in them."""
    from balai.cases.models import Unit

    for n, unit_id in enumerate(UNITS):
        session.add(Unit(id=unit_id, name=f"Unit {n}", phone=""))
    session.flush()
    return session


@SLOW
@given(made=stories)
def test_the_statement_agrees_with_counting_by_hand(timeless, made):
    service_id = f"uji.{next(numbers)}"
    timelines = [rows_of(story) for story in made]
    for rows in timelines:
        store(timeless, service_id, rows)
    chain = walked(timeless, service_id)
    units, steps, edges, wholes = count_by_hand(timelines)
    assert chain.cases == len(timelines)
    assert {u.unit for u in chain.units} == units.keys()
    if wholes:
        assert chain.total == pytest.approx(median(w for w, _own in wholes), abs=1e-6)
    for unit in chain.units:
        seen = units[unit.unit]
        assert unit.cases == len(seen)
        for part in ("waiting", "working"):
            assert getattr(unit, part) == pytest.approx(median(s[part] for s, _d in seen), abs=1e-6)
        for part in ("waiting", "working", "paused"):
            assert getattr(unit, f"{part}_sum") == pytest.approx(sum(s[part] for s, _d in seen), abs=1e-6)
        assert unit.own == pytest.approx(median(s["waiting"] + s["working"] for s, _d in seen), abs=1e-6)
        did = [d for _s, d in seen if d is not None]
        assert unit.decided == len(did)
        for effect in ("changed", "returned", "refused"):
            assert getattr(unit, effect) == sum(effect in d for d in did)
        assert unit.altered == sum(bool(d & {"changed", "returned", "refused"}) for d in did)
        assert unit.gave == sum("gave" in d for d in did)
        assert unit.without == pytest.approx(median(w - own.get(unit.unit, 0) for w, own in wholes), abs=1e-6)
    assert {(e.source, e.target): e.times for e in chain.edges} == edges
    taken = {(s.unit, s.state, s.step, s.actor, s.effect): s for s in chain.steps}
    assert taken.keys() == steps.keys()
    for key, legs in steps.items():
        assert taken[key].times == len(legs)
        assert taken[key].days == pytest.approx(median(whole for whole, _lay in legs), abs=1e-6)
        assert taken[key].waiting == pytest.approx(median(lay for _whole, lay in legs), abs=1e-6)


def test_the_parts_add_up_to_the_whole_way(timeless):
    """Every hour between filing and end is somebody's: no time is lost and none counted twice."""
    service_id, acts_ = f"uji.{next(numbers)}", ("moved", 3000, UNITS[1], "tanya", "staff", "returned", "lanjut")
    rows = rows_of((10, UNITS[0], [acts_, ("moved", 900, UNITS[2], "periksa", "citizen", "none", "lanjut")]))
    store(timeless, service_id, rows)
    chain = walked(timeless, service_id)
    assert sum(u.waiting_sum + u.working_sum + u.paused_sum for u in chain.units) == pytest.approx(
        working_days(rows[0]["at"], rows[-1]["at"])
    )


def test_what_never_counts(timeless):
    service_id, rows = f"uji.{next(numbers)}", rows_of((0, UNITS[0], []))
    store(timeless, service_id, rows, is_test=True)
    store(timeless, service_id, rows, outcome="merged")
    store(timeless, service_id, rows, closed_at=None, outcome=None)
    store(timeless, "uji.other", rows)
    assert walked(timeless, service_id).cases == 0
    store(timeless, service_id, rows)
    assert walked(timeless, service_id).cases == 1
    assert walked(timeless, service_id, until=rows[-1]["at"]).cases == 0


def test_an_act_that_was_taken_back_never_happened(timeless):
    session, service_id = timeless, f"uji.{next(numbers)}"
    plain = rows_of((0, UNITS[0], [("moved", 60, UNITS[1], "periksa", "staff", "none", "lanjut")]))
    at = plain[1]["at"] + timedelta(minutes=30)
    wrong = [
        {"at": at, "kind": "moved", "unit": UNITS[2], "actor": "staff", "from": "periksa", "to": "tunggu", "data": STEP},
        {"at": at + timedelta(minutes=3), "kind": "moved", "unit": UNITS[1], "actor": "staff", "from": "tunggu",
         "to": "periksa", "data": {"undo": "x", "step": "", "effect": "none"}},
    ]  # fmt: skip
    store(session, service_id, plain)
    before = walked(session, service_id)
    store(session, service_id + "2", [*plain[:2], *wrong, *plain[2:]])
    assert walked(session, service_id + "2") == before


def test_of_very_many_a_fixed_choice_is_walked(timeless):
    service_id, days = f"uji.{next(numbers)}", figures.work_days(CALENDAR, START, START + timedelta(days=90))
    for n in range(12):
        store(timeless, service_id, rows_of((n * 700, UNITS[n % 2], [])))
    span = {"since": START, "until": START + timedelta(days=400)}
    some = [queries.walk(timeless, service_id, KNOWN, days, sample=5, **span) for _ in range(2)]
    assert some[0] == some[1]
    assert some[0].cases == 5
    assert queries.walk(timeless, service_id, KNOWN, days, sample=None, **span).cases == 12


def test_another_region_sees_none_of_it(timeless, app, other_tenant):
    from balai.tenancy import tenant_scope

    service_id = f"uji.{next(numbers)}"
    store(timeless, service_id, rows_of((0, UNITS[0], [])))
    timeless.commit()
    with app.app_context(), tenant_scope(other_tenant) as session:
        assert walked(session, service_id).cases == 0
        assert [
            r.service_id for r in queries.ended_by_service(session, since=START, until=START + timedelta(days=400))
        ] == []
