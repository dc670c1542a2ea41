"""The ledger: what the code and, without it, the database refuse."""

import uuid
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from balai import billing
from balai.billing import Line, ledger
from balai.clock import now
from balai.db import new_id
from balai.errors import Conflict, NotFound


def balances(session):
    rows = session.execute(text("SELECT account, sum(amount) FROM ledger_line GROUP BY account"))
    return {account: int(amount) for account, amount in rows if amount}


def test_a_transaction_is_booked_with_its_lines(session):
    made = billing.post(
        session, "try", [Line("kas", 500), Line("pendapatan", -300), Line("denda", -200)], at=now(), reason="uji"
    )
    session.commit()
    assert made.lines == 3
    assert balances(session) == {"kas": 500, "pendapatan": -300, "denda": -200}


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [Line("kas", 5)],
        [Line("kas", 5), Line("pendapatan", -4)],
        [Line("kas", 0), Line("pendapatan", 0)],
        [Line("kas", 5), Line("kas", -5)],
        [Line("kas", 5), Line("tidak_ada", -5)],
    ],
    ids=["nothing", "one", "unequal", "zeros", "to-itself", "no-account"],
)
def test_what_does_not_add_up_is_refused(session, lines):
    with pytest.raises(ValueError, match=r"sum to zero|no account"):
        billing.post(session, "try", lines, at=now())


def raw_transaction(session, *lines, count=None):
    """A transaction as somebody would write it who goes around the code."""
    made = new_id()
    session.execute(
        text(
            "INSERT INTO ledger_transaction (tenant_id, id, act, booked_on, at, recorded_at, lines, reason, reference,"
            " actor_kind) VALUES (:t, :id, 'raw', current_date, now(), now(), :n, '', '', 'system')"
        ),
        {"t": session.tenant_id, "id": made, "n": count or len(lines)},
    )
    add_raw(session, made, *lines)
    return made


def add_raw(session, made, *lines, start=1):
    accounts, amounts = [a for a, _ in lines], [n for _, n in lines]
    session.execute(
        text(
            "INSERT INTO ledger_line (tenant_id, transaction_id, seq, account, amount, booked_on)"
            " SELECT :t, :id, l.seq + :from - 1, l.account, l.amount, current_date"
            " FROM unnest(CAST(:a AS text[]), CAST(:n AS bigint[])) WITH ORDINALITY l (account, amount, seq)"
        ),
        {"t": session.tenant_id, "id": made, "a": accounts, "n": amounts, "from": start},
    )


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ((("kas", 5), ("pendapatan", -4)), 2),
        ((("kas", 5), ("pendapatan", -5)), 3),
        ((("kas", 5), ("lain", -5)), 2),
    ],
    ids=["unequal", "not-whole", "no-account"],
)
def test_the_database_refuses_it_by_itself(session, lines, count):
    billing.post(session, "try", [Line("kas", 1), Line("pendapatan", -1)], at=now())
    session.commit()
    with pytest.raises(DBAPIError) as refused:
        raw_transaction(session, *lines, count=count)
    assert refused.value.orig.sqlstate == "BL001"
    session.rollback()
    assert balances(session) == {"kas": 1, "pendapatan": -1}


def test_nothing_is_added_to_a_transaction_afterwards(session):
    made = billing.post(session, "try", [Line("kas", 5), Line("pendapatan", -5)], at=now())
    session.commit()
    for start in (1, 3):
        with pytest.raises(DBAPIError, match=r"BL001|duplicate key|not balanced"):
            add_raw(session, made.id, ("kas", 7), ("pendapatan", -7), start=start)
        session.rollback()
    assert balances(session) == {"kas": 5, "pendapatan": -5}


@pytest.mark.parametrize(
    "table", ["ledger_line", "ledger_transaction", "ledger_closing", "payment_allocation", "invoice_entry"]
)
def test_the_application_may_only_add(session, table):
    for statement in (f"UPDATE {table} SET tenant_id = tenant_id", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="permission denied"):
            session.execute(text(statement))
        session.rollback()


def test_a_transaction_is_taken_back_once(session):
    made = billing.post(session, "try", [Line("kas", 5), Line("pendapatan", -5)], at=now())
    back = billing.reverse(session, made.id, at=now(), reason="salah catat")
    assert back.reverses == made.id
    assert balances(session) == {}
    with pytest.raises(Conflict):
        billing.reverse(session, made.id, at=now(), reason="lagi")
    with pytest.raises(NotFound):
        billing.reverse(session, uuid.uuid4(), at=now(), reason="tidak ada")


def test_a_day_is_the_regions_own(app, regions, database):
    """21:00 UTC is the next morning in Jayapura and still the same day at UTC."""
    from flask import g

    from balai.tenancy import tenant_scope

    east = regions(timezone="Asia/Jayapura")
    late = datetime(2026, 3, 31, 21, 0, tzinfo=UTC)
    with app.app_context():
        g.tenant = east
        with tenant_scope(east) as session:
            made = billing.post(session, "try", [Line("kas", 5), Line("pendapatan", -5)], at=late)
    assert made.booked_on == date(2026, 4, 1)


def test_the_future_is_booked_today(session):
    made = billing.post(session, "try", [Line("kas", 5), Line("pendapatan", -5)], at=now() + timedelta(days=40))
    assert made.booked_on == ledger.today(session)


def test_another_regions_transaction_is_unknown(app, session, other_tenant):
    from balai.tenancy import tenant_scope

    with tenant_scope(other_tenant) as other:
        theirs = billing.post(other, "try", [Line("kas", 5), Line("pendapatan", -5)], at=now())
    with pytest.raises(NotFound):
        billing.reverse(session, theirs.id, at=now(), reason="bukan milik kita")
    with pytest.raises((DBAPIError, psycopg.Error), match=r"not known|row-level"):
        add_raw(session, theirs.id, ("kas", 7), ("pendapatan", -7), start=3)
