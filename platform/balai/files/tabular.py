"""Tables from and for spreadsheets: read what offices really send, write what can't run as a formula.

Indonesian offices save CSV from Excel with `;` between cells, in Windows-1252, with or without a mark at the beginning.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from balai.errors import Invalid, TooLarge
from balai.web.i18n import gettext as _

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 100
MAX_CELL: Final = 10_000
_DELIMITERS: Final = (";", ",", "\t", "|")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Table:
    """A table: header cells, and rows as (line number in the file, cells by header). Blank rows are left out."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]


def read_csv(
    data: bytes,
    *,
    required: Sequence[str] = (),
    max_bytes: int = MAX_BYTES,
    max_rows: int = MAX_ROWS,
    field: str = "file",
) -> Table:
    """The table in a CSV file; TooLarge or Invalid (in words for the sender) when it can't be read.

    required: headers that must be there. Headers are compared in lower case, without blanks at the ends; cells are stripped.
    """
    if len(data) > max_bytes:
        raise TooLarge(_("Berkas terlalu besar. Paling besar %(limit)s KB.", limit=max_bytes // 1024))
    text = decode(data, field=field)
    lines = list(_lines(text, max_rows, field))
    if not lines:
        raise Invalid.field(field, _("Berkas ini kosong."))
    header = _header(lines[0][1], required, field)
    rows = []
    for number, cells in lines[1:]:
        while len(cells) > len(header) and not cells[-1]:
            cells.pop()
        if len(cells) > len(header):
            raise Invalid.field(field, _("Baris %(line)s punya lebih banyak kolom daripada judulnya.", line=number))
        padded = cells + [""] * (len(header) - len(cells))
        rows.append((number, dict(zip(header, padded, strict=True))))
    return Table(header, tuple(rows))


def read_lines(
    data: bytes, *, max_bytes: int = MAX_BYTES, max_rows: int = MAX_ROWS, field: str = "file"
) -> list[tuple[int, list[str]]]:
    """(line number, stripped cells) of a CSV file whose first row need not be its header; raises as `read_csv` does."""
    if len(data) > max_bytes:
        raise TooLarge(_("Berkas terlalu besar. Paling besar %(limit)s KB.", limit=max_bytes // 1024))
    return list(_lines(decode(data, field=field), max_rows, field))


def decode(data: bytes, *, field: str = "file") -> str:
    """Text of a file in UTF-8, UTF-16 (with its mark) or Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid.field(field, _("Berkas ini bukan tabel CSV. Simpan dulu sebagai CSV, lalu kirim lagi."))


def _lines(text: str, max_rows: int, field: str) -> Iterator[tuple[int, list[str]]]:
    # csv's own limit is a global of the module (128 KiB a cell); ours comes after it.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    count = 0
    try:
        for raw in reader:
            cells = [cell.strip() for cell in raw]
            if not any(cells) or (reader.line_num == 1 and raw[0].lower().lstrip("\ufeff") == "sep="):
                continue
            count += 1
            if count > max_rows + 1:
                raise TooLarge(_("Tabel ini terlalu panjang. Paling banyak %(limit)s baris.", limit=max_rows))
            if len(cells) > MAX_COLUMNS or any(len(cell) > MAX_CELL for cell in cells):
                raise Invalid.field(field, _("Baris %(line)s terlalu panjang.", line=reader.line_num))
            yield reader.line_num, cells
    except csv.Error:
        raise Invalid.field(field, _("Baris %(line)s tidak bisa dibaca.", line=reader.line_num)) from None


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.lower().startswith("sep=") and len(first) > len("sep="):
        return first[len("sep=")]
    # Titles may stand above the table: the first line with a separator in it decides.
    for line in text[:MAX_CELL].splitlines():
        outside = "".join(line.split('"')[::2])
        if any(d in outside for d in _DELIMITERS):
            return max(_DELIMITERS, key=outside.count)
    return ","


def _header(cells: list[str], required: Sequence[str], field: str) -> tuple[str, ...]:
    header = tuple(cell.lower() for cell in cells)
    while header and not header[-1]:
        header = header[:-1]
    if len(set(header)) != len(header) or "" in header:
        raise Invalid.field(field, _("Judul kolom di baris pertama harus ada dan tidak boleh sama."))
    missing = [name for name in required if name not in header]
    if missing:
        raise Invalid.field(field, _("Kolom %(names)s tidak ada di baris pertama.", names=", ".join(missing)))
    return header


def neutralise(value: Any) -> str:
    """A cell's text that no spreadsheet takes for a formula. Numbers stay numbers; texts that look like one get a `'`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if not isinstance(value, str):
        return str(value)
    text = value.replace("\x00", "")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def write_csv(
    header: Sequence[str], rows: Iterable[Sequence[Any]], *, delimiter: str = ",", mark: bool = True
) -> Iterator[str]:
    """A CSV file in pieces, a row each; every text cell neutralised. mark: begin with the mark by which Excel knows UTF-8."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    if mark:
        buffer.write("\ufeff")
    writer.writerow([neutralise(cell) for cell in header])
    yield _drain(buffer)
    for row in rows:
        writer.writerow([neutralise(cell) for cell in row])
        yield _drain(buffer)


def _drain(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
