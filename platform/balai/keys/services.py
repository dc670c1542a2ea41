"""What other rooms do with keys: encrypt, decrypt, look up blindly, and the few acts on the keys themselves.

Acts on keys (create, rotate, rewrap, shred) are recorded in the audit by their callers: `audit` stands above this room.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import inspect, select

from balai.clock import now
from balai.db import TenantModel, TenantSession, new_id
from balai.keys import crypto, queries
from balai.keys.keyring import KeysShreddedError, bound_to, forget, keyring, wrapper_for
from balai.keys.models import TenantKey
from balai.keys.normalise import NORMALISERS, normalise

Progress = Callable[[int], None]
BLOB: Final = b"b1"


@dataclass(frozen=True, slots=True)
class Reencrypted:
    """What a rotation's walk did: values written anew, and "table.column" that this role may not update."""

    values: int
    skipped: tuple[str, ...]


# --- values ---


def encrypt(session: TenantSession, value: str, *, table: str, column: str, row_id: UUID | str) -> str:
    """The text to store in that column of that row (`v1|kid|nonce|ciphertext`)."""
    ring = keyring(session)
    return crypto.seal_text(ring.data[ring.current], ring.current, value, crypto.place(table, column, row_id))


def sealer(session: TenantSession, table: str) -> Callable[[str, str, UUID | str], str]:
    """`encrypt` for a great many rows of one table within this session: (value, column, row's id) -> text to store."""
    ring = keyring(session)
    seal = crypto.text_sealer(ring.data[ring.current], ring.current)
    return lambda value, column, row_id: seal(value, crypto.place(table, column, row_id))


def decrypt(session: TenantSession, sealed: str, *, table: str, column: str, row_id: UUID | str) -> str:
    """The value behind a column's text; CannotDecryptError when it is damaged or belongs elsewhere."""
    key = keyring(session).data_key(crypto.kid_of(sealed))
    return crypto.open_text(key, sealed, crypto.place(table, column, row_id))


def seal(session: TenantSession, row: TenantModel, attribute: str, value: str | None) -> None:
    """Put a value, encrypted, into a `sealed_column` of a row; None clears it. A new row gets its id here."""
    given: UUID | None = row.id  # None until the first flush, whatever the model says
    if given is None:
        row.id = new_id()
    table, column = _place(row, attribute)
    sealed = None if value is None else encrypt(session, value, table=table, column=column, row_id=row.id)
    setattr(row, attribute, sealed)


def reveal(session: TenantSession, row: TenantModel, attribute: str) -> str | None:
    """The value in a `sealed_column` of a row, None when there is none."""
    sealed = getattr(row, attribute)
    table, column = _place(row, attribute)
    return None if sealed is None else decrypt(session, sealed, table=table, column=column, row_id=row.id)


def _place(row: TenantModel, attribute: str) -> tuple[str, str]:
    mapper: Any = inspect(type(row))
    return row.__tablename__, mapper.columns[attribute].name


def seal_blob(session: TenantSession, blob: bytes, *, kind: str, blob_id: UUID | str) -> tuple[str, bytes]:
    """(kid, ciphertext) of bytes that live outside the database.

    The ciphertext names its key itself; the caller also keeps the kid in a column marked `balai:kid`, so that a key in use is
    never dropped.
    """
    ring = keyring(session)
    sealed = crypto.seal_bytes(ring.data[ring.current], blob, crypto.place("blob", kind, blob_id))
    return ring.current, b"%s|%s|" % (BLOB, ring.current.encode()) + sealed


def open_blob(session: TenantSession, sealed: bytes, *, kind: str, blob_id: UUID | str) -> bytes:
    """The bytes behind `seal_blob`; CannotDecryptError when they are damaged or another's."""
    mark, _, rest = sealed.partition(b"|")
    kid, bar, ciphertext = rest.partition(b"|")
    if mark != BLOB or not bar:
        raise crypto.CannotDecryptError("not a sealed blob")
    key = keyring(session).data_key(kid.decode("ascii", "replace"))
    return crypto.open_bytes(key, ciphertext, crypto.place("blob", kind, blob_id))


def blind_index(session: TenantSession, purpose: str, value: str) -> str:
    """32 hex digits by which an encrypted value is found again within this tenant.

    purpose: `nik`, `phone` and `email` are brought to one spelling first (ValueError when they can't be one); any other name
    takes the value as it is.
    """
    return crypto.index_of(keyring(session).index, purpose, normalise(purpose, value))


def indexer(session: TenantSession, purpose: str) -> Callable[[str], str]:
    """`blind_index` for a great many values of one purpose within this session; the value is taken as it is."""
    if purpose in NORMALISERS:
        raise ValueError(f"{purpose} is brought to one spelling first: blind_index")
    return crypto.indexer(keyring(session).index, purpose)


