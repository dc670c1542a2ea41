"""The API's own SQL finds exactly what the rule of the spine lets a person find."""

import random
import uuid

import pytest
from sqlalchemy import select

from balai import cases, db
from balai.cases import Case, access, units
from balai.cases.api import people, queries
from balai.cases.api.schemas import CaseQuery
from balai.cases.people import Person
from balai.cases.viewers import citizen
from balai.testing.identity import bearer_for
from balai.testing.offices import COMPLAINT, add_member

WORK = frozenset({"cases.work"})


@pytest.fixture
def busy(session, tenant, office):
    """Thirty cases of every visibility in three units, some assigned; the units and a member of each."""
    dice = random.Random(7)  # noqa: S311 - data
    teams = [(office.unit_id, office.officer_id)]
    for name in ("Dinas Jalan", "Dinas Air"):
        head = add_member(session, name)
        teams.append((units.create_unit(session, name=name, head_id=head).id, head))
    service = cases.service(session, "feedback.pengaduan")
    place = cases.Place(f"{tenant.region_code}.01", "dekat jembatan")
    for n in range(30):
        filed = cases.file_case(
            session, service, COMPLAINT, place=place, visibility=("public", "private", "secret")[n % 3],
            reporter=cases.Reporter(sub=f"warga-{n % 4}"), is_test=n == 3,
        )  # fmt: skip
        unit, member = dice.choice(teams)
        filed.case.unit_id = unit
        filed.case.assignee_id = dice.choice([None, member, dice.choice(teams)[1]])
    session.commit()
    return teams


def persons(session, teams):
    for unit, member in teams:
        yield Person("staff", member, permissions=WORK, units=frozenset({unit}))
        yield Person("staff", member, permissions=WORK, heads=frozenset({unit}))
        yield Person("staff", member, permissions=WORK)
        yield Person("staff", member, permissions=frozenset({"audit.read"}))
    yield Person("staff", teams[0][1], permissions=WORK, units=frozenset(unit for unit, _ in teams))
    yield Person("staff", None, is_admin=True, permissions=WORK)
    yield Person("staff", None, permissions=WORK)
    for n in range(5):
        yield citizen(session, sub=f"warga-{n}")
    yield Person("citizen")


def test_lists_agree_with_the_rule(session, tenant, busy):
    for person in persons(session, busy):
        allowed = select(Case.code).where(access.listed(person)).order_by(Case.id.desc())
        if person.kind == "staff":
            allowed = allowed.where(Case.is_test.is_(False))
        expected = session.scalars(allowed).all()
        found, after = [], None
        while True:
            items, after = queries.list_cases(db.driver(session), tenant.id, person, CaseQuery(limit=4), after)
            found += [item.code for item in items]
            if after is None:
                break
        assert found == expected, person


def test_one_case_agrees_with_the_rule(client, app, session, tenant, busy):
    from balai.auth import Member

    for unit, member in busy:
        who = people.staff(_principal(app, tenant, "officer"), queries.Workplace(member, frozenset({unit})))
        headers = bearer_for(app, tenant, "officer", sub=session.get(Member, (tenant.id, member)).sub)
        for case in session.scalars(select(Case)).all():
            seen = client.get(f"/api/v1/cases/{case.code}", headers=headers).json["view"]
            assert (seen == "staff") == access.may_read(session, who, case), (case.code, case.visibility)


def _principal(app, tenant, role):
    from balai.auth.permissions import catalogue
    from balai.auth.principal import Principal
    from balai.clock import now

    with app.app_context():
        granted = catalogue().granted([role], operator=False)
    return Principal(
        sub=str(uuid.uuid4()), name="x", email="", tenant_id=tenant.id, roles=frozenset({role}), permissions=granted,
        member_id=None, via="token", acr="", auth_at=now(),
    )  # fmt: skip
