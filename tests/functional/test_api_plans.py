"""The hot statements of the API keep their plan: with thirty regions beside this one they walk the same indexes.

Time isn't measured here (`make bench` does); the shape of a plan doesn't depend on the machine.
"""

import re
import uuid

import psycopg
import pytest
from psycopg import sql

from balai import db
from balai.cases.api import queries
from balai.cases.api.schemas import CaseQuery
from balai.cases.people import Person

FILL = """
INSERT INTO cases (tenant_id, id, code, service_id, service_version, state, waits_for, outcome, seq, unit_id, region, landmark,
    channel, anonymity, visibility, summary, data, filed_at, changed_at, state_since, timers_done, reopened, closed_at)
SELECT %(tenant)s,
    (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint + n), 12, '0') || '7' || substr(md5(random()::text), 1, 19))::uuid,
    %(tenant)s || '-' || n, 'feedback.pengaduan', 1, 'diterima', 'staff',
    CASE WHEN n %% 3 = 0 THEN 'done' END, 1, (%(units)s::uuid[])[n %% 2 + 1],
    '20.01.01', '', 'web', 'named',
    CASE WHEN n %% 5 = 0 THEN 'private' ELSE 'public' END, 'x', '{}', now(), now(), now(), 0, 0,
    CASE WHEN n %% 3 = 0 THEN now() END
FROM generate_series(1, %(count)s) n
"""
EVENTS = """
INSERT INTO case_event (tenant_id, id, case_id, seq, kind, at, actor_kind, public, data)
SELECT tenant_id, gen_random_uuid(), id, 1, 'filed', now(), 'citizen', true, '{}' FROM cases WHERE tenant_id = %(tenant)s
"""


ANALYZE = "ANALYZE cases, case_event, case_text, case_file, unit, unit_member, member"


@pytest.fixture
def chief(database):
    with psycopg.connect(database.url("postgres"), autocommit=True) as connection:
        yield connection


TEXTS = """
INSERT INTO case_text (tenant_id, id, case_id, body) SELECT tenant_id, id, case_id, 'v1|k1|x' FROM case_event
WHERE tenant_id = %(tenant)s
"""
STAFF = """
INSERT INTO member (tenant_id, id, sub, name, roles, active, roles_changed_at)
SELECT %(tenant)s, gen_random_uuid(), gen_random_uuid()::text, 'x', '["officer"]', true, now() FROM generate_series(1, 40);
INSERT INTO unit (tenant_id, id, name, phone, active, created_at) SELECT %(tenant)s, u, 'x', '', true, now()
FROM unnest(%(units)s::uuid[]) u;
INSERT INTO unit_member (tenant_id, id, unit_id, member_id, since)
SELECT %(tenant)s, gen_random_uuid(), u, m.id, now() FROM unnest(%(units)s::uuid[]) u
CROSS JOIN (SELECT id FROM member WHERE tenant_id = %(tenant)s LIMIT 6) m ON CONFLICT DO NOTHING
"""


def fill(chief, tenant_id, count):
    """A region with 40 members, two units and this many cases, like any other; its first unit."""
    units = [uuid.uuid4() for _ in range(2)]
    values = {"tenant": tenant_id, "units": units, "count": count}
    for statement in (*STAFF.split(";"), FILL, EVENTS, TEXTS):
        chief.execute(statement, values)
    return units[0]


SMALL = {"unit", "unit_member", "member", "case_file"}


def shape(node):
    """Kind, index and children of a plan's nodes, without figures; tables of a page or two may be read in any way."""
    if node.get("Relation Name") in SMALL:
        return ("small", node["Relation Name"])
    own = (node["Node Type"], node.get("Scan Direction"), node.get("Index Name"))
    return (*own, tuple(shape(child) for child in node.get("Plans", ())))


def indexes(node):
    found = {node["Index Name"]} if "Index Name" in node else set()
    return found.union(*(indexes(child) for child in node.get("Plans", ())))


def read_whole(node):
    """Tables that grow and are read from end to end."""
    found = {node["Relation Name"]} - SMALL if node["Node Type"] == "Seq Scan" else set()
    return found.union(*(read_whole(child) for child in node.get("Plans", ())))


def plans(app, tenant, member, sub, unit):
    officer = Person("staff", member, permissions=frozenset({"cases.work"}), units=frozenset({unit}))
    admin = Person("staff", member, is_admin=True, permissions=frozenset({"cases.work"}))
    here = {"tenant": tenant.id, "code": f"{tenant.id}-7", "sub": sub, "case": uuid.UUID(int=1)}
    statements = {
        "list": queries.list_statement(tenant.id, officer, CaseQuery(), None),
        "list of an admin": queries.list_statement(tenant.id, admin, CaseQuery(), None),
        "next page": queries.list_statement(tenant.id, officer, CaseQuery(), uuid.UUID(int=2**127)),
        "open": queries.list_statement(tenant.id, officer, CaseQuery(open=True), None),
        "get": (queries._CASE, here),
        "timeline": (queries._TIMELINE, here),
    }
    with db.reading(app.extensions["balai.db"], tenant.id) as driver:
        return {name: generic_plan(driver, name, *statement) for name, statement in statements.items()}


def generic_plan(driver, name, statement, values):
    """The plan that `reading` uses: made once, whatever the values."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    for number, key in enumerate(names, start=1):
        statement = statement.replace(f"%({key})s", f"${number}")
    prepared = sql.Identifier(name)
    driver.execute(sql.SQL("PREPARE {} AS ").format(prepared) + sql.SQL(statement))
    arguments = sql.SQL(", ").join(sql.Literal(values[key]) for key in names)
    row = driver.execute(sql.SQL("EXPLAIN (FORMAT JSON) EXECUTE {} ({})").format(prepared, arguments)).fetchone()
    driver.execute(sql.SQL("DEALLOCATE {}").format(prepared))
    return row[0][0]["Plan"]


def test_plans_keep_their_shape(app, tenant, office, chief, regions, session):
    from balai.auth import Member

    sub = session.get(Member, (tenant.id, office.officer_id)).sub
    session.rollback()
    # What earlier tests of this process left would make the first picture one of many regions, too.
    chief.execute("TRUNCATE cases CASCADE")
    unit = fill(chief, tenant.id, 2000)
    chief.execute(ANALYZE)
    alone = plans(app, tenant, office.officer_id, sub, unit)
    for _ in range(30):
        fill(chief, regions(plugins=()).id, 1000)
    chief.execute(ANALYZE)
    among_many = plans(app, tenant, office.officer_id, sub, unit)
    for name, plan in alone.items():
        assert shape(among_many[name]) == shape(plan), name
        assert not read_whole(among_many[name]), name
    assert indexes(among_many["list"]) == {"cases_listed", "cases_unit_private", "cases_assignee"}
    assert indexes(among_many["list of an admin"]) == {"cases_pkey"}
    assert "cases_code" in indexes(among_many["get"])
    assert "case_event_seq" in indexes(among_many["timeline"])