def pseudonym(
    session: TenantSession, year: int, *, sub: str | None = None, phone: str | None = None, email: str | None = None
) -> str | None:
    """Who filed, as evidence may count them: 32 hex digits that hold for one year and this tenant.

    The first of sub, phone, e-mail that is given counts (a case has one reporter); None when none is: such cases count as
    cases, never as people.
    """
    given = (("sub", sub), ("phone", phone), ("email", email))
    for kind, value in given:
        if value:
            return crypto.pseudonym_of(keyring(session).index, year, f"{kind}|{normalise(kind, value)}")
    return None


# --- keys ---


def create_tenant_keys(session: TenantSession) -> TenantKey:
    """The tenant's keys, made when there are none yet: onboarding may be run again. KeysShreddedError after a shred."""
    rows = session.scalars(select(TenantKey)).all()
    if any(row.shredded_at for row in rows):
        raise KeysShreddedError("the keys of this tenant were destroyed; it can't get new ones")
    for row in rows:
        if row.retired_at is None:
            return row
    return _add(session, "k1", crypto.new_key())


def rotate(session: TenantSession) -> TenantKey:
    """A new data key; the old one still opens what it sealed until `reencrypt` has walked. The index key stays."""
    rows = session.scalars(select(TenantKey).with_for_update()).all()
    ring = keyring(session)
    for row in rows:
        if row.retired_at is None:
            row.retired_at = now()
    session.flush()
    added = _add(session, f"k{1 + max(int(row.kid[1:]) for row in rows)}", ring.index)
    forget(session)
    return added


def reencrypt(session: TenantSession, progress: Progress = lambda _done: None) -> Reencrypted:
    """Write every value of this tenant that an older key sealed anew, in batches, within the session's transaction.

    Columns of append-only tables can only be walked by the owner's role; as balai_app they are named in `skipped`.
    """
    kid = keyring(session).current
    done, skipped = 0, []
    for column in queries.sealed_columns(session):
        if not column.updatable:
            skipped.append(f"{column.table}.{column.column}")
            continue
        while batch := queries.stale_values(session, column, kid):
            where = {"table": column.table, "column": column.column}
            for row_id, old in batch:
                value = decrypt(session, old, row_id=row_id, **where)
                queries.write_value(session, column, row_id, encrypt(session, value, row_id=row_id, **where))
            done += len(batch)
            progress(done)
    return Reencrypted(done, tuple(skipped))


def drop_retired(session: TenantSession) -> list[str]:
    """Delete retired keys that nothing needs any more; answers the kids that are still in use."""
    needed = []
    for row in session.scalars(select(TenantKey).where(TenantKey.retired_at.is_not(None))):
        if queries.is_kid_used(session, row.kid):
            needed.append(row.kid)
        else:
            session.delete(row)
    session.flush()
    forget(session)
    return needed


def rewrap(session: TenantSession) -> int:
    """Wrap this tenant's keys with the newest KEK; answers how many rows changed."""
    wrapper = wrapper_for(session)
    changed = 0
    for row in session.scalars(select(TenantKey).where(TenantKey.shredded_at.is_(None)).with_for_update()):
        changed += _rewrap_row(session, row, wrapper.current)
    session.flush()
    forget(session)
    return changed


def shred(session: TenantSession) -> int:
    """Destroy the tenant's keys: every encrypted value and file becomes unreadable. Answers how many keys went.

    Backups made before still hold the wrapped keys until they expire (docs/operate.md says until when).
    """
    rows = session.scalars(select(TenantKey).where(TenantKey.shredded_at.is_(None)).with_for_update()).all()
    for row in rows:
        row.wrapped_data = row.wrapped_index = None
        row.shredded_at = now()
    session.flush()
    forget(session)
    return len(rows)


def _add(session: TenantSession, kid: str, index_key: bytes) -> TenantKey:
    wrapper, tenant_id = wrapper_for(session), session.tenant_id
    row = TenantKey(
        tenant_id=tenant_id,
        kid=kid,
        wrapped_data=wrapper.wrap(crypto.new_key(), bound_to(tenant_id, kid, "data")),
        wrapped_index=wrapper.wrap(index_key, bound_to(tenant_id, kid, "index")),
    )
    session.add(row)
    session.flush()
    return row


def _rewrap_row(session: TenantSession, row: TenantKey, newest: str) -> int:
    from balai.keys.kek import wrapper_of

    wrapper, changed = wrapper_for(session), 0
    for part in ("data", "index"):
        wrapped: str = getattr(row, f"wrapped_{part}")
        if wrapper_of(wrapped) != newest:
            associated = bound_to(row.tenant_id, row.kid, part)
            setattr(row, f"wrapped_{part}", wrapper.wrap(wrapper.unwrap(wrapped, associated), associated))
            changed = 1
    return changed
