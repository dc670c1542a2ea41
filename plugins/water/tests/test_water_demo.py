"""The made-up utility: everything that the pages show is there, it adds up, and it is made once and only where it belongs."""

import pytest
from sqlalchemy import func, select

from balai import billing
from balai.billing.checks import check_books
from balai.jobs import defer
from balai.jobs.worker import drain
from balai_water import months
from balai_water.bills.models import Bill
from balai_water.demo import loading
from balai_water.losses import services as losses
from balai_water.quality.models import Incident
from balai_water.readings.models import Period, Reading
from balai_water.register import queries
from balai_water.register.models import Connection


@pytest.fixture
def tenant(regions):
    return regions(plugins=("feedback", "water"))


def test_a_small_town_with_three_months_behind_it(app, session, tenant, monkeypatch):
    monkeypatch.setattr(loading, "SIZE", 120)
    monkeypatch.setattr(loading, "YEAR", 3)
    for code in ("99.99", tenant.region_code, tenant.region_code):
        defer(session, loading.furnish_demo, code=code)
    session.commit()
    drain(app, tenant=tenant)
    assert session.scalar(select(func.count()).select_from(Connection)) == 120
    this = months.this_month()
    assert {p.month: p.state for p in session.scalars(select(Period))} == {
        **{months.shift(this, -back): "closed" for back in (1, 2, 3)}, this: "reading",
    }  # fmt: skip
    assert session.scalar(select(func.count()).select_from(Bill)) == 360
    assert session.scalar(select(func.count()).select_from(billing.Invoice)) == 120
    same = (Reading.connection_id == Bill.connection_id) & (Reading.month == Bill.month)
    assert all(row[0] == row[1] for row in session.execute(select(Bill.use_m3, Reading.use).join(Reading, same)))
    assert session.scalar(select(func.count()).select_from(Reading).where(Reading.state == "check")) >= 1
    neighbours = [c for c in session.scalars(select(Connection)) if not c.region.startswith(tenant.region_code)]
    assert neighbours
    last = losses.month_of(session, months.shift(this, -1))
    assert 20 < last.whole.nrw_percent < 40
    assert session.scalars(select(Incident)).one().state == "open"
    assert sum(queries.households(session).values()) > 120
    assert check_books(session).sound
