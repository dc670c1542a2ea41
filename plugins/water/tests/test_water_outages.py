"""Outages: everybody who loses water is told once, and after that only those for whom something changes."""

from collections import Counter
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from balai import keys
from balai.clock import now
from balai.db import new_id
from balai.errors import Conflict, Invalid, NotFound
from balai.notify import Message
from balai.tenancy import tenant_scope
from balai_water.notices import services as notices
from balai_water.notices.models import Notice
from balai_water.outages import queries, selection, services
from balai_water.outages.models import Outage
from balai_water.outages.plans import Plan, check
from balai_water.outages.selection import Selection
from balai_water.register.models import Connection, Customer, Route, Zone

SQUARE = "-7.90, 110.30\n-7.90, 110.40\n-7.80, 110.40\n-7.80, 110.30"


@pytest.fixture
def world(app, regions):
    """A session of a region with water."""
    tenant = regions(plugins=("water",))
    with app.app_context(), tenant_scope(tenant) as session:
        yield session, f"{tenant.region_code}.01.200"


def connect(session, number, region, *, email="", phone="", **values):
    customer = Customer(id=new_id())
    keys.seal(session, customer, "name", f"Pelanggan {number}")
    for name, value in (("email", email), ("phone", phone)):
        if value:
            keys.seal(session, customer, name, value)
    made = Connection(id=new_id(), number=number, customer_id=customer.id, group_key="ra", region=region, **values)
    session.add(customer)
    session.flush()
    session.add(made)
    session.flush()
    return made


def plan(selected, *, kind="sudden", hours=4, begun=1, **more):
    return Plan(kind, "pipe_burst", now() - timedelta(hours=begun), now() + timedelta(hours=hours), selected, **more)


def announced(session, selected, **more):
    outage = services.prepare(session, plan(selected, **more), member=None)
    services.announce(session, outage.id)
    return outage


def told(session, outage):
    """Kind of notice -> numbers of the connections."""
    rows = session.execute(
        select(Notice.kind, Connection.number)
        .join(Connection, Connection.id == Notice.connection_id)
        .where(Notice.about == outage.id)
        .order_by(Notice.id)
    )
    found = {}
    for kind, number in rows:
        found.setdefault(kind, []).append(number)
    return found


def messages(session, outage):
    return session.scalars(select(Message).where(Message.about_id == outage.id).order_by(Message.id)).all()


def test_one_notice_per_connection_hospitals_first_and_pressed_twice_sent_once(world):
    session, desa = world
    for number, more in {
        "0001": {"email": "satu@contoh.id"},
        "0002": {"email": "dua@contoh.id", "priority": "clinic"},
        "0003": {"email": "tiga@contoh.id", "priority": "hospital"},
        "0004": {"email": "empat@contoh.id", "priority": "dialysis"},
        "0005": {},
        "0006": {"email": "enam@contoh.id", "state": "terminated"},
        "0007": {"email": "tujuh@contoh.id", "state": "isolated"},
    }.items():
        connect(session, number, f"{desa}1", **more)
    connect(session, "0008", f"{desa}2", email="delapan@contoh.id")
    outage = services.prepare(session, plan(Selection(villages=(f"{desa}1",))), member=None)
    assert services.announce(session, outage.id) == 4
    assert services.announce(session, outage.id) == 0
    assert told(session, outage) == {"announced.0": ["0003", "0004", "0002", "0001", "0005"]}
    sent = messages(session, outage)
    assert [keys.reveal(session, m, "recipient") for m in sent] == [
        "tiga@contoh.id", "empat@contoh.id", "dua@contoh.id", "satu@contoh.id",
    ]  # fmt: skip
    assert {(m.urgent, m.template, m.due_at) for m in sent} == {(True, "water.outage_sudden", None)}
    body = keys.reveal(session, sent[0], "body")
    assert "0003" in body
    assert "Desa Mekar" in body
    assert f"/layanan/water/h/gangguan/{outage.id}" in body
    assert (outage.state, outage.affected, [p["count"] for p in outage.places]) == ("announced", 5, [5])
    (reach,) = notices.reach(session, outage.id)
    assert (reach.connections, reach.unreachable, reach.waiting) == (5, 1, 4)
    # Of planned work nobody is woken.
    work = announced(session, Selection(villages=(f"{desa}2",)), kind="planned", begun=-24, hours=30)
    assert [m.urgent for m in messages(session, work)] == [False]


