"""The sealed record on the real database: roles, late commits, tampering."""

import logging
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from balai import audit, clock
from balai.db import new_id
from balai.tenancy import tenant_scope


def note(session, count=1, **data):
    for number in range(count):
        audit.record(session, "test.noted", subject_kind="thing", subject_id=number, data=data)
    session.flush()


@pytest.fixture
def owner(database, tenant):
    """Somebody with the owner's rights who tampers."""
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        yield connection


def test_an_entry_says_who_did_what(session):
    with audit.acting_as("staff", "sub-7", ip="203.0.113.9"):
        entry = audit.record(
            session, "member.invited", subject_kind="member", subject_id=UUID(int=3), data={"roles": ["admin"]}
        )
    session.commit()
    assert (entry.actor_kind, entry.actor, entry.subject_id) == ("staff", "sub-7", str(UUID(int=3)))
    assert entry.ip_index
    assert "203" not in entry.ip_index
    system = audit.record(session, "x.y")
    assert (system.actor_kind, system.actor, system.ip_index, system.data) == ("system", None, None, {})


def test_the_application_can_add_and_read_but_never_change(session):
    note(session)
    audit.seal_pending(session)
    session.commit()
    for table in ("audit_entry", "audit_seal", "audit_sealed"):
        for act in (f"UPDATE {table} SET tenant_id = tenant_id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(ProgrammingError, match="permission denied"):
                session.execute(text(act))
            session.rollback()


def test_an_act_that_is_rolled_back_leaves_no_entry(session):
    note(session)
    session.rollback()
    assert audit.entries(session) == []


def test_pages_newest_first_and_filters(session):
    start = datetime(2026, 3, 1, tzinfo=UTC)
    for minute in range(5):
        with clock.frozen(start + timedelta(minutes=minute)), audit.acting_as("staff", f"sub-{minute % 2}"):
            audit.record(
                session, "plugin.switched" if minute % 2 else "member.invited", subject_kind="s", subject_id=minute
            )
    session.commit()
    first = audit.entries(session, limit=2)
    assert [entry.subject_id for entry in first] == ["4", "3"]
    rest = audit.entries(session, before=(first[-1].at, first[-1].id))
    assert [entry.subject_id for entry in rest] == ["2", "1", "0"]
    assert [entry.subject_id for entry in audit.entries(session, action="plugin.")] == ["3", "1"]
    assert [
        entry.subject_id for entry in audit.entries(session, actor="sub-1", since=start + timedelta(minutes=2))
    ] == ["3"]
    assert [entry.subject_id for entry in audit.entries(session, subject=("s", "2"))] == ["2"]
    assert [entry.subject_id for entry in audit.entries(session, until=start + timedelta(minutes=1))] == ["0"]


def test_batches_follow_each_other_and_verify(session, caplog):
    caplog.set_level(logging.INFO, "balai.audit")
    assert audit.seal_pending(session) is None
    assert audit.verify(session) == audit.Verdict(0, 0, "0" * 64, 0)
    heads = []
    for size in (3, 1, 4):
        note(session, size, amount=1.50, text="naïve ☂", nested={"b": [1, None], "a": True})
        session.commit()
        heads.append(audit.seal_pending(session).hash)
        session.commit()
    note(session, 2)
    verdict = audit.verify(session)
    assert (verdict.ok, verdict.batches, verdict.entries, verdict.unsealed) == (True, 3, 8, 2)
    assert audit.head(session) == (3, heads[-1]) == (3, verdict.head)
    assert all(head in caplog.text for head in heads)
    for anchor in heads:
        assert audit.verify(session, anchor=anchor).ok
    assert "rewritten" in audit.verify(session, anchor="f" * 64).fault


def test_an_entry_that_commits_late_goes_into_a_later_batch(app, tenant):
    """Two real connections: the older entry commits after the younger one was sealed."""
    with app.app_context():
        slow = app.extensions["balai.db"].session(tenant.id)
        older = audit.record(slow, "test.slow")
        slow.flush()
        with tenant_scope(tenant) as quick:
            younger = audit.record(quick, "test.quick")
        assert older.id < younger.id
        with tenant_scope(tenant) as sealer:
            assert audit.seal_pending(sealer).entries == 1
        slow.commit()
        slow.close()
        with tenant_scope(tenant) as sealer:
            assert audit.seal_pending(sealer).entries == 1
            assert audit.seal_pending(sealer) is None
        with tenant_scope(tenant) as reader:
            verdict = audit.verify(reader)
        assert (verdict.ok, verdict.batches, verdict.entries, verdict.unsealed) == (True, 2, 2, 0)


def test_two_sealers_at_once_make_one_chain(app, tenant):
    with app.app_context(), tenant_scope(tenant) as first:
        note(first, 3)
        first.commit()
        assert audit.seal_pending(first).seq == 1
        with tenant_scope(tenant) as second:
            assert audit.seal_pending(second) is None  # the chain is locked, not waited for
        first.commit()
        with tenant_scope(tenant) as second:
            assert audit.seal_pending(second) is None  # and then there is nothing left


def test_writers_and_a_sealer_side_by_side_lose_nothing(app, tenant):
    faults = []

    def write():
        try:
            with app.app_context():
                for _round in range(15):
                    with tenant_scope(tenant) as session:
                        note(session, 2)
        except Exception as fault:  # noqa: BLE001 - told to the test by the list
            faults.append(fault)

    writers = [threading.Thread(target=write) for _n in range(3)]
    for writer in writers:
        writer.start()
    with app.app_context():
        while any(writer.is_alive() for writer in writers):
            with tenant_scope(tenant) as session:
                audit.seal_audit(session, tenant)
        for writer in writers:
            writer.join()
        assert not faults
        with tenant_scope(tenant) as session:
            audit.seal_audit(session, tenant)
            verdict = audit.verify(session)
    assert (verdict.ok, verdict.entries, verdict.unsealed) == (True, 90, 0)


def test_entries_dated_into_the_past_are_sealed_too(session):
    note(session)
    audit.seal_pending(session)
    with clock.frozen(datetime(2020, 1, 1, tzinfo=UTC)):
        note(session)
    assert audit.seal_pending(session).entries == 1
    assert audit.verify(session).ok


@pytest.fixture
def chain(session):
    for size in (2, 3, 2):
        note(session, size, amount=1)
        audit.seal_pending(session)
        session.commit()
    return [seal.hash for seal in audit.seals.queries.seals(session)]


@pytest.mark.parametrize(
    ("harm", "seq", "says"),
    [
        ("UPDATE audit_entry SET data = '[2]' WHERE id = ({entry})", 2, "changed"),
        ("UPDATE audit_entry SET actor = 'other' WHERE id = ({entry})", 2, "changed"),
        ("UPDATE audit_entry SET at = at + interval '1 second' WHERE id = ({entry})", 2, "changed"),
        ("UPDATE audit_seal SET sealed_at = sealed_at - interval '1 day' WHERE tenant_id = {t} AND seq = 2", 2, "changed"),
        ("UPDATE audit_seal SET hash = repeat('a', 64) WHERE tenant_id = {t} AND seq = 2", 2, "changed"),
        ("UPDATE audit_seal SET entries = 2 WHERE tenant_id = {t} AND seq = 2", 2, "3 entries instead of 2"),
        ("DELETE FROM audit_sealed WHERE entry_id = ({entry})", 2, "2 entries instead of 3"),
        (
            "DELETE FROM audit_sealed WHERE entry_id = ({entry}); DELETE FROM audit_entry WHERE id = ({lost})",
            2, "2 entries instead of 3",
        ),
        (
            "DELETE FROM audit_sealed WHERE seal_id = ({seal}); DELETE FROM audit_seal WHERE id = ({seal})",
            3, "batch 2 is missing",
        ),
        (
            "UPDATE audit_sealed SET position = position + 10 WHERE seal_id = ({seal}) AND position = 0", 2, "changed",
        ),
    ],
)  # fmt: skip
def test_each_way_of_tampering_is_named(session, owner, chain, harm, seq, says):
    seal = f"SELECT id FROM audit_seal WHERE tenant_id = {session.tenant_id} AND seq = 2"
    entry = f"SELECT entry_id FROM audit_sealed WHERE seal_id = ({seal}) ORDER BY position LIMIT 1"
    sealed = "EXISTS (SELECT FROM audit_sealed s WHERE s.entry_id = e.id)"
    lost = f"SELECT id FROM audit_entry e WHERE tenant_id = {session.tenant_id} AND NOT {sealed}"
    for act in harm.format(t=session.tenant_id, seal=seal, entry=entry, lost=lost).split("; "):
        assert owner.execute(act).rowcount >= 1
    verdict = audit.verify(session)
    assert not verdict.ok
    assert verdict.broken_seq == seq
    assert says in verdict.fault


def test_an_entry_slipped_in_later_stands_out(session, owner, chain):
    earlier = UUID(int=new_id().int - (7_200_000 << 80))
    owner.execute(
        "INSERT INTO audit_entry (tenant_id, id, at, actor_kind, action, data)"
        " VALUES (%s, %s, now() - interval '2 h', 'staff', 'x.y', '{}')",
        (session.tenant_id, earlier),
    )
    verdict = audit.verify(session)
    assert not verdict.ok
    assert "1 entries older than an hour" in verdict.fault


def test_a_chain_that_was_cut_or_rewritten_is_caught_by_a_noted_head(session, owner, chain):
    owner.execute("DELETE FROM audit_sealed WHERE tenant_id = %s", (session.tenant_id,))
    owner.execute("DELETE FROM audit_seal WHERE tenant_id = %s", (session.tenant_id,))
    owner.execute("UPDATE audit_entry SET data = '{}' WHERE tenant_id = %s", (session.tenant_id,))
    audit.seal_pending(session)
    session.commit()
    assert audit.verify(session).ok  # by itself the new chain is whole
    verdict = audit.verify(session, anchor=chain[-1])
    assert not verdict.ok
    assert chain[-1] in verdict.fault
