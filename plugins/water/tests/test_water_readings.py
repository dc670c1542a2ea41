"""Readings on a real database: what arrives twice, late, out of order, over the counter's end; months from opening to closing."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from balai.clock import now
from balai.errors import Conflict, Invalid
from balai.tenancy import tenant_scope
from balai_water.readings import deciding, periods
from balai_water.readings.book import Entry
from balai_water.readings.judging import Flag
from balai_water.readings.models import Reading, ReadingChange
from balai_water.readings.recording import record
from balai_water.register.models import Connection, Customer, Meter

JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))


@pytest.fixture(scope="module")
def utility(regions):
    return regions(plugins=("water",))


@pytest.fixture
def books(app, utility):
    """A session of the utility, with January to April open."""
    with app.app_context(), tenant_scope(utility) as session:
        for month in (JAN, FEB, MAR, APR):
            periods.open_period(session, month)
        session.commit()
        yield session
        session.rollback()


def connect(session, *, initial=100, digits=5, since=None, meters=()):
    """A connection of its own with a meter."""
    customer = Customer()
    session.add(customer)
    session.flush()
    connection = Connection(
        number=uuid4().hex[:12], customer_id=customer.id, group_key="rt", region="32.73.01", state="active", since=since
    )
    session.add(connection)
    session.flush()
    for values in meters or ({"initial": initial, "digits": digits, "installed_on": date(2025, 1, 1)},):
        session.add(Meter(connection_id=connection.id, serial=uuid4().hex[:8], **values))
        session.flush()
    return connection.id


def said(connection, month, stand, *, day=20, kind="reader", client_id=None):
    at = datetime(month.year, month.month, day, 5, tzinfo=UTC)
    return Entry(connection, month, stand, kind, client_id or uuid4(), at)


def months(session, connection):
    session.expire_all()
    rows = session.scalars(select(Reading).where(Reading.connection_id == connection).order_by(Reading.month))
    return {row.month: row for row in rows}


def figures(session, connection):
    """month -> (use, state)."""
    return {month: (row.use, row.state) for month, row in months(session, connection).items()}


def acts(session, connection):
    query = select(ReadingChange.act).where(ReadingChange.connection_id == connection).order_by(ReadingChange.id)
    return list(session.scalars(query))


def test_a_late_batch_for_an_earlier_month_moves_the_later_one(books):
    home = connect(books)
    record(books, [said(home, MAR, 140)])
    assert figures(books, home) == {MAR: (40, "accepted")}
    record(books, [said(home, FEB, 120)])
    assert figures(books, home) == {FEB: (20, "accepted"), MAR: (20, "accepted")}
    got = months(books, home)[MAR]
    assert (got.previous, list(got.recent), got.base_stand) == (120, [20, 20], 140)


def test_sent_twice_counts_once_and_the_better_one_counts(books):
    home = connect(books)
    first = said(home, JAN, 118)
    assert record(books, [first, first]).new == 1
    assert record(books, [first]).known == 1
    household = said(home, JAN, 117, day=25, kind="self")
    assert record(books, [household]).second == 1
    assert record(books, [household]).known == 1
    later = said(home, JAN, 119, day=22)
    assert record(books, [later]).replaced == 1
    assert record(books, [first]).known == 1  # what was replaced doesn't come back
    row = months(books, home)[JAN]
    assert (row.stand, row.differs, row.state, row.flags) == (119, True, "check", ["differs"])
    assert acts(books, home) == ["second", "replaced"]


def test_the_database_knows_one_reading_per_connection_and_period(books):
    home = connect(books)
    record(books, [said(home, JAN, 118)])
    again = Reading(
        connection_id=home, month=JAN, stand=1, previous=0, use=1, kind="reader", client_id=uuid4(), read_at=now()
    )
    books.add(again)
    with pytest.raises(IntegrityError, match="water_reading_connection_month"):
        books.flush()
    books.rollback()


def test_rollover_changed_meter_and_estimate(books):
    around = connect(books, initial=99990)
    record(books, [said(around, JAN, 8)])
    assert figures(books, around) == {JAN: (18, "check")}
    assert months(books, around)[JAN].flags == [Flag.ROLLOVER]

    old = {"initial": 100, "installed_on": date(2025, 1, 1), "final": 127, "removed_on": date(2026, 2, 10)}
    changed = connect(books, meters=(old, {"initial": 3, "installed_on": date(2026, 2, 10)}))
    record(books, [said(changed, JAN, 120), said(changed, FEB, 14)])
    row = months(books, changed)[FEB]
    assert (row.use, row.state, row.flags, row.previous) == (18, "accepted", [Flag.METER_CHANGED], 3)

    guessed = connect(books)
    record(books, [said(guessed, JAN, 120), said(guessed, FEB, None, kind="estimate"), said(guessed, MAR, 130)])
    assert figures(books, guessed) == {JAN: (20, "accepted"), FEB: (20, "accepted"), MAR: (0, "check")}
    # Ten too many were billed: nobody pays for March, and April is ten less.
    trued_up = months(books, guessed)[MAR]
    assert trued_up.flags == [Flag.TRUED_UP_BELOW_ZERO]
    deciding.accept(books, trued_up.id, reason="Taksiran terlalu tinggi", member_id=None)
    record(books, [said(guessed, APR, 155)])
    assert (months(books, guessed)[MAR].credit, figures(books, guessed)[APR]) == (10, (15, "accepted"))


def test_a_person_agrees_corrects_asks_again_and_guesses(books):
    home = connect(books)
    record(books, [said(home, JAN, 120), said(home, FEB, 480), said(home, MAR, 160)])
    # 480 waits, so March stands on January.
    assert figures(books, home) == {JAN: (20, "accepted"), FEB: (360, "check"), MAR: (40, "accepted")}
    found = months(books, home)[FEB]
    with pytest.raises(Invalid):
        deciding.correct(books, found.id, 140, reason=" ", member_id=None)
    with pytest.raises(Invalid) as refused:
        deciding.correct(books, found.id, 100000, reason="salah baca", member_id=None)
    assert [e.field for e in refused.value.errors] == ["stand"]
    deciding.correct(books, found.id, 140, reason="Angka 1 terbaca 4", member_id=None)
    assert figures(books, home) == {JAN: (20, "accepted"), FEB: (20, "accepted"), MAR: (20, "accepted")}
    change = books.scalars(select(ReadingChange).where(ReadingChange.connection_id == home)).one()
    assert (change.act, change.before["stand"], change.after["stand"], change.reason) == (
        "corrected", 480, 140, "Angka 1 terbaca 4",
    )  # fmt: skip
    assert record(books, [said(home, FEB, 480, day=28)]).second == 1  # a person's word stays

    deciding.send_back(books, found.id, reason="Foto tidak jelas", member_id=None)
    assert figures(books, home)[FEB][1] == "refused"
    assert figures(books, home)[MAR] == (40, "accepted")
    record(books, [said(home, FEB, 300)])
    assert figures(books, home)[FEB] == (180, "check")
    deciding.put_estimate(books, found.id, reason="Rumah terkunci", member_id=None)
    assert figures(books, home) == {JAN: (20, "accepted"), FEB: (20, "accepted"), MAR: (20, "accepted")}
    with pytest.raises(Conflict):
        deciding.accept(books, found.id, reason="tidak bisa", member_id=None)


def test_nought_is_agreed_to_in_one_go_and_a_backward_stand_never(books):
    empty, back = connect(books), connect(books)
    record(books, [said(empty, APR, 100), said(back, APR, 90)])
    assert figures(books, back) == {APR: (0, "check")}
    assert deciding.accept_all(books, APR, Flag.ZERO, reason="Rumah kosong", member_id=None) == 1
    assert figures(books, empty) == {APR: (0, "accepted")}
    with pytest.raises(Conflict):
        deciding.accept(books, months(books, back)[APR].id, reason="mundur", member_id=None)
    with pytest.raises(Conflict):
        deciding.accept_all(books, APR, Flag.BACKWARDS, reason="mundur", member_id=None)
