"""Months from opening to closing, corrections of closed ones, two senders at once, and: no order of arrival changes anything."""

import threading
from datetime import date
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from test_water_readings import APR, FEB, JAN, MAR, acts, connect, figures, months, said

from balai.errors import Conflict, Invalid, NotFound
from balai.tenancy import tenant_scope
from balai_water.readings import deciding, periods, queries, recording
from balai_water.readings.models import Reading
from balai_water.readings.recording import NoPeriod, record

MAY = date(2026, 5, 1)


@pytest.fixture(scope="module")
def small(regions):
    """A utility whose months nobody else opens or closes."""
    return regions(plugins=("water",))


@pytest.fixture
def books(app, small):
    with app.app_context(), tenant_scope(small) as session:
        yield session
        session.rollback()


def test_a_month_from_opening_to_closing_and_a_correction_afterwards(books):
    read, locked, later = connect(books), connect(books), connect(books, since=date(2026, 2, 9))
    with pytest.raises(NoPeriod):
        record(books, [said(read, JAN, 120)])
    with pytest.raises(NotFound):
        periods.move(books, JAN, "reading")
    periods.open_period(books, JAN)
    periods.open_period(books, FEB)
    record(books, [said(read, JAN, 480)])
    with pytest.raises(Conflict):
        periods.move(books, JAN, "verifying")
    for step in ("reading", "verifying"):
        periods.move(books, JAN, step)
    with pytest.raises(periods.NotReady):
        periods.close(books, JAN)
    assert periods.missing(books, JAN) == periods.Missing(unread=1, check=1, refused=0, earlier=None)
    deciding.accept(books, months(books, read)[JAN].id, reason="Pipa bocor", member_id=None)
    with pytest.raises(Invalid):
        periods.estimate_missing(books, JAN, reason="")
    assert periods.estimate_missing(books, JAN, reason="Rumah terkunci").new == 1
    assert months(books, later) == {}
    assert periods.missing(books, FEB).earlier == JAN
    assert periods.close(books, JAN).state == "closed"
    assert {row[0]: row[1] for row in books.execute(queries.uses(JAN))} == {read: 380, locked: 0}

    # Closed is for good: what comes now is kept and changes nothing, and is made good in the next month.
    late = said(read, JAN, 121, day=30)
    assert (record(books, [late]).late, record(books, [late]).known) == (1, 1)
    assert acts(books, read)[-1] == "late"
    closed = months(books, read)[JAN].id
    for act in (
        lambda: deciding.correct(books, closed, 120, reason="salah", member_id=None),
        lambda: periods.move(books, JAN, "reading"),
        lambda: periods.open_period(books, date(2025, 12, 1)),
    ):
        with pytest.raises(Conflict):
            act()
    deciding.correct_closed(books, closed, right_use=20, stand=120, reason="Salah baca", member_id=None)
    record(books, [said(read, FEB, 140)])
    assert figures(books, read) == {JAN: (380, "accepted"), FEB: (0, "check")}
    assert months(books, read)[FEB].credit == 360
    deciding.accept(books, months(books, read)[FEB].id, reason="Terlalu banyak ditagih", member_id=None)
    assert months(books, read)[FEB].credit == 340

    # Nobody knew the stand of the other one: 5, then another 3 m3 too few were billed.
    deciding.correct_closed(
        books, months(books, locked)[JAN].id, right_use=5, stand=None, reason="Dipakai", member_id=None
    )
    deciding.correct_closed(
        books, months(books, locked)[JAN].id, right_use=8, stand=None, reason="Dipakai", member_id=None
    )
    record(books, [said(locked, FEB, 100)])
    assert figures(books, locked)[FEB] == (8, "accepted")

    # Once a later month is closed on a real stand, the two together are right already.
    for step in ("reading", "verifying"):
        periods.move(books, FEB, step)
    periods.estimate_missing(books, FEB, reason="Rumah terkunci")
    periods.close(books, FEB)
    periods.open_period(books, MAR)
    with pytest.raises(Conflict):
        deciding.correct_closed(books, closed, right_use=18, stand=118, reason="Lagi", member_id=None)


def test_two_senders_of_one_reading(app, small, books):
    home = connect(books)
    periods.open_period(books, MAR)
    books.commit()
    copies = [said(home, MAR, 118), said(home, MAR, 119, day=21)]
    entries = [copies[0], copies[1], copies[0], copies[1]]
    outcomes, barrier = [], threading.Barrier(len(entries))

    def send(entry):
        with app.app_context(), tenant_scope(small) as session:
            barrier.wait()
            outcomes.append(record(session, [entry]))
            session.commit()

    threads = [threading.Thread(target=send, args=(entry,)) for entry in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(o.known for o in outcomes) == 2
    assert sum(o.new for o in outcomes) == 1
    assert sum(o.new + o.replaced + o.second for o in outcomes) == 2
    row = months(books, home)[MAR]
    assert (row.stand, row.differs, row.state) == (119, True, "check")


_stands = st.tuples(
    st.sampled_from([MAR, APR, MAY]), st.sampled_from([98, 100, 118, 121, 140, 300]), st.integers(1, 3),
    st.sampled_from(["self", "sheet", "reader", "estimate"]),
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(_stands, min_size=1, max_size=3), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_no_order_of_the_same_batches_changes_the_end(books, batches, shuffler):
    for month in (MAR, APR, MAY):
        periods.open_period(books, month)
    ends = []
    ids = [[uuid4() for _ in batch] for batch in batches]
    for turn in range(2):
        home = connect(books)
        order = list(zip(batches, ids, strict=True))
        if turn:
            shuffler.shuffle(order)
            order += [order[0]]  # and one of them twice
        for batch, client_ids in order:
            record(
                books,
                [
                    said(home, month, None if kind == "estimate" else stand, day=day, kind=kind, client_id=client_id)
                    for (month, stand, day, kind), client_id in zip(batch, client_ids, strict=True)
                ],
            )
        ends.append(
            {
                month: (
                    r.stand,
                    r.previous,
                    r.use,
                    r.kind,
                    r.state,
                    r.differs,
                    r.credit,
                    tuple(r.flags),
                    tuple(r.recent),
                )
                for month, r in months(books, home).items()
            }
        )
        books.rollback()
        for month in (MAR, APR, MAY):
            periods.open_period(books, month)
    assert ends[0] == ends[1]


def test_a_file_is_one_transaction_with_the_same_figures(books, monkeypatch):
    monkeypatch.setattr(recording, "_FEW", 20)  # forty are a file here
    homes = [connect(books) for _ in range(40)]
    for month in (MAR, APR):
        periods.open_period(books, month)
    record(books, [said(home, MAR, 118 + n % 5, kind="sheet") for n, home in enumerate(homes)])
    april = [said(home, APR, 138 + n % 5, kind="sheet") for n, home in enumerate(homes)]
    outcome = record(books, april)
    assert (outcome.new, outcome.held) == (40, 0)
    assert record(books, april).known == 40
    sums = select(func.count(), func.sum(Reading.use), func.max(Reading.use)).where(Reading.month == APR)
    assert tuple(books.execute(sums).one()) == (40, 40 * 20, 20)
