"""A list of officers as people have it in a spreadsheet: read it, say per row what is wrong, invite the good ones.

The file is read as text whatever the spreadsheet made of it (comma or semicolon, UTF-8 or Windows), checked row by row and shown
before anything happens. Names and addresses are never written to a file or a log here.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final

from balai.errors import Invalid, TooLarge
from balai.web.i18n import gettext as _

MAX_BYTES: Final = 64 * 1024
# Each invitation takes Keycloak a good part of a second; more rows than this would outlast the browser's patience.
MAX_ROWS: Final = 50
MAX_NAME: Final = 80
_EMAIL = re.compile(
    r"[^@\s,;<>\"']{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+", re.IGNORECASE
)
_HEADINGS: Final = {
    "name": {"nama", "nama lengkap", "name"},
    "email": {"email", "e-mail", "surel", "alamat email"},
    "roles": {"peran", "tugas", "role", "roles"},
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list: number as in the file (the heading is 1), values as typed, what is wrong with it."""

    number: int
    name: str
    email: str
    roles: tuple[str, ...]
    problems: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether it can be invited."""
        return not self.problems


def is_email(value: str) -> bool:
    """Whether a mail could be sent there, by its form."""
    return len(value) <= 254 and bool(_EMAIL.fullmatch(value))  # noqa: PLR2004 - RFC 5321


def read_list(stream: BinaryIO, *, labels: Mapping[str, str], known: Iterable[str]) -> list[Row]:
    """Rows of an uploaded CSV; raises Invalid (field `berkas`) or TooLarge when it can't be read as a list at all.

    labels: role key -> label, both are understood in the file; known: e-mail addresses of present members, lower case.
    """
    body = stream.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise TooLarge(_("Daftar paling besar 64 KB. Bagi menjadi beberapa berkas."))
    return read_text(_decode(body), labels=labels, known=known)


def read_text(text: str, *, labels: Mapping[str, str], known: Iterable[str]) -> list[Row]:
    """The same for text that is already decoded (the confirmed preview)."""
    lines = [line for line in _lines(text) if any(cell.strip() for cell in line)]
    if not lines:
        raise Invalid.field("berkas", _("Berkas ini kosong."))
    columns = _columns(lines[0])
    if len(lines) - 1 > MAX_ROWS:
        raise Invalid.field("berkas", _("Paling banyak %(most)s orang sekali kirim. Bagi daftarnya.", most=MAX_ROWS))
    if len(lines) == 1:
        raise Invalid.field("berkas", _("Belum ada nama di bawah baris judul."))
    seen = dict.fromkeys(known, 0)
    by_word = {word.lower(): key for key, label in labels.items() for word in (key, str(label))}
    return [_row(number, line, columns, by_word, seen) for number, line in enumerate(lines[1:], start=2)]


def as_text(rows: Iterable[Row]) -> str:
    """The rows as CSV again, to be carried by the preview's form."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("nama", "email", "peran"))
    writer.writerows((row.name, row.email, "|".join(row.roles)) for row in rows)
    return out.getvalue()


def _decode(body: bytes) -> str:
    if body[:4] == b"PK\x03\x04" or body[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Invalid.field("berkas", _("Ini berkas lembar kerja. Simpan dulu sebagai CSV, lalu pilih berkas CSV-nya."))
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid.field("berkas", _("Berkas ini bukan CSV yang bisa dibaca."))


def _lines(text: str) -> list[list[str]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise Invalid.field(
            "berkas", _("Tanda kutip di berkas ini tidak berpasangan, jadi tidak bisa dibaca.")
        ) from None


def _columns(heading: list[str]) -> dict[str, int]:
    words = [cell.strip().lower() for cell in heading]
    found = {key: i for key, names in _HEADINGS.items() for i, word in enumerate(words) if word in names}
    if "name" not in found or "email" not in found:
        raise Invalid.field("berkas", _("Baris pertama harus berisi judul kolom: nama, email, peran."))
    return found


def _row(
    number: int, line: list[str], columns: Mapping[str, int], by_word: Mapping[str, str], seen: dict[str, int]
) -> Row:
    def cell(key: str) -> str:
        place = columns.get(key, len(line))
        return " ".join(line[place].split()) if place < len(line) else ""

    name, email, typed = cell("name"), cell("email").lower(), cell("roles")
    words = [w.strip().lower() for w in re.split(r"[|/+,;]", typed) if w.strip()] or ["officer"]
    unknown = [w for w in words if w not in by_word]
    problems = []
    if not name:
        problems.append(_("Nama belum diisi."))
    elif len(name) > MAX_NAME:
        problems.append(_("Nama terlalu panjang."))
    if not is_email(email):
        problems.append(_("Alamat email tidak bisa dipakai."))
    elif email in seen:
        where = seen[email]
        problems.append(_("Sama dengan baris %(row)s.", row=where) if where else _("Sudah menjadi petugas di sini."))
    else:
        seen[email] = number
    problems.extend(_('Peran "%(word)s" tidak dikenal.', word=w) for w in unknown)
    roles = tuple(dict.fromkeys(by_word[w] for w in words if w in by_word))
    return Row(number, name, email, roles, tuple(problems))
