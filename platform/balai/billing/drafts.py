"""What an invoice will say, checked before anything is written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from balai import keys
from balai.errors import FieldError, Invalid
from balai.web.i18n import gettext as _

SERIES: Final = re.compile(r"[A-Z][A-Z0-9]{0,11}")
# bigint holds more; no region's budget does.
MOST_RUPIAH: Final = 100_000_000_000_000
MOST_LINES: Final = 200
MOST_TEXT: Final = 300
MOST_MONTHS: Final = 120
MOST_DAYS: Final = 3660
WHOLE: Final = 10_000


@dataclass(frozen=True, slots=True)
class LateFee:
    """What lateness costs, as data: the decree says it, not the code.

    kind "percent": `rate` in hundredths of a percent of what is overdue (100 = 1 %); "fixed": `rate` rupiah. every: once, or for
    each month begun after `grace_days`; most: at most so many months; rounding: of a percentage, to whole rupiah;
    decree: its number, printed beside each charge.
    """

    kind: Literal["percent", "fixed"]
    rate: int
    every: Literal["once", "month"] = "month"
    most: int = 24
    grace_days: int = 0
    rounding: Literal["up", "down", "nearest"] = "down"
    decree: str = ""

    def as_data(self) -> dict[str, Any]:
        """As stored with the invoice."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "LateFee":
        """Back from what `as_data` gave."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Payer:
    """Who owes. Name, phone and e-mail are stored sealed; sub (or its index): the account that sees it under "my bills"."""

    name: str
    phone: str | None = None
    email: str | None = None
    sub: str | None = None
    index: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line: amount in whole rupiah (negative on account "potongan" only: a discount), and why.

    account: what it earns ("pendapatan.air"); quantity may be a decimal as text ("12.5"); reason: shown to the payer, such as
    {"tariff": "Rumah tangga A, blok 2", "tariff_version": "2026-01", "decree": "Perwal 12/2025"}.
    """

    text: str
    amount: int
    account: str
    quantity: int | str = 1
    unit_price: int | None = None
    unit: str = ""
    reason: Mapping[str, str] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """As stored with the invoice."""
        made = {name: getattr(self, name) for name in self.__slots__}
        return made | {"reason": dict(self.reason)}


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """An invoice before it has a number. subject_kind, subject_id: what it is for, in the words of whoever issues it."""

    series: str
    subject_kind: str
    subject_id: str
    payer: Payer
    lines: Sequence[InvoiceLine]
    due_date: date
    late_fee_rule: LateFee | None = None
    unit_id: UUID | None = None

    @property
    def total(self) -> int:
        """Sum of the lines, whole rupiah."""
        return sum(line.amount for line in self.lines)


def check(draft: InvoiceDraft, today: date) -> None:
    """Raises Invalid with everything that is wrong with a draft."""
    errors = _head_faults(draft, today)
    for n, line in enumerate(draft.lines):
        fault = _line_fault(line)
        if fault:
            errors.append(FieldError(f"lines/{n}", fault))
    if not errors and not 0 <= draft.total <= MOST_RUPIAH:
        errors.append(FieldError("lines", _("Jumlah tagihan tidak boleh kurang dari nol.")))
    if errors:
        raise Invalid(errors)


def _head_faults(draft: InvoiceDraft, today: date) -> list[FieldError]:
    errors = []
    if not SERIES.fullmatch(draft.series):
        errors.append(FieldError("series", _("Seri nomor: huruf besar dan angka, paling banyak 12.")))
    if not draft.payer.name.strip() or len(draft.payer.name) > MOST_TEXT:
        errors.append(FieldError("payer/name", _("Isi nama pembayar.")))
    if not draft.subject_kind or not draft.subject_id or len(draft.subject_kind) + len(draft.subject_id) > MOST_TEXT:
        errors.append(FieldError("subject_id", _("Sebutkan tagihan ini untuk apa.")))
    if draft.due_date < today:
        errors.append(FieldError("due_date", _("Batas bayar sudah lewat.")))
    elif (draft.due_date - today).days > MOST_DAYS:
        errors.append(FieldError("due_date", _("Batas bayar terlalu jauh.")))
    if not 1 <= len(draft.lines) <= MOST_LINES:
        errors.append(FieldError("lines", _("Isi rincian tagihan.")))
    if draft.late_fee_rule is not None and _is_odd(draft.late_fee_rule):
        errors.append(FieldError("late_fee_rule", _("Aturan denda tidak masuk akal.")))
    errors += _contact_faults(draft.payer)
    return errors


def _contact_faults(payer: Payer) -> list[FieldError]:
    errors = []
    for name, value, norm in (
        ("phone", payer.phone, keys.normalise_phone), ("email", payer.email, keys.normalise_email),
    ):  # fmt: skip
        if value:
            try:
                norm(value)
            except ValueError:
                errors.append(FieldError(f"payer/{name}", _("Periksa lagi isiannya.")))
    return errors


def _is_odd(rule: LateFee) -> bool:
    most = MOST_RUPIAH if rule.kind == "fixed" else WHOLE
    sound = (
        rule.kind in {"percent", "fixed"}
        and rule.every in {"once", "month"}
        and rule.rounding in {"up", "down", "nearest"}
    )
    return not (sound and 0 <= rule.rate <= most and 1 <= rule.most <= MOST_MONTHS and 0 <= rule.grace_days <= 366)  # noqa: PLR2004 - a year


def _line_fault(line: InvoiceLine) -> str | None:  # noqa: PLR0911 - one sentence for each thing that can be wrong
    if not line.text.strip() or len(line.text) > MOST_TEXT:
        return _("Isi nama rincian.")
    if type(line.amount) is not int or abs(line.amount) > MOST_RUPIAH:
        return _("Jumlah harus rupiah bulat.")
    if line.amount < 0 and line.account != "potongan":
        return _("Hanya potongan yang boleh kurang dari nol.")
    if line.account == "potongan" and (line.amount > 0 or not line.reason):
        return _("Potongan perlu alasan, dan jumlahnya kurang dari nol.")
    if not line.account.startswith(("pendapatan", "potongan", "jaminan")):
        return _("Rincian harus masuk ke akun pendapatan.")
    exact = isinstance(line.quantity, int) and line.unit_price is not None
    if exact and int(line.quantity) * (line.unit_price or 0) != abs(line.amount):
        return _("Jumlah tidak sama dengan banyaknya kali harga.")
    return None
