"""One check per type of question. Each takes the Field and what was typed, answers the value to store or raises ValueFault."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from balai import keys
from balai.clock import now
from balai.contracts import Field
from balai.web.i18n import gettext as _

_MAX_TEXT: Final = 200
_MAX_LONG_TEXT: Final = 5000
_MAX_NUMBER: Final = Decimal(10) ** 15
_RUPIAH = re.compile(r"^(?:rp\.?)?\s*([0-9][0-9. ]*)(?:,-|,00?)?$", re.IGNORECASE)
_AREA = re.compile(r"^\d\d(?:\.\d\d){1,2}(?:\.\d{4})?$")
_DAY_FIRST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")


class ValueFault(ValueError):  # noqa: N818 - it is shown to people, not handled as an error
    """What to correct, in the reader's language."""


def clean_text(raw: Any, *, least: int = 0, most: int = _MAX_LONG_TEXT) -> str:
    """Text without control characters and outer blanks, in one Unicode form; line breaks stay."""
    if not isinstance(raw, str):
        raise ValueFault(_("Tulis dengan kata-kata.") if raw is not None else _("Bagian ini perlu diisi."))
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n"))
    if not text.replace("\n", "").replace("\t", "").isprintable():
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn"})
    text = text.strip()
    if not text and least:
        raise ValueFault(_("Bagian ini perlu diisi."))
    if len(text) < least:
        raise ValueFault(_("Terlalu pendek: tulis paling sedikit %(least)s huruf.", least=least))
    if len(text) > most:
        raise ValueFault(
            _("Terlalu panjang: paling banyak %(most)s huruf, sekarang %(now)s.", most=most, now=len(text))
        )
    return text


def _text(asked: Field, raw: Any) -> str:
    most = asked.limits.get("max_length", _MAX_TEXT)
    text = clean_text(raw, least=asked.limits.get("min_length", 0), most=most)
    return " ".join(text.split())


def _longtext(asked: Field, raw: Any) -> str:
    most = asked.limits.get("max_length", _MAX_LONG_TEXT)
    return clean_text(raw, least=asked.limits.get("min_length", 0), most=most)


def _bounded(asked: Field, value: Any, shown: Callable[[Any], str] = str) -> None:
    low, high = asked.limits.get("min"), asked.limits.get("max")
    if low is not None and value < low:
        raise ValueFault(_("Paling kecil %(low)s.", low=shown(low)))
    if high is not None and value > high:
        raise ValueFault(_("Paling besar %(high)s.", high=shown(high)))


def _number(asked: Field, raw: Any) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueFault(_("Tulis dengan angka."))
    try:
        value = Decimal(str(raw).strip().replace(",", "."))
    except InvalidOperation:
        raise ValueFault(_("Tulis dengan angka, misalnya 12 atau 3,5.")) from None
    if not value.is_finite() or abs(value) > _MAX_NUMBER:
        raise ValueFault(_("Angka ini terlalu besar."))
    _bounded(asked, value)
    return int(value) if value == value.to_integral_value() else float(value)


def _money(asked: Field, raw: Any) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        value = raw
    else:
        found = _RUPIAH.match(raw.strip()) if isinstance(raw, str) and len(raw) < 40 else None  # noqa: PLR2004
        if found is None:
            raise ValueFault(_("Tulis dalam rupiah tanpa sen, misalnya 1.250.000."))
        value = int(re.sub(r"[. ]", "", found[1]))
    if not 0 <= value <= int(_MAX_NUMBER):
        raise ValueFault(_("Tulis dalam rupiah tanpa sen, misalnya 1.250.000."))
    _bounded(asked, value)
    return value


def _date(asked: Field, raw: Any) -> str:
    try:
        day_first = _DAY_FIRST.match(raw.strip()) if isinstance(raw, str) else None
        if day_first:
            value = date(int(day_first[3]), int(day_first[2]), int(day_first[1]))
        else:
            value = date.fromisoformat(raw.strip() if isinstance(raw, str) else "")
    except ValueError:
        raise ValueFault(_("Tulis tanggal yang benar, misalnya 24-11-2026.")) from None
    today = now().date()
    for bound in ("min", "max"):
        written = asked.limits.get(bound)
        if written is not None:
            limit = today if written == "today" else date.fromisoformat(str(written))
            if (bound == "min" and value < limit) or (bound == "max" and value > limit):
                raise ValueFault(_("Tanggal ini di luar batas (%(limit)s).", limit=limit.strftime("%d-%m-%Y")))
    return value.isoformat()


def _choice(asked: Field, raw: Any) -> str:
    if not isinstance(raw, str) or raw not in {value for value, _label in asked.options}:
        raise ValueFault(_("Pilih salah satu dari daftar."))
    return raw


def _multichoice(asked: Field, raw: Any) -> list[str]:
    values = raw if isinstance(raw, list) else [raw]
    return list(dict.fromkeys(_choice(asked, value) for value in values))


def _region(_asked: Field, raw: Any) -> str:
    if not isinstance(raw, str) or not _AREA.match(raw):
        raise ValueFault(_("Pilih kecamatan atau desa dari daftar daerah ini."))
    return raw


_NIK_FAULTS: Final = {
    "length": "NIK terdiri dari 16 angka.",
    "date": "Tanggal lahir di dalam NIK ini tidak mungkin. Periksa lagi angkanya.",
    "serial": "Empat angka terakhir NIK tidak mungkin 0000. Periksa lagi angkanya.",
}


def _nik(_asked: Field, raw: Any) -> str:
    fault = keys.nik_fault(raw) if isinstance(raw, str) else "length"
    if fault:
        raise ValueFault(_(_NIK_FAULTS[fault]))
    return keys.normalise_nik(raw)


def phone(raw: Any) -> str:
    """A phone number as E.164."""
    try:
        return keys.normalise_phone(raw if isinstance(raw, str) else "")
    except ValueError:
        raise ValueFault(_("Nomor telepon ini tidak lengkap. Contoh: 0812 3456 7890.")) from None


def email(raw: Any) -> str:
    """An e-mail address in lower case."""
    try:
        return keys.normalise_email(raw if isinstance(raw, str) else "")
    except ValueError:
        raise ValueFault(_("Alamat email ini tidak lengkap. Contoh: nama@contoh.id.")) from None


def _consent(_asked: Field, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw in {"on", "true", "1", "ya"}:
        return True
    if isinstance(raw, str) and raw in {"off", "false", "0", "tidak"}:
        return False
    raise ValueFault(_("Jawab ya atau tidak."))


CHECKS: Final[dict[str, Callable[[Field, Any], Any]]] = {
    "text": _text,
    "longtext": _longtext,
    "number": _number,
    "money": _money,
    "date": _date,
    "choice": _choice,
    "multichoice": _multichoice,
    "region": _region,
    "nik": _nik,
    "phone": lambda _asked, raw: phone(raw),
    "email": lambda _asked, raw: email(raw),
    "consent": _consent,
}
