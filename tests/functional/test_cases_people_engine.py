"""Properties over people who come, go, are suspended and hand over, while cases move and the calendar changes."""

import contextlib
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from balai import cases, clock
from balai.auth import Member, leaving
from balai.cases import Person, acting, tasks, units
from balai.cases.days import services as days
from balai.cases.days.reading import Row
from balai.cases.letterbox import handing, undoing
from balai.cases.letterbox import leaving as letterbox
from balai.cases.models import Case, Unit
from balai.cases.moving import move_case, steps
from balai.errors import Problem
from balai.testing.offices import COMPLAINT, add_member, fields_for
from balai.testing.wholeness import assert_read, assert_whole

MONDAY = datetime(2026, 12, 21, 2, tzinfo=UTC)  # before Christmas, its joint leave and New Year
ALL = frozenset({"cases.work", "cases.assign", "cases.reveal"})
acts = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "file", "file", "step", "step", "assign", "note", "reopen", "leave", "suspend", "resume", "arrive", "take out",
                "hand over", "undo", "behead", "tick", "holiday", "saturday", "hours",
            ]
        ),
        st.integers(0, 60),
        st.integers(0, 1000),
    ),
    min_size=4,
    max_size=24,
)  # fmt: skip


class World:
    """One region under random acts; every method refuses with a Problem or does what it says."""

    def __init__(self, session, tenant, office):
        self.session, self.tenant, self.office, self.last = session, tenant, office, None
        self.units = [units.unit(session, office.unit_id)]
        for n, slot in enumerate(("penerima", "pelaksana")):
            made = units.create_unit(session, name=f"Unit {slot}", head_id=add_member(session, f"Kepala {n}"))
            units.add_member(session, made, add_member(session, f"Anggota {n}"))
            units.map_slot(session, "feedback.pengaduan", slot, made.id)
            self.units.append(made)
        add_member(session, "Admin Dua", "admin")

    def pick(self, query, choice):
        rows = self.session.scalars(query).all()
        return rows[choice % len(rows)] if rows else None

    def member(self, choice, *, active=True):
        wanted = Member.active if active else Member.suspended_at.is_not(None)
        return self.pick(select(Member).where(wanted).order_by(Member.id), choice)

    def case(self, choice, *, is_open=True):
        wanted = Case.closed_at.is_(None) if is_open else Case.closed_at.is_not(None)
        return self.pick(select(Case).where(wanted).order_by(Case.id), choice)

    def person(self, member):
        heads = self.session.scalars(select(Unit.id).where(Unit.head_id == member.id))
        return Person(
            "staff", member_id=member.id, is_admin="admin" in member.roles, permissions=ALL, heads=frozenset(heads),
            units=frozenset(u.id for u in units.units_of(self.session, member.id)),
        )  # fmt: skip

    def admin(self):
        found = [m for m in self.session.scalars(select(Member).where(Member.active)) if "admin" in m.roles]
        return self.person(found[0])

    def act(self, name, choice):
        case, member = self.case(choice), self.member(choice)
        if name == "file":
            service = cases.service(self.session, "feedback.pengaduan")
            place = cases.Place(f"{self.tenant.region_code}.01.2001", "depan balai desa")
            visibility = ("public", "private", "secret")[choice % 3]
            cases.file_case(self.session, service, COMPLAINT, place=place, visibility=visibility)
        elif name == "step" and case is not None:
            self.step(case, member, choice)
        elif name == "assign" and case is not None:
            unit = self.units[choice % len(self.units)]
            people = units.members_of(self.session, unit.id)
            chosen = people[choice % len(people)].id if people and choice % 2 else None
            acting.assign(self.session, case.id, person=self.admin(), unit_id=unit.id, member_id=chosen)
        elif name == "note" and case is not None:
            acting.note(self.session, case.id, "Catatan.", person=self.admin())
        elif name == "reopen" and (closed := self.case(choice, is_open=False)) is not None:
            citizen = Person("citizen", holds=frozenset({closed.id}))
            acting.reopen(self.session, closed.id, "Belum beres.", person=citizen)
        elif name in {"tick", "holiday", "saturday", "hours"}:
            self.time(name, choice)
        else:
            self.people(name, member, choice)

    def step(self, case, member, choice):
        whose = Person("citizen", holds=frozenset({case.id})) if choice % 4 == 0 else self.person(member)
        possible = steps(self.session, case, whose) or steps(self.session, case, whose := self.admin())
        if possible:
            chosen = possible[choice % len(possible)]
            fields = fields_for(self.session, chosen.demands)
            move_case(self.session, case.id, chosen.key, person=whose, fields=fields)

    def people(self, name, member, choice):
        unit = self.units[choice % len(self.units)]
        if name in {"leave", "suspend"}:
            admins = [m.id for m in self.session.scalars(select(Member).where(Member.active)) if "admin" in m.roles]
            if admins != [member.id]:  # as `auth.members` refuses it
                leaving.let_go(self.session, member, suspended=name == "suspend")
        elif name == "resume" and (away := self.member(choice, active=False)) is not None:
            leaving.let_in(away)
            leaving.settle(self.session, away, "roles")
        elif name == "arrive":
            units.set_head(self.session, unit, add_member(self.session, f"Baru {choice}"))
        elif name == "take out":
            letterbox.take_out(self.session, unit, member.id)
        elif name == "hand over":
            to = self.member(choice // 7)
            parts = [p.key for p in handing.parts_of(self.session, self.admin(), member.id)]
            self.last = handing.hand_over(
                self.session, self.admin(), member.id, to=to.id, keys_=parts, reason="Pindah tugas."
            )
        elif name == "undo" and self.last is not None:
            undoing.undo(self.session, self.admin(), self.last.id)
        elif name == "behead":
            units.set_head(self.session, unit, None)

    def time(self, name, choice):
        today = units.calendar(self.session).today(clock.now())
        if name == "tick":
            tasks.run_clock(self.session, self.tenant)
        elif name == "holiday":
            days.keep_days(self.session, [Row(today + timedelta(days=1 + choice % 9), "Hari daerah", "libur")])
        elif name == "saturday":
            saturday = today + timedelta(days=(5 - today.weekday()) % 7 or 7)
            days.keep_days(self.session, [Row(saturday, "Masuk pengganti", "kerja")])
        else:
            hours = {str(d): ["07.30", "15.30"] if choice % 2 else None for d in range(5 + choice % 2)}
            days.keep_week(self.session, today + timedelta(days=1 + choice % 5), hours)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=acts)
