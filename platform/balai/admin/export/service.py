"""Write one region's export."""

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from flask import has_request_context
from sqlalchemy import select

from balai import audit, auth, files, keys
from balai.admin.export import queries
from balai.admin.export.queries import ExportTable
from balai.admin.export.writing import HashedFile, TableWriter
from balai.clock import now
from balai.db import TenantSession
from balai.errors import Conflict, Forbidden
from balai.files import File
from balai.tenancy import Tenant, tenant_scope
from balai.web.i18n import gettext as _

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
_ENDINGS: Final = {
    "image/jpeg": "jpg",
    "application/pdf": "pdf",
    "audio/webm": "webm",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
}
_UNFINISHED: Final = ".unfinished"
_README: Final = """Data daerah dari Balai

tables/*.jsonl  satu baris JSON per catatan, lengkap dengan jenisnya
tables/*.csv    isi yang sama untuk lembar kerja; teks yang mirip rumus diawali tanda '
files/          berkas yang dikirim, bernama nomor berkasnya (lihat tables/file.jsonl)
manifest.json   jumlah catatan dan sidik SHA-256 setiap berkas; periksa dengan: balai tenant verify-export
"""

# Called as progress(rows written since the last call, rows in all).
Progress = Callable[[int, int], Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: where, how many tables, rows and files, and whether personal data is readable in it."""

    path: str
    tables: int
    rows: int
    files: int
    personal: bool


def export_tenant(
    tenant: Tenant, target: Path, *, personal: bool = False, reason: str = "", progress: Progress | None = None
) -> Exported:
    """Write everything of a region into the new folder (or the new `.zip`) `target`.

    personal: decrypt encrypted columns and include files that aren't public; needs a reason, and inside a request the permission
    cases.reveal; otherwise those columns are masked. The act is audited before the first byte is read. Conflict: target
    exists and isn't empty. A failure leaves no half export behind.
    """
    if personal:
        _authorise(reason)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Conflict(_("%(target)s sudah berisi sesuatu; pilih folder baru.", target=target))
    with tenant_scope(tenant) as session:
        data = {"personal": personal, "reason": reason, "format": FORMAT}
        audit.record(session, "export.made", subject_kind="tenant", subject_id=tenant.key, data=data)
    with _unfinished(target) as folder, tenant_scope(tenant) as session:
        # One snapshot for all tables: the export is the region at one moment.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        manifest = _Export(session, tenant, folder, personal, progress or _silent).run(reason)
    return Exported(
        str(target),
        len(manifest["tables"]),
        sum(t["rows"] for t in manifest["tables"]),
        len(manifest["files"]),
        personal,
    )


def _authorise(reason: str) -> None:
    if not reason.strip():
        raise ValueError("an export with readable personal data needs a reason")
    if has_request_context():
        principal = auth.current()
        if principal is None or not principal.may("cases.reveal"):
            raise Forbidden


class _Export:
    """One run; `folder` is new and empty."""

    def __init__(
        self, session: TenantSession, tenant: Tenant, folder: Path, personal: bool, progress: Progress
    ) -> None:
        self._session, self._tenant, self._folder = session, tenant, folder
        self._personal, self._progress = personal, progress
        self._connection = session.connection()

    def run(self, reason: str) -> dict[str, Any]:
        """Write tables, files and last of all the manifest."""
        found = queries.tables(self._connection)
        leaving = [table for table in found if table.kept is None]
        counts = {table.name: queries.count(self._connection, table, self._tenant.id) for table in leaving}
        total = sum(counts.values())
        manifest = self._head(reason)
        manifest["tables"] = [self._table(table, total) for table in leaving]
        manifest["files"], manifest["files_left_out"] = self._files()
        manifest["left_out"] = _left_out(found)
        with HashedFile(self._folder, "BACA-DULU.txt") as readme:
            readme.write(_README.encode())
        manifest["readme"] = readme.done.facts()
        with HashedFile(self._folder, MANIFEST) as out:
            out.write(json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        return manifest

    def _head(self, reason: str) -> dict[str, Any]:
        tenant, actor = self._tenant, audit.current_actor()
        about = {"key": str(tenant.key), "slug": tenant.slug, "region_code": tenant.region_code, "name": tenant.name}
        plugins = {name: state.value for name, state in tenant.plugins.items()}
        sequence, head = audit.head(self._session)
        return {
            "format": FORMAT,
            "made_at": now().isoformat(),
            "made_by": {"kind": actor.kind, "name": actor.name},
            "tenant": about | {"kind": tenant.kind, "timezone": tenant.timezone, "plugins": plugins},
            "personal": self._personal,
            "reason": reason,
            "software": {"balai": version("balai")},
            "audit": {"batches": sequence, "head": head},
        }

    def _table(self, table: ExportTable, total: int) -> dict[str, Any]:
        columns = table.leaving
        with TableWriter(self._folder, table.name, [column.name for column in columns]) as writer:
            for row in queries.rows(self._connection, table, self._tenant.id):
                writer.write(self._opened(table, dict(row)))
                self._progress(1, total)
        return {
            "name": table.name,
            "rows": writer.rows,
            "columns": [{"name": c.name, "type": c.type} | ({"mask": c.mask} if c.mask else {}) for c in columns],
            **writer.done,
        }

    def _opened(self, table: ExportTable, row: dict[str, Any]) -> dict[str, Any]:
        for column in table.leaving:
            if column.mask is not None and row[column.name] is not None:
                row[column.name] = self._value(table.name, column.name, column.mask, row["id"], row[column.name])
        return row

    def _value(self, table: str, column: str, mask: str, row_id: Any, sealed: str) -> str | None:
        try:
            value = keys.decrypt(self._session, sealed, table=table, column=column, row_id=row_id)
        except (keys.KeysShreddedError, keys.NoKeysError):
            return None  # the keys were destroyed: what they sealed is gone, the rest of the row isn't
        return value if self._personal else keys.mask(mask, value)

    def _files(self) -> tuple[list[dict[str, Any]], int]:
        """(files as the manifest lists them, how many stayed behind)."""
        written, left_out = [], 0
        for file in self._session.scalars(select(File).where(File.tenant_id == self._tenant.id).order_by(File.id)):
            if not file.is_readable:
                continue
            entry = self._file(file) if self._personal or file.visibility == "public" else None
            if entry is None:
                left_out += 1
            else:
                written.append(entry)
        return written, left_out

    def _file(self, file: File) -> dict[str, Any] | None:
        with suppress(keys.KeysShreddedError, files.MissingBlobError):
            content = files.content(self._session, file)
            with HashedFile(self._folder, f"files/{file.id}.{_ENDINGS.get(file.media_type, 'bin')}") as out:
                out.write(content)
            return {"id": str(file.id), "purpose": file.purpose, **out.done.facts()}
        return None


def _left_out(found: list[ExportTable]) -> list[dict[str, str]]:
    """What stayed behind and why, by table and column."""
    kept = [{"table": table.name, "why": table.kept} for table in found if table.kept is not None]
    secrets = [
        {"table": table.name, "column": column.name, "why": "secret"}
        for table in found
        if table.kept is None
        for column in table.columns
        if column.secret
    ]
    return kept + secrets


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """A new folder that becomes `target` (a folder or a zip) at the end, or goes again when the block raises."""
    folder = target.with_name(target.name + _UNFINISHED)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
        if target.suffix == ".zip":
            _zip(folder, target)
        else:
            folder.replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _zip(folder: Path, target: Path) -> None:
    packed = target.with_name(target.name + ".part")
    try:
        with packed.open("xb") as out:
            packed.chmod(0o600)
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                for path in sorted(folder.rglob("*")):
                    if path.is_file():
                        archive.write(path, path.relative_to(folder).as_posix())
        packed.replace(target)
    finally:
        packed.unlink(missing_ok=True)


def _silent(_rows: int, _total: int) -> None:
    pass
