"""A month's bills at once: numbered in order, all or none, and word for word what was given."""

from datetime import timedelta

import pytest
from psycopg.errors import ForeignKeyViolation
from sqlalchemy import func, select
from test_billing_ledger import balances
from test_billing_payments import draft, pay

from balai import billing
from balai.billing import checks
from balai.billing.models import Invoice
from balai.db import new_id
from balai.errors import Problem


def test_a_thousand_at_once_have_their_numbers_in_order(session):
    drafts = [draft(session, 10 + n, series=("AIR", "SAMPAH")[n % 2]) for n in range(1000)]
    made = billing.issue_many(session, drafts)
    session.commit()
    assert [m.number[-6:] for m in made if m.number.startswith("AIR")] == [f"{n:06d}" for n in range(1, 501)]
    assert sum(m.total for m in made) == -balances(session)["pendapatan"]
    with pytest.raises(Problem) as wrong:
        billing.issue_many(session, [*drafts[:2], draft(session, due_date=drafts[0].due_date - timedelta(days=400))])
    assert wrong.value.errors[0].field == "2/due_date"
    assert pay(session, session.get_one(Invoice, (session.tenant_id, made[0].id)), 10).applied == 10
    assert [f for f in checks.check_books(session).findings if f.wrong] == []


def test_what_was_written_comes_back_whatever_it_holds(session):
    """Texts go to the database as arrays that are put together here: no quote, brace or comma in them may matter."""
    odd = "a\"b\\c{d},NULL '; DROP TABLE invoice; --\n\t\u2028💧"
    reason = {"dasar": odd, 'kunci "lain"': "null"}
    drafts = [
        draft(session, 10, subject_id=text, payer=billing.Payer(text[:200], "0812-3456-7890", "siti@contoh.id"),
              lines=[billing.InvoiceLine(text, 10, "pendapatan", "12.5", reason=reason)])
        for text in (odd, "NULL", "null", '"', "\\", "{}")
    ]  # fmt: skip
    for made, given in zip(billing.issue_many(session, drafts), drafts, strict=True):
        kept = session.get_one(Invoice, (session.tenant_id, made.id))
        assert (kept.subject_id, kept.lines) == (given.subject_id, [line.as_data() for line in given.lines])
        payer = billing.payer_of(session, kept)
        assert (payer.name, payer.phone, payer.email) == (
            given.payer.name.strip(),
            given.payer.phone,
            given.payer.email,
        )
        assert billing.by_number(session, made.number).id == made.id
        assert (kept.late_fee_rule, kept.unit_id, kept.payer_index, kept.settled_at) == (None, None, None, None)
    assert [f for f in checks.check_books(session).findings if f.wrong] == []


def test_a_month_that_the_database_refuses_leaves_nothing(session):
    """What is sent ahead is refused late: all of it is gone all the same, numbers included, and the next one begins there."""
    drafts = [draft(session, 10 + n) for n in range(6000)]
    with pytest.raises(ForeignKeyViolation), session.begin_nested():
        billing.issue_many(session, [*drafts, draft(session, 10, unit_id=new_id())])
    assert session.scalar(select(func.count()).select_from(Invoice)) == 0
    assert [m.number[-6:] for m in billing.issue_many(session, drafts[:2])] == ["000001", "000002"]
