"""A table that somebody brings: kept and looked at first, then taken in as a whole, all of it or what is right of it.

Nothing is half applied: what is written is one transaction, and lines are judged again when it happens.
"""

import base64
import hashlib
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from balai.api import (
    Conflict,
    Invalid,
    NotFound,
    Problem,
    TenantSession,
    defer,
    gettext,
    now,
    periodic,
    record_audit,
    reveal,
    seal,
    task,
)
from balai_water.register.models import HouseholdLink, Import
from balai_water.register.services import By
from balai_water.register.tables import KINDS, Kind
from balai_water.sheets import Reading

# A request writes so many lines in about a second; more of them are the worker's.
AT_ONCE: Final = 1_000
_KEPT: Final = timedelta(days=1)
_REMEMBERED: Final = timedelta(days=180)  # as long as the cookie of `visitor`


def kind_of(key: str) -> Kind:
    """The kind of table; NotFound."""
    found = KINDS.get(key)
    if found is None:
        raise NotFound
    return found


def import_of(session: TenantSession, import_id: UUID, *, lock: bool = False) -> Import:
    """The import; NotFound."""
    query = select(Import).where(Import.id == import_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).first()
    if found is None:
        raise NotFound
    return found


def recent(session: TenantSession, kind: Kind, *, limit: int = 10) -> list[Import]:
    """What was taken in lately, newest first."""
    query = select(Import).where(Import.kind == kind.key, Import.state != "checked")
    return list(session.scalars(query.order_by(Import.at.desc(), Import.id.desc()).limit(limit)))


def check(session: TenantSession, kind: Kind, filename: str, data: bytes, *, member_id: UUID | None) -> Import:
    """Keep a file to be looked at; nothing of it is written. Invalid, TooLarge; Conflict when it was taken in already."""
    digest = hashlib.sha256(data).hexdigest()
    twin = select(Import.id).where(
        Import.kind == kind.key, Import.digest == digest, Import.state.in_(("queued", "applied"))
    )
    if session.scalars(twin).first() is not None:
        raise Conflict(gettext("Berkas ini sudah pernah dimasukkan."))
    reading = kind.read(session, data)
    drop_stale(session)
    made = Import(
        kind=kind.key, filename=filename[:200], digest=digest, member_id=member_id, counts=_counts(reading)
    )  # fmt: skip
    seal(session, made, "content", base64.b64encode(data).decode())
    session.add(made)
    session.flush()
    return made


def drop_stale(session: TenantSession) -> None:
    """Files that somebody looked at and left: they hold people's details, so they go after a day."""
    session.execute(delete(Import).where(Import.state == "checked", Import.at < now() - _KEPT))


def _counts(reading: Reading) -> dict[str, Any]:
    return {"total": reading.total, "good": len(reading.rows), "bad": reading.bad_lines}


def plan(session: TenantSession, made: Import) -> Reading:
    """What the file would bring right now."""
    data = base64.b64decode(reveal(session, made, "content") or "")
    return kind_of(made.kind).read(session, data)


def confirm(session: TenantSession, import_id: UUID, *, only_good: bool, by: By) -> Import:
    """Take it in, here when it is short, else by the worker. Conflict when that was done; Invalid when lines are faulty and
    nobody agreed to leave them out, or when none is right.
    """
    made = import_of(session, import_id, lock=True)
    if made.state != "checked":
        raise Conflict(gettext("Berkas ini sudah pernah dimasukkan."))
    made.counts = {**made.counts, "only_good": only_good}
    made.member_id = by.member_id
    if made.counts["total"] > AT_ONCE:
        made.state = "queued"
        defer(session, take_table, lock=f"water.import:{made.kind}", import_id=made.id)
        return made
    _take_in(session, made)
    return made


def _take_in(session: TenantSession, made: Import) -> None:
    kind, reading = kind_of(made.kind), plan(session, made)
    if reading.faults and not made.counts["only_good"]:
        raise Invalid.field("tanpa", gettext("Setujui dulu bahwa baris yang salah dilewati."))
    if not reading.rows:
        raise Invalid.field("berkas", gettext("Tidak ada baris yang benar."))
    done = dict(kind.store(session, reading.rows, By(made.member_id)))
    made.counts = {**made.counts, **_counts(reading), "done": done}
    made.state, made.content, made.at = "applied", None, now()
    record_audit(
        session, "water.table_imported", subject_kind="water_import", subject_id=made.id,
        data={"kind": made.kind, "file": made.filename, "rows": len(reading.rows), "bad": reading.bad_lines},
    )  # fmt: skip
    session.flush()


@periodic("23 * * * *", together=True)
@task("water.tidy_register")
def tidy_register(session: TenantSession, _tenant: Any) -> None:
    """Every hour: tables that nobody took in, browsers whose half year is over."""
    drop_stale(session)
    session.execute(delete(HouseholdLink).where(HouseholdLink.created_at < now() - _REMEMBERED))


@task("water.take_table")
def take_table(session: TenantSession, _tenant: Any, import_id: UUID | str) -> None:
    """Take a long table in; what can't be taken says why on its page."""
    try:
        made = import_of(session, UUID(str(import_id)), lock=True)
    except NotFound:
        return
    if made.state != "queued":
        return
    try:
        with session.begin_nested():
            _take_in(session, made)
    except Problem as problem:
        session.refresh(made)
        first = problem.errors[0].message if isinstance(problem, Invalid) and problem.errors else problem.detail
        made.state, made.problem, made.content = "failed", str(first or problem.title), None
        session.flush()
