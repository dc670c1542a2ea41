"""One cell of a table -> a value, by the kind of its column. Each message says what stands there and what belongs there.

Amounts are read the Indonesian way: the comma before decimals, the dot between thousands. What could be read two ways (`1,234`
where a whole number belongs, `1.234` where decimals do) is asked about.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from balai.api import gettext, now

KINDS: Final = (
    "text", "code", "number", "decimal", "money", "year", "day", "month", "choice", "yes", "region", "degree", "phone", "email",
    "nik",
)  # fmt: skip
_SHOWN: Final = 40
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:\.\d{3})+")
_ENGLISH: Final = re.compile(r"\d{1,3}(?:,\d{3}){2,}|\d{1,3}(?:,\d{3})+\.\d+")
_DECIMALS: Final = re.compile(r"(\d+|\d{1,3}(?:\.\d{3})+),(\d+)")
_POINT: Final = re.compile(r"(\d+)\.(\d+)")
_POWER: Final = re.compile(r"\d+(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f]+")
_DAY: Final = re.compile(r"(\d{1,4})[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ](\d{2,4})(?: \d{1,2}[:.]\d{2}(?:[:.]\d{2})?)?")
_MONTH: Final = re.compile(r"(\d{1,4}|[A-Za-z]{3,9})[-/. ](\d{1,4}|[A-Za-z]{3,9})")
_REGION: Final = re.compile(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?")
_DEGREE: Final = re.compile(r"-?\d{1,3}(?:[.,]\d{1,15})?", re.ASCII)
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_DECIMAL_NUMBER: Final = re.compile(r"\d+,\d+")
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        ("jan", "feb peb", "mar", "apr", "mei may", "jun", "jul", "agu aug ags agt", "sep", "okt oct", "nov nop", "des dec"), 1
    )
    for name in names.split()
}  # fmt: skip
_YES: Final = {"ya": True, "y": True, "1": True, "aktif": True, "tidak": False, "t": False, "0": False}


class CellError(ValueError):
    """What is wrong with a cell, for whoever sent the file."""


def reader(column: Any) -> Callable[[str], Any]:
    """The function that reads cells of a `sheets.Column`; it raises CellError. An empty cell is None, of a text ""."""
    read = _READERS[column.kind]
    empty = "" if column.kind in {"text", "code", "region", "phone", "email", "nik"} else None

    def cell(text: str) -> Any:
        if not text:
            if column.required:
                raise CellError(gettext("Belum diisi."))
            return empty
        return read(column, text)

    return cell


def _text(column: Any, text: str) -> str:
    # Cells come stripped; most hold nothing that needs a closer look.
    words = text if text.isprintable() and "  " not in text else _BLANKS.sub(" ", text).strip()
    if len(words) > column.most:
        raise CellError(gettext("Terlalu panjang, paling banyak %(most)s huruf.", most=column.most))
    if not words.isprintable():
        raise CellError(gettext("Berisi tanda yang tidak terbaca."))
    # A spreadsheet's own mark for "this is a text", which exports of others leave in.
    return words.removeprefix("'") if words.startswith("'") and words[1:2] in "0=+-@" else words


def _code(column: Any, text: str) -> str:
    if text.isalnum() and text[-1:].isdecimal() and text[:1].isdecimal() and "e" not in text.lower():
        return _text(column, text)
    if _POWER.fullmatch(text):
        raise CellError(
            gettext(
                "%(text)s: Excel sudah memotong angka ini. Jadikan kolom ini Teks, lalu isi lagi.", text=text[:_SHOWN]
            )
        )
    if _DECIMAL_NUMBER.fullmatch(text):
        raise CellError(
            gettext("%(text)s dibaca Excel sebagai angka. Jadikan kolom ini Teks, lalu isi lagi.", text=text[:_SHOWN])
        )
    return _text(column, text).replace(" ", "")


def _region(column: Any, text: str) -> str:
    code = _code(column, text)
    if not _REGION.fullmatch(code):
        raise CellError(
            gettext(
                "%(text)s bukan kode wilayah seperti 34.02.01.2001. Periksa apakah Excel menghapus nol.",
                text=text[:_SHOWN],
            )
        )
    return code


def _short(bare: str) -> str:
    """No number of ours has more signs; Python refuses to read very long ones with an error of its own."""
    if len(bare) > _SHOWN:
        raise CellError(gettext("%(text)s bukan angka.", text=bare[:_SHOWN]))
    return bare


def read_decimal(text: str) -> Decimal:
    """`1.234,5`, `1234,5`, `0.5`, `1,234.5` as a number not below zero; CellError, also for `1.234`, which may be either."""
    bare = _short(_BLANKS.sub("", text))
    if bare.isascii() and bare.isdigit():
        return Decimal(bare)
    if found := _DECIMALS.fullmatch(bare):
        return Decimal(f"{found[1].replace('.', '')}.{found[2]}")
    if _ENGLISH.fullmatch(bare):
        return Decimal(bare.replace(",", ""))
    if (found := _POINT.fullmatch(bare)) and (len(found[2]) != 3 or found[1].startswith("0")):  # noqa: PLR2004 - a group of thousands
        return Decimal(bare)
    if _POINT.fullmatch(bare):
        plain, comma = bare.replace(".", ""), bare.replace(".", ",")
        raise CellError(
            gettext(
                "%(text)s bisa dibaca dua cara: tulis %(plain)s atau %(comma)s.",
                text=bare[:_SHOWN],
                plain=plain,
                comma=comma,
            )
        )
    if _THOUSANDS.fullmatch(bare):
        return Decimal(bare.replace(".", ""))
    raise CellError(gettext("%(text)s bukan angka.", text=text[:_SHOWN]))


def read_whole(text: str) -> int:
    """`1.234`, `1234`, `1.234,0`, `1,234,567` as a whole number not below zero; CellError, also for `1,234`."""
    bare = _short(_BLANKS.sub("", text))
    if bare.isascii() and bare.isdigit():
        return int(bare)
    if bare[:1] == "-":
        raise CellError(gettext("%(text)s di bawah nol.", text=text[:_SHOWN]))
    if _THOUSANDS.fullmatch(bare):
        return int(bare.replace(".", ""))
    if re.fullmatch(r"\d{1,3},\d{3}", bare):
        plain, comma = bare.replace(",", ""), bare.replace(",", ".")
        raise CellError(
            gettext(
                "%(text)s bisa dibaca dua cara: tulis %(plain)s atau %(comma)s.", text=bare, plain=plain, comma=comma
            )
        )
    number = read_decimal(text)
    if number != number.to_integral_value():
        raise CellError(gettext("%(text)s harus angka bulat, tanpa koma.", text=text[:_SHOWN]))
    return int(number)


def _number(column: Any, text: str) -> Any:
    return _bounded(column, read_whole(text), text)


def _money(column: Any, text: str) -> Any:
    return _bounded(column, read_whole(re.sub(r"^rp\.?\s*", "", text, flags=re.IGNORECASE)), text)


def _decimal(column: Any, text: str) -> Any:
    return _bounded(column, read_decimal(text), text)


def _bounded(column: Any, number: Any, text: str) -> Any:
    if not column.least <= number <= column.greatest:
        raise CellError(
            gettext("%(text)s di luar batas %(least)s sampai %(greatest)s.", text=text[:_SHOWN], least=column.least,
                    greatest=column.greatest)
        )  # fmt: skip
    return number


def _year(_column: Any, text: str) -> int:
    if not re.fullmatch(r"\d{4}", text) or not 1900 <= int(text) <= now().year + 1:  # noqa: PLR2004 - older than any meter
        raise CellError(gettext("%(text)s bukan tahun yang mungkin.", text=text[:_SHOWN]))
    return int(text)


# A hundred thousand lines hold some thirty days and a month or two. Faults aren't kept: they are in the reader's language.
@lru_cache(maxsize=1024)
def read_day(text: str) -> date:
    """24/11/2026, 24-11-26, 2026-11-24, 24 Nov 2026, a time behind it or not; day before month. CellError."""
    found = _DAY.fullmatch(_BLANKS.sub(" ", text).strip())
    wrong = CellError(gettext("%(text)s bukan tanggal. Tulis seperti 2026-07-31 atau 31/07/2026.", text=text[:_SHOWN]))
    if found is None:
        raise wrong
    first, middle, last = found.groups()
    month = int(middle) if middle.isdigit() else _MONTHS.get(middle[:3].lower(), 0)
    year, day = (first, last) if len(first) == 4 else (last, first)  # noqa: PLR2004 - a year
    try:
        return date(int(year) if len(year) == 4 else 2000 + int(year), month, int(day))  # noqa: PLR2004
    except ValueError:
        raise wrong from None


@lru_cache(maxsize=1024)
def read_month(text: str) -> date:
    """2026-07, 07/2026, Juli 2026 or any day of it as the month's first day; CellError."""
    bare = _BLANKS.sub(" ", text).strip()
    found = _MONTH.fullmatch(bare)
    wrong = CellError(gettext("%(text)s bukan bulan. Tulis seperti 2026-07.", text=text[:_SHOWN]))
    if found is None:
        try:
            return read_day(text).replace(day=1)
        except CellError:
            raise wrong from None
    first, last = found.groups()
    year, month = (first, last) if len(first) == 4 and first.isdigit() else (last, first)  # noqa: PLR2004 - a year
    number = int(month) if month.isdigit() else _MONTHS.get(month[:3].lower(), 0)
    if not (year.isdigit() and len(year) in {2, 4} and 1 <= number <= 12):  # noqa: PLR2004
        raise wrong
    return date(int(year) if len(year) == 4 else 2000 + int(year), number, 1)  # noqa: PLR2004