def test_extending_tells_only_the_difference(world):
    session, desa = world
    zone = Zone(id=new_id(), key="u", name="Utara")
    session.add(zone)
    session.flush()
    stays, moves, new = (
        connect(session, number, f"{desa}1", email=f"{number}@contoh.id", zone_id=zone.id if number != "n" else None)
        for number in ("s", "m", "n")
    )
    gone = connect(session, "t", f"{desa}1", email="t@contoh.id", zone_id=zone.id)
    outage = announced(session, Selection(zones=(str(zone.id),)))
    later = now() + timedelta(hours=9)
    assert services.extend(session, outage.id, later) == 3
    assert services.extend(session, outage.id, later) == 0  # nothing has changed
    moves.zone_id, new.zone_id, gone.state = None, zone.id, "terminated"
    session.flush()
    # The register is asked anew: one moved away, one came in, one has ended and isn't told.
    assert services.extend(session, outage.id, later + timedelta(hours=1)) == 3
    assert told(session, outage) == {
        "announced.0": ["m", "s", "t"], "changed.1": ["m", "s", "t"], "changed.2": ["s"], "spared.2": ["m"],
        "announced.2": ["n"],
    }  # fmt: skip
    # A wider selection at the same times: only those who are new hear of it, in the words of an announcement.
    wider = Plan("sudden", "power", outage.starts_at, outage.ends_at, Selection(villages=(f"{desa}1",)))
    assert services.change(session, outage.id, wider) == 1
    assert told(session, outage)["announced.3"] == ["m"]
    assert "changed.3" not in told(session, outage)
    # Another word alone tells nobody, unless the officer wants it.
    words = Plan(
        "sudden", "power", outage.starts_at, outage.ends_at, Selection(villages=(f"{desa}1",)), "Truk di balai."
    )
    assert services.change(session, outage.id, words, tell_all=True) == 3
    assert services.change(session, outage.id, words) == 0
    assert services.at_connection(session, moves.id) == [outage]
    assert services.end(session, outage.id, now()) == 3
    assert services.end(session, outage.id, now()) == 0
    assert told(session, outage)["ended.4"] == ["m", "n", "s"]
    assert services.at_connection(session, gone.id) == []
    assert [one.state for one in services.at_connection(session, stays.id)] == ["ended"]
    # One message of a kind per connection, whatever was pressed how often.
    assert max(Counter((n.kind, n.connection_id) for n in session.scalars(select(Notice))).values()) == 1
    for act in (services.extend, services.change):
        with pytest.raises(Conflict):
            act(session, outage.id, later if act is services.extend else words)


def test_planned_work_that_is_cancelled(world):
    session, desa = world
    connect(session, "1", f"{desa}1", email="a@contoh.id")
    connect(session, "2", f"{desa}1")
    outage = announced(session, Selection(districts=(desa[:8],)), kind="planned", begun=-24, hours=30)
    assert outage in services.public(session)
    with pytest.raises(Invalid):
        services.end(session, outage.id, now())
    assert services.cancel(session, outage.id) == 1
    assert services.cancel(session, outage.id) == 0
    assert told(session, outage)["cancelled.0"] == ["1", "2"]
    running = announced(session, Selection(districts=(desa[:8],)))
    with pytest.raises(Conflict, match="sudah mati"):
        services.cancel(session, running.id)
    with pytest.raises(Conflict, match="sudah diumumkan"):
        services.discard(session, running.id)
    draft = services.prepare(session, plan(Selection(villages=(f"{desa}2",))), member=None)
    assert draft not in services.public(session)
    with pytest.raises(Conflict, match="Tidak ada sambungan"):
        services.announce(session, draft.id)
    services.discard(session, draft.id)
    with pytest.raises(NotFound):
        services.find(session, draft.id)


def test_every_way_to_pick_and_all_of_them_together(world):
    session, desa = world
    zone, route = Zone(id=new_id(), key="z", name="Z"), Route(id=new_id(), key="r", name="R")
    session.add_all((zone, route))
    session.flush()
    connect(session, "a", f"{desa}1", zone_id=zone.id)
    connect(session, "b", f"{desa}2", route_id=route.id)
    connect(session, "c", "99.99.01.2001", latitude=-7.85, longitude=110.35)
    connect(session, "d", f"{desa}2", latitude=-7.95, longitude=110.35)
    connect(session, "e", f"{desa}2")
    hole = (
        '{"type": "Polygon", "coordinates": [[[110.3,-7.9],[110.4,-7.9],[110.4,-7.8],[110.3,-7.8],[110.3,-7.9]],'
        "[[110.34,-7.86],[110.36,-7.86],[110.36,-7.84],[110.34,-7.84],[110.34,-7.86]]]}"
    )

    def numbers(area="", pasted="", **given):
        picked = selection.chosen(session, given, area=area, numbers=pasted)
        assert Selection.of(picked.as_data()) == picked
        ids = queries.touched(session, picked)
        return [session.get(Connection, (session.tenant_id, one)).number for one in ids]

    assert numbers(districts=[desa[:8]]) == ["a", "b", "d", "e"]
    assert numbers(villages=["99.99.01.2001"]) == ["c"]  # a customer of another regency
    assert numbers(villages=[f"{desa}1"], routes=[str(route.id)]) == ["a", "b"]
    assert numbers(zones=[str(zone.id)], area=SQUARE) == ["a", "c"]
    assert numbers(area=hole, pasted="e") == ["e"]
    assert numbers(pasted="e, d;\n'a'\n") == ["a", "d", "e"]
    with pytest.raises(Invalid) as nothing:
        numbers()
    assert [e.field for e in nothing.value.errors] == ["districts"]


