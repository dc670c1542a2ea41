"""A small utility for tests of tariffs and bills: customers, connections, a month that was read and closed."""

from datetime import UTC, date, datetime
from uuid import uuid4

from balai.api import blind_index, new_id, seal
from balai_water.readings.models import Period, Reading
from balai_water.register.models import Connection, Customer, Meter
from balai_water.tariffs import services as tariffs

MONTH = date(2026, 10, 1)
TABLE = {
    "groups": [
        {
            "key": key, "label": label, "fixed": fixed, "minimum_use": minimum,
            "blocks": [{"upto": u, "rate": r} for u, r in zip((10, 20, 30, None), rates, strict=True)],
        }
        for key, label, fixed, minimum, rates in (
            ("RT-A", "Rumah tangga A", 11500, 10, (1100, 1480, 2000, 2700)),
            ("NK", "Niaga kecil", 23000, 10, (1840, 2480, 3350, 4530)),
            ("S", "Sosial", 0, 0, (0, 1050, 1050, 1050)),
        )
    ],
    "stamp_duty": {"above": 100_000, "amount": 10_000},
    "late_fee": {"percent": 2, "grace_days": 3, "most_months": 6},
}  # fmt: skip


def adopt(session, rules=TABLE, *, decree="SK Bupati 12/2026", valid_from=date(2026, 1, 1)):
    """An adopted tariff."""
    draft = tariffs.save_draft(session, None, rules)
    return tariffs.adopt(
        session, draft.id, decree=decree, decreed_on=date(2026, 1, 1), valid_from=valid_from, today=date(2026, 11, 1),
        member_id=None,
    )  # fmt: skip


def customer(session, name="Siti Aminah", sub=None):
    """A customer; name None: nobody knows it."""
    row = Customer(id=new_id(), sub_index=blind_index(session, "sub", sub) if sub else None)
    seal(session, row, "name", name)
    session.add(row)
    session.flush()
    return row


def connect(session, number, of, group="RT-A", card=None):
    """A tap."""
    row = Connection(
        id=new_id(),
        number=number,
        customer_id=of.id,
        group_key=group,
        region="20.01.01.2001",
        card=card,
        since=date(2020, 1, 1),
    )
    session.add(row)
    session.add(Meter(id=new_id(), connection_id=row.id, serial=number, initial=100, installed_on=date(2020, 1, 1)))
    session.flush()
    return row


def read(session, connection, use, *, month=MONTH, state="accepted", kind="reader"):
    """What its meter said."""
    session.add(
        Reading(
            id=new_id(), connection_id=connection.id, month=month, previous=100,
            stand=None if kind == "estimate" else 100 + use, use=use, kind=kind, state=state,
            client_id=uuid4(), read_at=datetime(2026, 10, 28, tzinfo=UTC),
        )
    )  # fmt: skip
    session.flush()


def close(session, month=MONTH, state="closed"):
    """The period, closed."""
    moment = datetime(2026, 11, 1, tzinfo=UTC) if state == "closed" else None
    session.add(Period(id=new_id(), month=month, state=state, closed_at=moment))
    session.flush()