def _choice(column: Any, text: str) -> str:
    wanted = text.casefold()
    for value, label in column.options:
        if wanted in {value.casefold(), str(label).casefold()}:
            return str(value)
    known = ", ".join(value for value, _label in column.options)
    raise CellError(gettext("%(text)s tidak dikenal; pilih %(known)s.", text=text[:_SHOWN], known=known))


def _yes(_column: Any, text: str) -> bool:
    found = _YES.get(text.casefold())
    if found is None:
        raise CellError(gettext("%(text)s harus ya atau tidak.", text=text[:_SHOWN]))
    return found


def _degree(_column: Any, text: str) -> float:
    if not _DEGREE.fullmatch(text):
        raise CellError(gettext("%(text)s bukan derajat. Tulis seperti -7.888.", text=text[:_SHOWN]))
    return float(text.replace(",", "."))


def _phone(column: Any, text: str) -> str:
    digits = re.sub(r"[\s.\-/()+']+", "", _code(column, text))
    if not (digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 15):  # noqa: PLR2004 - shortest and longest number
        raise CellError(gettext("%(text)s bukan nomor telepon.", text=text[:_SHOWN]))
    return digits if digits.startswith(("0", "62")) else f"0{digits}"


def _nik(column: Any, text: str) -> str:
    digits = re.sub(r"[\s.\-']+", "", _code(column, text))
    if not re.fullmatch(r"[0-9]{16}", digits):
        raise CellError(gettext("NIK terdiri dari 16 angka."))
    return digits


def _email(column: Any, text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise CellError(gettext("%(text)s bukan alamat email.", text=text[:_SHOWN]))
    return _text(column, text)


_READERS: Final[dict[str, Callable[[Any, str], Any]]] = {
    "text": _text, "code": _code, "region": _region, "number": _number, "decimal": _decimal, "money": _money, "year": _year,
    "day": lambda _column, text: read_day(text), "month": lambda _column, text: read_month(text), "choice": _choice, "yes": _yes,
    "degree": _degree, "phone": _phone, "email": _email, "nik": _nik,
}  # fmt: skip
