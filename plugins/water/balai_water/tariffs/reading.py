"""A tariff as it stands in a decree, read and checked: groups, progressive blocks, fixed charges, rounding, late fee, stamp duty.

Everything that differs between utilities is data here (Permendagri 71/2016 jo. 21/2020 leaves it to them). A fault names the line
of the form or file it came from and what to write instead; all faults are told at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final, Literal

from balai.api import FieldError, Invalid, gettext

Rounding = Literal["up", "down", "half_up"]
ROUNDINGS: Final[tuple[Rounding, ...]] = ("up", "down", "half_up")
MOST_GROUPS: Final = 60
MOST_BLOCKS: Final = 12
# A rupiah amount per cubic metre beyond this is a slip of the keyboard.
MOST_RATE: Final = 1_000_000
MOST_CHARGE: Final = 100_000_000
MOST_USE: Final = 1_000_000
MOST_TEXT: Final = 300
MOST_LABEL: Final = 80
MOST_LATE_MONTHS: Final = 24
LateEvery = Literal["once", "month"]


@dataclass(frozen=True, slots=True)
class Block:
    """Use above the block before it, up to `upto` cubic metres (None: without end), at `rate` rupiah per cubic metre."""

    upto: int | None
    rate: int


@dataclass(frozen=True, slots=True)
class Group:
    """A group of customers: its blocks in order, charges per month in rupiah, and the least use that is charged (m3)."""

    key: str
    label: str
    blocks: tuple[Block, ...]
    fixed: int = 0
    upkeep: int = 0
    admin: int = 0
    minimum_use: int = 0


@dataclass(frozen=True, slots=True)
class LateFee:
    """After `grace_days` behind the due date: `amount` rupiah, or `percent` of what is open.

    every: once, or for each month begun, then for at most `most_months`.
    """

    amount: int = 0
    percent: int = 0
    grace_days: int = 0
    every: LateEvery = "month"
    most_months: int = MOST_LATE_MONTHS


@dataclass(frozen=True, slots=True)
class StampDuty:
    """From a bill of `above` rupiah on, `amount` rupiah of duty are added."""

    above: int
    amount: int


@dataclass(frozen=True, slots=True)
class Card:
    """A customer's own terms in place of the group's (a social card): first `cubic_metres` at `rate`, or another group."""

    label: str
    decree: str
    group: str | None = None
    cubic_metres: int = 0
    rate: int = 0
    fixed: int | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """The terms of one decree. rounding: what becomes of fractions of a cubic metre; valid_from: None for a draft."""

    decree: str
    groups: Mapping[str, Group]
    rounding: Rounding = "down"
    late_fee: LateFee | None = None
    stamp_duty: StampDuty | None = None
    valid_from: date | None = None


def read_tariff(decree: str, raw: Mapping[str, Any], *, valid_from: date | None = None) -> Tariff:
    """From the stored form `{groups: [{key, label, blocks: [{upto, rate}], ...}], rounding, late_fee, stamp_duty}`.

    Raises:
        Invalid: gaps, overlaps, an open end in the middle, no open end at last, two groups with one key, absurd figures.
    """
    faults: list[FieldError] = []
    groups: dict[str, Group] = {}
    listed = raw.get("groups")
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        faults.append(FieldError("groups", gettext("Isi paling sedikit satu golongan.")))
        listed = []
    if len(listed) > MOST_GROUPS:
        faults.append(FieldError("groups", gettext("Paling banyak %(most)s golongan.", most=MOST_GROUPS)))
    for number, given in enumerate(listed[:MOST_GROUPS]):
        group = _group(given, f"groups/{number}", faults)
        if group.key in groups:
            text = gettext("Kode golongan %(key)s ada dua kali.", key=group.key)
            faults.append(FieldError(f"groups/{number}/key", text))
        groups[group.key] = group
    rounding = raw.get("rounding", "down")
    if rounding not in ROUNDINGS:
        faults.append(FieldError("rounding", gettext("Pilih cara membulatkan pecahan meter kubik.")))
    late, duty = _late_fee(raw.get("late_fee"), faults), _stamp_duty(raw.get("stamp_duty"), faults)
    if not decree.strip() or len(decree) > MOST_TEXT:
        faults.append(FieldError("decree", gettext("Tulis nomor keputusannya.")))
    if faults:
        raise Invalid(faults)
    return Tariff(decree.strip(), groups, rounding, late, duty, valid_from)


def stored_rules(tariff: Tariff) -> dict[str, Any]:
    """What `read_tariff` reads, from what it made: nothing else that stood in a file is kept."""
    rules: dict[str, Any] = {
        "groups": [
            {
                "key": g.key, "label": g.label, "blocks": [{"upto": b.upto, "rate": b.rate} for b in g.blocks],
                "fixed": g.fixed, "upkeep": g.upkeep, "admin": g.admin, "minimum_use": g.minimum_use,
            }
            for g in tariff.groups.values()
        ],
        "rounding": tariff.rounding,
    }  # fmt: skip
    if tariff.late_fee:
        rules["late_fee"] = asdict(tariff.late_fee)
    if tariff.stamp_duty:
        rules["stamp_duty"] = asdict(tariff.stamp_duty)
    return rules


def _group(given: Any, at: str, faults: list[FieldError]) -> Group:
    raw: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    key, label = str(raw.get("key", "")).strip(), str(raw.get("label", "")).strip()
    if not key or len(key) > 20:  # noqa: PLR2004 - a code of a group is a few characters
        faults.append(FieldError(f"{at}/key", gettext("Tulis kode golongan, misalnya RT-A.")))
    if not label or len(label) > MOST_LABEL:
        faults.append(
            FieldError(f"{at}/label", gettext("Tulis nama golongan, paling banyak %(most)s huruf.", most=MOST_LABEL))
        )
    return Group(
        key, label or key, _blocks(raw.get("blocks"), f"{at}/blocks", faults),
        fixed=_rupiah(raw, "fixed", at, faults, MOST_CHARGE), upkeep=_rupiah(raw, "upkeep", at, faults, MOST_CHARGE),
        admin=_rupiah(raw, "admin", at, faults, MOST_CHARGE), minimum_use=_rupiah(raw, "minimum_use", at, faults, MOST_USE),
    )  # fmt: skip


def _blocks(given: Any, at: str, faults: list[FieldError]) -> tuple[Block, ...]:
    listed = given if isinstance(given, Sequence) and not isinstance(given, str) else []
    if not 1 <= len(listed) <= MOST_BLOCKS:
        faults.append(FieldError(at, gettext("Isi 1 sampai %(most)s blok pemakaian.", most=MOST_BLOCKS)))
        return ()
    blocks: list[Block] = []
    before = 0
    for number, one in enumerate(listed):
        raw: Mapping[str, Any] = one if isinstance(one, Mapping) else {}
        here, last = f"{at}/{number}", number == len(listed) - 1
        rate = _rupiah(raw, "rate", here, faults, MOST_RATE)
        start, upto = raw.get("from"), raw.get("upto")
        if start is not None and start != before:
            faults.append(FieldError(f"{here}/from", _gap(start, before)))
        if upto is None and not last:
            faults.append(FieldError(f"{here}/upto", gettext("Hanya blok terakhir yang tanpa batas.")))
        elif upto is not None and last:
            faults.append(FieldError(f"{here}/upto", gettext("Blok terakhir harus tanpa batas (kosongkan).")))
        elif upto is not None and (not _whole(upto) or upto <= before or upto > MOST_USE):
            text = gettext("Batas blok harus lebih besar dari %(before)s m3.", before=before)
            faults.append(FieldError(f"{here}/upto", text))
        blocks.append(Block(upto if _whole(upto) else None, rate))
        before = int(upto) if upto is not None and _whole(upto) else before
    return tuple(blocks)


def _gap(start: Any, before: int) -> str:
    if _whole(start) and start > before:
        return gettext(
            "Ada celah: pemakaian dari %(before)s sampai %(start)s m3 belum punya harga.", before=before, start=start
        )
    return gettext("Blok ini bertumpuk dengan yang sebelumnya, yang berakhir di %(before)s m3.", before=before)


def _late_fee(raw: Any, faults: list[FieldError]) -> LateFee | None:
    if not raw:
        return None
    given: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    amount = _rupiah(given, "amount", "late_fee", faults, MOST_CHARGE)
    percent = _rupiah(given, "percent", "late_fee", faults, 100)
    if bool(amount) == bool(percent):
        faults.append(FieldError("late_fee", gettext("Isi salah satu: denda tetap atau persen.")))
    days = _rupiah(given, "grace_days", "late_fee", faults, 365)
    every: LateEvery = "once" if given.get("every") == "once" else "month"
    most = given.get("most_months", MOST_LATE_MONTHS)
    if not (_whole(most) and 1 <= most <= MOST_LATE_MONTHS):
        text = gettext("Tulis bilangan utuh dari 1 sampai %(most)s.", most=MOST_LATE_MONTHS)
        faults.append(FieldError("late_fee/most_months", text))
        most = MOST_LATE_MONTHS
    return LateFee(amount, percent, days, every, most)


def _stamp_duty(raw: Any, faults: list[FieldError]) -> StampDuty | None:
    if not raw:
        return None
    given: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    return StampDuty(
        _rupiah(given, "above", "stamp_duty", faults, 10 * MOST_CHARGE),
        _rupiah(given, "amount", "stamp_duty", faults, MOST_CHARGE),
    )


def _rupiah(raw: Mapping[str, Any], name: str, at: str, faults: list[FieldError], most: int) -> int:
    value = raw.get(name, 0)
    if not _whole(value) or not 0 <= value <= most:
        faults.append(FieldError(f"{at}/{name}", gettext("Tulis bilangan utuh dari 0 sampai %(most)s.", most=most)))
        return 0
    return int(value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