def test_rows_of_another_region_are_unknown_here(world, app, regions):
    session, _desa = world
    other = regions(plugins=("water",))
    with app.app_context(), tenant_scope(other) as there:
        theirs = connect(there, "000777", f"{other.region_code}.01.2001", email="x@contoh.id")
        zone = Zone(id=new_id(), key="z", name="Z")
        there.add(zone)
        there.flush()
        outage = announced(there, Selection(numbers=("000777",)))
        there.commit()
    with pytest.raises(Invalid) as refused:
        selection.chosen(
            session,
            {"zones": [str(zone.id), "x"], "villages": [f"{other.region_code}.01.2001"]},
            area="",
            numbers="000777",
        )
    assert {e.field for e in refused.value.errors} == {"zones", "villages", "numbers"}
    assert "000777" in next(e.message for e in refused.value.errors if e.field == "numbers")
    for act in (services.find, services.announce, services.cancel, services.discard):
        with pytest.raises(NotFound):
            act(session, outage.id)
    assert services.at_connection(session, theirs.id) == []
    assert queries.touched(session, Selection(numbers=("000777",), zones=(str(zone.id),))) == []
    assert notices.reach(session, outage.id) == []
    said = notices.tell(
        session, about=outage.id, kind="x", connections=[theirs.id], template="water.outage_ended", values={}
    )
    assert said == 0


def test_two_officers_press_at_once(app, regions):
    tenant = regions(plugins=("water",))
    with app.app_context(), tenant_scope(tenant) as session:
        for n in range(queries.ENOUGH):
            connect(
                session,
                str(n),
                f"{tenant.region_code}.01.2001",
                email="a@contoh.id",
                latitude=-7.881,
                longitude=110.334,
            )
        outage_id = services.prepare(
            session, plan(Selection(villages=(f"{tenant.region_code}.01.2001",))), member=None
        ).id
    sent, begin = [], Barrier(2)

    def press():
        with app.app_context(), tenant_scope(tenant) as own:
            begin.wait()
            sent.append(services.announce(own, outage_id))

    officers = [Thread(target=press) for _ in range(2)]
    for officer in officers:
        officer.start()
    for officer in officers:
        officer.join()
    assert sorted(sent) == [0, queries.ENOUGH]
    with app.app_context(), tenant_scope(tenant) as session:
        assert len(messages(session, services.find(session, outage_id))) == queries.ENOUGH
        # So many doors may be shown by a rough middle; fewer have none.
        (place,) = services.find(session, outage_id).places
        assert place["middle"] == [-7.88, 110.33]
        session.scalars(select(Connection)).first().latitude = None
        session.flush()
        assert [found.latitude for found in queries.places_of(session, outage_id)] == [None]


def test_any_room_can_tell_connections_something(world):
    session, desa = world
    connect(session, "1", f"{desa}1", email="a@contoh.id")
    about = new_id()
    values = {"mulai": "", "selesai": "tadi", "tempat": "", "sebab": "", "keterangan": "", "link": "https://contoh.id"}
    for expected in (1, 0):
        assert expected == notices.tell(
            session, about=about, kind="boil.0", connections=select(Connection.id), template="water.outage_ended",
            values=values, about_kind="water_incident",
        )  # fmt: skip
    (message,) = session.scalars(select(Message).where(Message.about_id == about))
    assert (message.about_kind, message.template) == ("water_incident", "water.outage_ended")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "lain"}, "kind"),
        ({"reason": ""}, "reason"),
        ({"starts_at": None}, "starts_at"),
        ({"starts_at": now() - timedelta(days=400)}, "starts_at"),
        ({"starts_at": now() + timedelta(days=2), "ends_at": None}, "starts_at"),
        ({"ends_at": now() - timedelta(hours=2)}, "ends_at"),
        ({"ends_at": now() - timedelta(minutes=1)}, "ends_at"),
        ({"ends_at": now() + timedelta(days=90)}, "ends_at"),
        ({"text": "x" * 1001}, "text"),
    ],
    ids=("kind", "reason", "no start", "long ago", "sudden ahead", "before start", "past", "too long", "text"),
)
def test_what_an_officer_can_get_wrong(changes, field):
    values = {
        "kind": "sudden", "reason": "pump", "starts_at": now() - timedelta(hours=1), "ends_at": None,
        "selection": Selection(villages=("x",)), **changes,
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        check(Plan(**values))
    assert [e.field for e in refused.value.errors] == [field]


def test_a_draft_keeps_no_time_that_has_passed(world):
    session, desa = world
    connect(session, "1", f"{desa}1")
    outage = services.prepare(session, plan(Selection(villages=(f"{desa}1",))), member=None)
    outage.ends_at = now() - timedelta(minutes=1)
    session.flush()
    with pytest.raises(Invalid):
        services.announce(session, outage.id)
    assert session.scalars(select(Outage.state)).one() == "draft"
