"""Invite many people at once from a table (CSV), as an office's spreadsheet saves it."""

import csv
import io
from dataclasses import dataclass

from balai.auth.members import Invited, check_invitation, invite_member, roles_offered
from balai.db import TenantSession
from balai.errors import FieldError, Invalid, Problem, TooLarge, Unavailable
from balai.tenancy import Tenant
from balai.words import gettext as _

MOST_ROWS = 100
MOST_BYTES = 256 * 1024
_COLUMNS = {
    "nama": "name", "name": "name", "nama lengkap": "name",
    "surel": "email", "email": "email", "e-mail": "email", "alamat surel": "email",
    "peran": "roles", "role": "roles", "roles": "roles",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: `line` as the spreadsheet counts it, `invited` or what was wrong."""

    line: int
    name: str
    email: str
    invited: Invited | None = None
    fault: str = ""


def invite_from_csv(session: TenantSession, tenant: Tenant, raw: bytes) -> list[Row]:
    """Invite everybody in the table. Raises Invalid with every line that needs correcting, before anybody is invited.

    raw: UTF-8 (or Windows-1252) with the columns nama, email, peran; separated by comma, semicolon or tab; several roles in
    one cell by + or /. What fails on the way (an address already in use) is told per line; the others are invited.
    """
    people = read_table(tenant, raw)
    done = []
    for line, name, email, roles in people:
        try:
            with session.begin_nested():
                done.append(Row(line, name, email, invite_member(session, email, name, roles)))
        except Unavailable:
            raise
        except Problem as problem:
            first = problem.errors[0].message if isinstance(problem, Invalid) and problem.errors else problem.detail
            done.append(Row(line, name, email, fault=first or problem.title))
    return done


def read_table(tenant: Tenant, raw: bytes) -> list[tuple[int, str, str, frozenset[str]]]:
    """(line, name, email, roles) of each row; raises Invalid naming every faulty line, TooLarge."""
    if len(raw) > MOST_BYTES:
        raise TooLarge(_("Tabelnya terlalu besar. Paling banyak 100 orang sekali kirim."))
    rows = _rows(_decode(raw))
    labels = {role.label.lower(): role.key for role in roles_offered(tenant)}
    found, faults, seen = [], [], set()
    for line, cells in rows:
        roles = [labels.get(word, word) for word in _words(cells.get("roles", ""))]
        try:
            email, name, wanted = check_invitation(tenant, cells.get("email", ""), cells.get("name", ""), roles)
        except Invalid as invalid:
            faults += [
                FieldError(f"baris {line}", _("Baris %(line)s: %(fault)s", line=line, fault=e.message))
                for e in invalid.errors
            ]
            continue
        if email in seen:
            faults.append(
                FieldError(f"baris {line}", _("Baris %(line)s: alamat email ini sudah ada di atas.", line=line))
            )
        seen.add(email)
        found.append((line, name, email, wanted))
    if len(rows) > MOST_ROWS:
        faults.insert(
            0,
            FieldError(
                "file",
                _(
                    "Paling banyak %(most)s orang sekali kirim; tabel ini berisi %(count)s.",
                    most=MOST_ROWS,
                    count=len(rows),
                ),
            ),
        )
    if faults:
        raise Invalid(faults)
    return found


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _rows(text: str) -> list[tuple[int, dict[str, str]]]:
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        heads = [_COLUMNS.get(" ".join(cell.lower().split()), "") for cell in next(reader, [])]
        missing = {"name", "email", "roles"} - set(heads)
        if missing:
            raise Invalid.field("file", _("Baris pertama harus berisi judul kolom: nama, email, peran."))
        rows = [
            (reader.line_num, {head: cell.strip() for head, cell in zip(heads, cells, strict=False) if head})
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise Invalid.field("file", _("Tabel ini tidak bisa dibaca. Simpan sebagai CSV, lalu coba lagi.")) from error
    if not rows:
        raise Invalid.field("file", _("Tabel ini belum berisi siapa pun."))
    return rows


def _words(cell: str) -> list[str]:
    return [" ".join(word.lower().split()) for word in cell.replace("/", "+").split("+") if word.strip()]
