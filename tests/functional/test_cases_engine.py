"""Properties of the engine over random documents and random sequences of acts, on the real database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from balai import cases
from balai.cases import Person, catalogue, documents, tasks
from balai.cases.acting import answer, ask, assign, note, rate_case, reopen
from balai.cases.models import Case, ServiceVersion
from balai.cases.moving import move_case, steps
from balai.clock import frozen
from balai.errors import Problem
from balai.testing.offices import COMPLAINT, fields_for
from balai.testing.wholeness import assert_whole

MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)
# What may be tried next: who, what, how many hours later.
acts = st.lists(
    st.tuples(
        st.sampled_from(["staff", "citizen", "clock"]),
        st.sampled_from(["step", "ask", "answer", "note", "assign", "rate", "reopen", "nonsense"]),
        st.integers(0, 200),
        st.integers(0, 10),
    ),
    min_size=1,
    max_size=14,
)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def take(session, case, office, who, act, choice):
    """One random act; whatever is refused is refused with words."""
    citizen = Person("citizen", holds=frozenset({case.id}))
    person = office.staff() if who == "staff" else citizen
    with pytest.raises(Problem) if act == "nonsense" else _anything():
        if who == "clock":
            tasks.mark_overdue(session, case.id)
            tasks.ring(session, case.id)
            if act == "nonsense":
                move_case(session, case.id, "tidak_ada", person=person)
        elif act == "step":
            possible = steps(session, case, person)
            if possible:
                chosen = possible[choice % len(possible)]
                move_case(session, case.id, chosen.key, person=person, fields=fields_for(session, chosen.demands))
        elif act == "nonsense":
            move_case(session, case.id, "tidak_ada", person=person)
        else:
            {
                "ask": lambda: ask(session, case.id, "Di mana?", person=person),
                "answer": lambda: answer(session, case.id, "Di sana.", person=person),
                "note": lambda: note(session, case.id, "Catatan.", person=person),
                "assign": lambda: assign(session, case.id, person=person, member_id=office.officer_id),
                "rate": lambda: rate_case(session, case.id, 1 + choice % 5, person=person),
                "reopen": lambda: reopen(session, case.id, "Belum.", person=person),
            }[act]()


class _anything:  # noqa: N801 - a context manager
    def __enter__(self):
        return self

    def __exit__(self, kind, _value, _trace):
        return kind is not None and issubclass(kind, Problem)


@SLOW
@given(key=st.sampled_from(["pengaduan", "usul", "permintaan-informasi"]), acts=acts)
def test_any_sequence_of_acts_keeps_a_case_whole(session, tenant, office, key, acts):
    data = {
        "pengaduan": COMPLAINT,
        "usul": {"judul": "Taman baca", "bidang": "pendidikan", "uraian": "Anak-anak butuh tempat."},
        "permintaan-informasi": {"rincian": "Anggaran jalan desa 2025.", "tujuan": "ingin tahu", "cara": "daring"},
    }[key]
    at, due = MONDAY, None
    with frozen(lambda: at):
        service = cases.service(session, f"feedback.{key}")
        place = cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa")
        case = cases.file_case(session, service, data, place=place).case
        assert_whole(session, case)
        for who, act, hours, choice in acts:
            at += timedelta(hours=hours, seconds=1)
            before = (case.state, case.due_at)
            take(session, case, office, who, act, choice)
            assert_whole(session, case)
            if case.state == before[0] and before[1] is not None and case.due_at is not None:
                assert case.due_at >= before[1], "the clock ran backwards"
            due = case.due_at or due
        session.rollback()


names = st.integers(2, 6)


@st.composite
def documents_of(draw):
    """Random workflows: states in a row, random further steps; most are sound, all are judged."""
    count = draw(names)
    states = [
        {"key": f"s{n}", "label": f"Keadaan {n}", "slot": "penerima", "sla_days": draw(st.integers(1, 9))}
        for n in range(count)
    ]
    states.append(
        {"key": "akhir", "label": "Akhir", "outcome": draw(st.sampled_from(["done", "not_possible", "lapsed"]))}
    )
    keys = [s["key"] for s in states]
    transitions = [{"key": f"t{n}", "from": keys[n], "to": keys[n + 1], "label": f"Langkah {n}"} for n in range(count)]
    for n in range(draw(st.integers(0, 5))):
        source, target = draw(st.sampled_from(keys[:-1])), draw(st.sampled_from(keys))
        by = draw(st.sampled_from(["staff", "citizen"]))
        transitions.append({"key": f"x{n}", "from": source, "to": target, "label": f"Lain {n}", "by": by})
    dropped = draw(st.integers(0, len(transitions) + 3))
    transitions = [t for n, t in enumerate(transitions) if n != dropped]
    return {
        "key": "acak", "version": 1, "titles": {"id": "Acak"}, "summary": {"id": "Acak"}, "sector": "administrasi",
        "topic": "acak", "workflow": {"start": "s0", "states": states, "transitions": transitions},
    }  # fmt: skip


@SLOW
@given(document=documents_of(), choices=st.lists(st.integers(0, 9), max_size=12))
def test_whatever_document_is_let_in_never_strands_a_case(session, office, document, choices):
    try:
        service = documents.check(document, owner="daerah")
    except documents.DocumentError:
        return
    version = ServiceVersion(service_id=service.id, version=1, digest="x", document=documents.dump(service))
    session.add(version)
    session.flush()
    session.info[catalogue._KEPT] = True
    try:
        case = cases.file_case(session, service, {}, is_test=True).case
        for choice in choices:
            assert_whole(session, case)
            person = office.staff() if choice % 3 else Person("citizen", holds=frozenset({case.id}))
            possible = steps(session, case, person) or steps(session, case, office.staff())
            if not possible:
                break
            chosen = possible[choice % len(possible)]
            whose = person if chosen in steps(session, case, person) else office.staff()
            move_case(session, case.id, chosen.key, person=whose)
        assert_whole(session, case)
        assert session.scalars(select(Case)).one() is case
    finally:
        session.rollback()