def test_whatever_people_do_no_open_case_is_without_somebody(session, tenant, office, acts):
    at = MONDAY
    with clock.frozen(lambda: at):
        try:
            world = World(session, tenant, office)
            for name, hours, choice in acts:
                at += timedelta(hours=hours, seconds=1)
                before = {c.id: (c.state, c.seq, c.due_at) for c in session.scalars(select(Case))}
                with contextlib.suppress(Problem), session.begin_nested():
                    world.act(name, choice)
                session.expire_all()
                for case in session.scalars(select(Case)).all():
                    assert_whole(session, case)
                    assert_read(session, case)
                    clock_runs_on(
                        case, before.get(case.id), at, calendar_changed=name in {"holiday", "saturday", "hours"}
                    )
                assert all(m.active for u in world.units for m in units.members_of(session, u.id))
        finally:
            session.rollback()
            units.remember_calendar(session, None)


def clock_runs_on(case, before, at, *, calendar_changed):
    """In one state a deadline never moves back; a changed calendar may bring it nearer, but never into the past."""
    if before is None or case.state != before[0] or before[2] is None or case.due_at is None:
        return
    if calendar_changed:
        assert case.due_at >= min(before[2], at), "a changed calendar made a case late"
    else:
        assert case.due_at >= before[2], "the clock ran backwards"


def test_the_machine_reaches_what_it_is_for(session, tenant, office):
    """Not every act is refused: one fixed walk goes through all of them."""
    at = MONDAY
    with clock.frozen(lambda: at):
        world = World(session, tenant, office)
        world.act("file", 0)
        case = session.scalars(select(Case)).one()
        assert case.unit_id == world.units[1].id
        for member in units.members_of(session, case.unit_id):
            leaving.let_go(session, member)
        session.refresh(case)
        assert case.unit_id == office.unit_id
        with pytest.raises(Problem):
            world.act("file", 0)
        world.act("arrive", 1)
        world.act("file", 1)
        assert len(session.scalars(select(Case)).all()) == 2
        assert date(2026, 12, 25) not in units.calendar(session).own
