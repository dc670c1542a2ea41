"""The roll-up against the same figures counted in plain Python, late commits, corrections, closed months, and the rebuild."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from balai import clock
from balai.cases import units
from balai.cases.models import Case, CaseEvent
from balai.db import new_id
from balai.evidence.facts import queries, rebuild, roll_up
from balai.evidence.trials import queries as trials
from balai.testing.evidence import rolled_up

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TABLES = ("fact_month", "fact_year", "fact_need", "fact_case", "fact_back")


@pytest.fixture(autouse=True)
def _frozen():
    with clock.frozen(NOW):
        yield


def filed(session, at, *, service="feedback.pengaduan", region="20.01.01.2001", **changes):
    values = {
        "id": new_id(), "code": str(new_id()), "service_id": service, "service_version": 1, "state": "diterima",
        "waits_for": "staff", "unit_id": units.admin_unit(session).id, "region": region, "channel": "web",
        "anonymity": "named", "visibility": "private", "data": {"bidang": "jalan"}, "filed_at": at, "changed_at": at,
        "state_since": at, "landmark": "", "summary": "", "language": "id", "assisted": False, "is_test": False,
        "timers_done": 0, "reopened": 0, "seq": 0, "pseudonym": None,
    }  # fmt: skip
    case = Case(**(values | changes))
    session.add(case)
    session.flush()
    told(session, case, "filed", at, to_state="diterima")
    return case


def told(session, case, kind, at, *, unit=None, from_state=None, to_state=None, **data):
    case.seq += 1
    case.changed_at = at
    session.add(
        CaseEvent(
            id=new_id(), case_id=case.id, seq=case.seq, kind=kind, at=at, actor_kind="staff", actor=None,
            unit=unit or case.unit_id, from_state=from_state, to_state=to_state, public=True, data=data,
        )
    )  # fmt: skip
    session.flush()


def ended(session, case, at, outcome="done", from_state="dikerjakan"):
    case.closed_at, case.outcome, case.state = at, outcome, f"akhir_{outcome}"
    told(session, case, "moved", at, from_state=from_state, to_state=case.state, step="x", effect="none")


def back(session, case, at):
    old, case.closed_at, case.outcome, case.state = case.state, None, None, "dikerjakan"
    told(session, case, "reopened", at, from_state=old, to_state="dikerjakan")


def rows(session, table):
    query = text(f"SELECT * FROM {table} WHERE tenant_id = :t")
    return sorted(
        tuple(sorted((k, str(v)) for k, v in row._mapping.items()))
        for row in session.execute(query, {"t": session.tenant_id})
    )


def cell(session, month, district="", service="feedback.pengaduan"):
    query = text("SELECT * FROM fact_month WHERE tenant_id = :t AND service_id = :s AND district = :d AND month = :m")
    return session.execute(query, {"t": session.tenant_id, "s": service, "d": district, "m": month}).first()


def test_a_case_from_filing_to_rating(session, office):
    case = filed(session, datetime(2026, 10, 5, 2, 0, tzinfo=UTC), pseudonym="a", assisted=True, channel="counter")
    told(session, case, "overdue", datetime(2026, 10, 9, 2, 0, tzinfo=UTC))
    ended(session, case, datetime(2026, 10, 12, 2, 0, tzinfo=UTC))  # Monday to Monday: 5 working days
    told(session, case, "rated", datetime(2026, 11, 2, tzinfo=UTC), stars=4)
    filed(session, datetime(2026, 10, 6, tzinfo=UTC), pseudonym="a")
    filed(session, datetime(2026, 10, 6, tzinfo=UTC), is_test=True)
    rolled_up(session)
    october, november = cell(session, date(2026, 10, 1)), cell(session, date(2026, 11, 1))
    assert (october.asked, october.people, october.assisted, october.completed, october.late) == (2, 1, 1, 1, 1)
    assert (october.half, october.most, october.units) == (5 * 86400, 5 * 86400, 1)
    assert october.channels == {"counter": 1, "web": 1}
    assert (november.asked, november.rated, november.satisfied, november.stars) == (0, 1, 1, 4)
    assert cell(session, date(2026, 10, 1), "20.01.01").asked == 2
    year = session.execute(
        text("SELECT * FROM fact_year WHERE tenant_id = :t AND district = ''"), {"t": session.tenant_id}
    ).one()
    assert (year.asked, year.people, year.again) == (2, 1, 1)


def test_what_the_gate_holds_counts_when_it_is_let_through_and_spam_never(session, office, tenant):
    at = datetime(2026, 11, 3, tzinfo=UTC)
    held = ((at, "many"), (at, "many"), (None, None))
    good, spam, later = (filed(session, at, held_at=when, held_for=why, pseudonym="a") for when, why in held)
    rolled_up(session)
    assert cell(session, date(2026, 11, 1)).asked == 1  # `later` alone
    good.held_at = good.held_for = None
    told(session, good, "noted", NOW, gate="released")
    spam.is_test, spam.outcome, spam.closed_at = True, "lapsed", NOW
    told(session, spam, "noted", NOW, gate="spam")
    rolled_up(session)
    assert (cell(session, date(2026, 11, 1)).asked, cell(session, date(2026, 11, 1)).ended) == (2, 0)
    # What was counted once and is a test now leaves the open months, its people and needs with it.
    for case in (good, later):
        case.is_test = True
        told(session, case, "noted", NOW)
    rolled_up(session)
    kept = {t: rows(session, t) for t in TABLES}
    assert kept == {t: [] for t in TABLES}
    rebuild(session)
    assert {t: rows(session, t) for t in TABLES} == kept
    assert trials.result(session, "feedback", at, NOW)["asked"] == 0


def test_a_transaction_that_commits_late_is_counted_next_time(app, session, tenant, office):
    at = datetime(2026, 11, 3, tzinfo=UTC)
    roll_up(session)
    session.commit()
    slow = app.extensions["balai.db"].session(tenant.id)
    filed(slow, at)
    filed(session, at)
    session.commit()
    roll_up(session)
    session.commit()
    first = cell(session, date(2026, 11, 1))
    # The slow one's number is lower than that of what committed before it, so neither may be passed over.
    assert first is None or first.asked <= 1
    slow.commit()
    slow.close()
    rolled_up(session)
    assert cell(session, date(2026, 11, 1)).asked == 2


def test_late_events_correct_open_months_and_closed_ones_keep_their_figures(session, office):
    jan = filed(session, datetime(2026, 1, 12, tzinfo=UTC))
    ended(session, jan, datetime(2026, 1, 14, tzinfo=UTC))
    oct_ = filed(session, datetime(2026, 10, 5, tzinfo=UTC))
    ended(session, oct_, datetime(2026, 10, 6, tzinfo=UTC))
    rolled_up(session)
    assert queries.state(session).open_from == date(2026, 8, 1)
    back(session, jan, datetime(2026, 11, 10, tzinfo=UTC))
    back(session, oct_, datetime(2026, 11, 10, tzinfo=UTC))
    late = filed(session, datetime(2026, 2, 3, tzinfo=UTC))  # written months later
    ended(session, late, datetime(2026, 2, 5, tzinfo=UTC), "withdrawn")
    rolled_up(session)
    assert cell(session, date(2026, 1, 1)).completed == 1
    assert cell(session, date(2026, 2, 1)) is None
    assert cell(session, date(2026, 10, 1)).completed == 0
    august = cell(session, date(2026, 8, 1))
    assert (august.asked, august.ended, august.completed, august.abandoned) == (1, 0, -1, 1)
    assert cell(session, date(2026, 11, 1)).reopened == 2
    sums = text("SELECT sum(asked), sum(completed) FROM fact_month WHERE tenant_id = :t AND district = ''")
    total = session.execute(sums, {"t": session.tenant_id}).one()
    assert tuple(total) == (3, 0)
    before = {t: rows(session, t) for t in TABLES}
    rebuild(session)
    assert {t: rows(session, t) for t in TABLES} == before


def test_lapsed_counts_as_given_up_only_while_the_citizen_had_to_answer(session, office):
    from balai.cases import catalogue

    service = catalogue.service(session, "feedback.pengaduan")
    version = catalogue.current_version(session, service)
    for state in ("ditanya_penerima", "dikerjakan"):
        case = filed(session, datetime(2026, 11, 2, tzinfo=UTC), service_version=version)
        ended(session, case, datetime(2026, 11, 5, tzinfo=UTC), "lapsed", from_state=state)
    rolled_up(session)
    november = cell(session, date(2026, 11, 1))
    assert (november.ended, november.abandoned, november.completed) == (2, 1, 0)


def by_hand(stories, zone):
    """Counts by (service, district, month), from the definitions in docs/evidence.md."""
    found = defaultdict(lambda: defaultdict(int))
    month = lambda at: at.astimezone(zone).date().replace(day=1)  # noqa: E731
    people = defaultdict(set)
    for story in stories:
        for district in ("", story["region"][:8]):

            def add(at, what, service=story["service"], district=district):
                found[service, district, month(at)][what] += 1

            add(story["filed"], "asked")
            if story["who"]:
                people[story["service"], district, month(story["filed"])].add(story["who"])
            if story["overdue"]:
                add(story["overdue"], "overdue")
            if story["reopened"]:
                add(story["reopened"], "reopened")
            if story["ended"]:
                add(story["ended"], "ended")
                add(story["ended"], "completed") if story["outcome"] == "done" else None
                add(story["ended"], "abandoned") if story["outcome"] == "withdrawn" else None
                add(story["ended"], "late") if story["overdue"] else None
    for key, who in people.items():
        found[key]["people"] = len(who)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_histories_in_random_order_equal_a_count_by_hand_and_a_rebuild(session, office, tenant, seed):
    dice = random.Random(seed)  # noqa: S311 - data
    stories, acts = [], []
    for _n in range(60):
        at = NOW - timedelta(days=dice.randrange(3, 80), hours=dice.randrange(24))
        story = {"service": dice.choice(("feedback.pengaduan", "feedback.usul")), "filed": at,
                 "region": dice.choice(("20.01.01.2001", "20.01.02")),
                 "who": dice.choice((None, "a", "b", "c")), "overdue": None, "reopened": None, "ended": None,
                 "outcome": None}  # fmt: skip
        case = filed(session, at, service=story["service"], region=story["region"], pseudonym=story["who"])
        if dice.random() < 0.4:
            story["overdue"] = at + timedelta(hours=7)
            acts.append((story["overdue"], lambda c=case, w=story["overdue"]: told(session, c, "overdue", w)))
        for n in range(dice.randrange(3)):
            closed = at + timedelta(hours=10 + 12 * n)
            outcome = dice.choice(("done", "withdrawn", "not_possible"))
            acts.append((closed, lambda c=case, w=closed, o=outcome: ended(session, c, w, o)))
            story["ended"], story["outcome"] = closed, outcome
            if n == 1:
                story["reopened"] = closed - timedelta(hours=6)
                acts.append((story["reopened"], lambda c=case, w=story["reopened"]: back(session, c, w)))
        stories.append(story)
    for _at, act in sorted(acts, key=lambda a: a[0]):
        act()
        if dice.random() < 0.2:
            session.commit()
            roll_up(session)
    rolled_up(session)
    wanted = by_hand(stories, tenant.zone)
    query = text("SELECT * FROM fact_month WHERE tenant_id = :t")
    got = {(r.service_id, r.district, r.month): r for r in session.execute(query, {"t": session.tenant_id})}
    assert set(got) == set(wanted)
    for key, counts in wanted.items():
        for what in ("asked", "people", "overdue", "reopened", "ended", "completed", "abandoned", "late"):
            assert (key, what, getattr(got[key], what)) == (key, what, counts[what])
    before = {t: rows(session, t) for t in TABLES}
    rebuild(session)
    assert {t: rows(session, t) for t in TABLES} == before


def test_another_region_counts_nothing_of_it(app, session, office, other_tenant):
    from balai.tenancy import tenant_scope

    filed(session, datetime(2026, 11, 3, tzinfo=UTC))
    session.commit()
    with tenant_scope(other_tenant) as other:
        roll_up(other)
        assert rows(other, "fact_month") == []
