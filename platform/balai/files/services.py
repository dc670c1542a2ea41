"""Keep, read, replace and delete uploads."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import BinaryIO, Final
from uuid import UUID

from sqlalchemy import select

from balai import audit, keys
from balai.clock import now
from balai.db import TenantSession, new_id
from balai.errors import NotFound
from balai.files import blobs, limits
from balai.files.checks import Box, Checked, Kind, black_out, check, largest, refuse_size
from balai.files.checks.sniff import KIND_OF, form_of
from balai.files.models import VISIBILITIES, File
from balai.files.refusals import shown_name
from balai.files.storage import THUMBNAIL, storage_key
from balai.web.i18n import gettext as _

CITIZEN: Final[tuple[Kind, ...]] = ("image", "pdf")
STAFF: Final[tuple[Kind, ...]] = ("image", "pdf", "voice")
# A form that came back with an error keeps its photo this long.
DRAFT_LIFE: Final = timedelta(days=1)
_TOKEN_BYTES: Final = 24


def store(
    session: TenantSession,
    upload: BinaryIO | bytes,
    *,
    purpose: str,
    filename: str | None = None,
    kinds: Collection[Kind] = CITIZEN,
    visibility: str = "private",
    created_by: str | None = None,
    field: str = "file",
) -> File:
    """Check an upload, keep it encrypted, answer its row; FileRefused (422, 413) says what to do otherwise.

    upload: bytes, an open stream or werkzeug's FileStorage; purpose: `<room>.<use>`, decides who may read it (`allow`);
    visibility: public = everybody reads it, private and secret = as the purpose's rule says; kinds: what is wanted; field: the
    form field that a refusal names. The content goes again when the session's transaction doesn't commit.
    """
    if visibility not in VISIBILITIES:
        raise ValueError(f"visibility is one of {', '.join(VISIBILITIES)}")
    name = filename if filename is not None else getattr(upload, "filename", None) or ""
    checked = check(_read(upload, name, kinds, field), name, kinds, field=field)
    return _keep(session, checked, File(purpose=purpose, visibility=visibility, created_by=created_by), name)


def store_draft(
    session: TenantSession,
    upload: BinaryIO | bytes,
    *,
    filename: str | None = None,
    kinds: Collection[Kind] = CITIZEN,
    field: str = "file",
) -> tuple[File, str]:
    """Keep an upload of a form that is not finished; (row, token). The token in a hidden field claims it later.

    The caller commits: a form that is sent back must not lose the photo.
    """
    file = store(session, upload, purpose="draft", filename=filename, kinds=kinds, field=field)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    file.state, file.claim = "draft", _hash(token)
    session.flush()
    return file, token


def find_draft(session: TenantSession, token: str) -> File | None:
    """The draft behind a token of `store_draft`, None when there is none (any more)."""
    query = select(File).where(File.claim == _hash(token), File.state == "draft")
    return session.scalars(query).one_or_none()


def claim(
    session: TenantSession, token: str, *, purpose: str, visibility: str = "private", created_by: str | None = None
) -> File | None:
    """Turn a draft into a stored file of that purpose; None when the token is unknown, used or a day old."""
    file = find_draft(session, token)
    if file is None or file.created_at < now() - DRAFT_LIFE:
        return None
    file.state, file.claim, file.purpose = "stored", None, purpose
    file.visibility, file.created_by = visibility, created_by
    session.flush()
    return file


def find(session: TenantSession, file_id: UUID) -> File:
    """A file of this tenant; NotFound when there is none."""
    file = session.scalars(select(File).where(File.id == file_id)).one_or_none()
    if file is None:
        raise NotFound
    return file


def filename(session: TenantSession, file: File) -> str:
    """The name under which it was sent."""
    return keys.reveal(session, file, "filename") or ""


def content(session: TenantSession, file: File) -> bytes:
    """The stored bytes; NotFound when they were deleted."""
    if not file.is_readable:
        raise NotFound(title=_("Berkas ini sudah dihapus"))
    return blobs.read(session, file)


def thumbnail(session: TenantSession, file: File) -> bytes:
    """A JPEG of at most 320 pixels a side; NotFound when the file has none."""
    if not (file.is_readable and file.has_thumbnail):
        raise NotFound
    return blobs.read(session, file, thumbnail=True)


def delete(session: TenantSession, file: File, *, reason: str) -> None:
    """Remove the content for good once the transaction commits; the row stays, without name and content. Audited."""
    _empty(session, file, "deleted")
    audit.record(session, "file.deleted", subject_kind="file", subject_id=file.id, data={"reason": reason})


def redact(session: TenantSession, file: File, *, reason: str, boxes: Sequence[Box] = ()) -> None:
    """Take out what should never have been shown. Audited.

    boxes: rectangles of a photo (left, top, right, bottom in pixels of the stored photo) that are painted black, in place and
    in the thumbnail; without boxes, or for anything but a photo, the content goes as a whole.
    """
    if boxes and file.is_image:
        photo = black_out(content(session, file), list(boxes))
        doomed = file.storage_key
        # A new key: the old blob is deleted only when this commits.
        blobs.doom(session, file)
        file.storage_key = _next_key(session, file, doomed)
        blobs.write(session, file, photo.content, photo.thumbnail)
        file.sha256, file.state = hashlib.sha256(photo.content).hexdigest(), "redacted"
        session.flush()
    else:
        _empty(session, file, "redacted")
    data = {"reason": reason, "boxes": len(boxes)}
    audit.record(session, "file.redacted", subject_kind="file", subject_id=file.id, data=data)


def sweep(session: TenantSession) -> int:
    """Delete drafts that nobody claimed within a day, and blobs that no row names; answers how many went."""
    old = now() - DRAFT_LIFE
    gone = 0
    for file in session.scalars(select(File).where(File.state == "draft", File.created_at < old)):
        blobs.doom(session, file)
        session.delete(file)
        gone += 1
    session.flush()
    named = set(session.scalars(select(File.storage_key).where(File.state != "deleted")))
    storage = blobs.storage_for(session)
    for key, written in list(storage.keys(str(blobs.tenant_key(session)))):
        if written < old.timestamp() and key.removesuffix(THUMBNAIL) not in named:
            storage.delete(key)
            gone += 1
    return gone


def reencrypt(session: TenantSession) -> int:
    """Encrypt every file that an older key sealed with the newest one (after `keys.rotate` has committed); how many."""
    newest = keys.create_tenant_keys(session).kid
    done = 0
    for file in session.scalars(select(File).where(File.kid != newest)):
        if file.is_readable:
            blobs.rewrite(session, file)
        file.kid = newest
        done += 1
    session.flush()
    return done


def _read(upload: BinaryIO | bytes, name: str, kinds: Collection[Kind], field: str) -> bytes:
    """The upload's bytes, never more than the largest wanted kind may have."""
    most = largest(kinds)
    data = upload if isinstance(upload, bytes) else upload.read(most + 1)
    if len(data) > most:
        kind = KIND_OF.get(form_of(data[:64]) or "")
        meant = kind if kind is not None and kind in kinds else max(kinds, key=limits.MAX_BYTES.__getitem__)
        raise refuse_size(meant, name, field=field)
    return data


def _keep(session: TenantSession, checked: Checked, file: File, name: str) -> File:
    file.tenant_id, file.id = session.tenant_id, new_id()
    file.storage_key = storage_key(blobs.tenant_key(session), file.id)
    keys.seal(session, file, "filename", shown_name(name))
    file.media_type, file.sha256 = checked.media_type, hashlib.sha256(checked.content).hexdigest()
    file.width, file.height, file.pages, file.seconds = checked.width, checked.height, checked.pages, checked.seconds
    blobs.write(session, file, checked.content, checked.thumbnail)
    session.add(file)
    session.flush()
    return file


def _empty(session: TenantSession, file: File, state: str) -> None:
    blobs.doom(session, file)
    keys.seal(session, file, "filename", "")
    file.state, file.size, file.sha256, file.has_thumbnail, file.claim = state, 0, "", False, None
    session.flush()


def _next_key(session: TenantSession, file: File, used: str) -> str:
    fresh = storage_key(blobs.tenant_key(session), new_id())
    return fresh if fresh != used else _next_key(session, file, used)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
