"""Seal what was recorded, and check the seals.

Each batch hashes its entries in order together with the hash of the batch before, so no entry can be changed, removed, moved
or slipped in afterwards without breaking every later hash. Whoever could rewrite the whole chain is caught by an *anchor*: a
head that was printed or logged outside the database before.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from balai.audit import queries
from balai.audit.models import AuditEntry, AuditSeal
from balai.clock import now
from balai.db import TenantSession, new_id

LARGEST_BATCH: Final = 5000
GENESIS: Final = "0" * 64
# Transactions run for seconds. What still has no seal after this long was never meant to get one.
OVERDUE: Final = timedelta(hours=1)
# A batch looks this far back behind the last seal for entries whose transaction committed late.
LATE: Final = timedelta(days=1)

_log = logging.getLogger("balai.audit")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found.

    batches, entries: how many were checked; head: last hash; unsealed: entries waiting for their first seal; fault: what is
    wrong with the first broken batch, None when all is well; broken_seq: its number.
    """

    batches: int
    entries: int
    head: str
    unsealed: int
    fault: str | None = None
    broken_seq: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the whole record is as it was sealed."""
        return self.fault is None


def seal_pending(session: TenantSession) -> AuditSeal | None:
    """Seal this tenant's entries that have no seal yet; None when there are none, or another process is at it.

    Only what is committed is visible here, whatever its time or order: an entry that commits later goes into a later batch.
    """
    if not queries.lock_chain(session):
        return None
    last = queries.last_seal(session)
    waiting = queries.unsealed(session, since=_earlier(last.id, LATE) if last else None, limit=LARGEST_BATCH)
    if not waiting:
        return None
    seal = AuditSeal(
        tenant_id=session.tenant_id,
        id=new_id(),
        seq=last.seq + 1 if last else 1,
        sealed_at=now(),
        entries=len(waiting),
        previous=last.hash if last else GENESIS,
    )
    seal.hash = batch_hash(seal, waiting)
    session.add(seal)
    session.flush()
    queries.add_sealed(session, seal.id, [entry.id for entry in waiting])
    _log.info("audit seal tenant=%s seq=%s entries=%s head=%s", seal.tenant_id, seal.seq, seal.entries, seal.hash)
    return seal


def verify(session: TenantSession, *, anchor: str | None = None) -> Verdict:
    """Walk the whole chain of this tenant and name the first broken batch.

    anchor: a head that was noted earlier; it must stand in the chain.
    """
    previous, sealed, batches, anchored = GENESIS, 0, 0, anchor in {None, GENESIS}
    for seal in queries.seals(session):
        rows = queries.batch(session, seal.id)
        fault = _fault_of(seal, rows, previous, batches + 1)
        if fault:
            return Verdict(batches, sealed, previous, 0, fault, seal.seq)
        previous, sealed, batches = seal.hash, sealed + len(rows), batches + 1
        anchored = anchored or seal.hash == anchor
    unsealed, overdue = queries.count_unsealed(session, _earlier(new_id(), OVERDUE))
    fault = None if anchored else f"the noted head {anchor} is not in this chain: it was rewritten after that"
    if fault is None and overdue:
        fault = (
            f"{overdue} entries older than an hour have no seal: the worker stands still, or they were added by hand"
        )
    return Verdict(batches, sealed, previous, unsealed, fault)


def head(session: TenantSession) -> tuple[int, str]:
    """(number, hash) of the last seal: what the printed anchor shows. (0, zeros) before the first."""
    last = queries.last_seal(session)
    return (last.seq, last.hash) if last else (0, GENESIS)


def batch_hash(seal: AuditSeal, rows: Iterable[AuditEntry]) -> str:
    """SHA-256 in hex over the seal's own facts, the previous hash and each entry's hash, in order."""
    digest = hashlib.sha256()
    facts = [seal.tenant_id, seal.seq, _instant(seal.sealed_at), seal.entries, seal.previous]
    digest.update(_canonical(facts))
    for row in rows:
        digest.update(hashlib.sha256(_canonical(_facts(row))).digest())
    return digest.hexdigest()


def _fault_of(seal: AuditSeal, rows: Sequence[AuditEntry], previous: str, expected: int) -> str | None:
    if seal.seq != expected:
        return f"batch {expected} is missing"
    if seal.previous != previous:
        return f"batch {seal.seq} doesn't follow the one before it"
    if len(rows) != seal.entries:
        return f"batch {seal.seq} has {len(rows)} entries instead of {seal.entries}"
    if batch_hash(seal, rows) != seal.hash:
        return f"batch {seal.seq} of {seal.sealed_at:%Y-%m-%d %H:%M} UTC was changed"
    return None


def _facts(row: AuditEntry) -> list[Any]:
    who = [row.actor_kind, row.actor, row.ip_index]
    return [str(row.id), _instant(row.at), *who, row.action, row.subject_kind, row.subject_id, row.data]


def _earlier(reference: UUID, by: timedelta) -> UUID:
    """The smallest UUIDv7 made that much before another. Ids tell the true time even where the clock is a test's or a demo's."""
    milliseconds = (reference.int >> 80) - by // timedelta(milliseconds=1)
    return UUID(int=max(milliseconds, 0) << 80)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()
