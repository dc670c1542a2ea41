"""Words of the readings' pages: states, kinds, and why a reading waits for somebody."""

from typing import Any, Final

from balai.api import lazy_gettext as _l
from balai_water.readings.judging import Flag
from balai_water.readings.walking import DIFFERS

PERIOD_WORDS: Final[dict[str, Any]] = {
    "open": _l("Disiapkan"), "reading": _l("Sedang dibaca"), "verifying": _l("Diperiksa"), "closed": _l("Ditutup"),
}  # fmt: skip
PERIOD_KINDS: Final = {"open": "info", "reading": "brand", "verifying": "warn", "closed": "good"}
STATE_WORDS: Final[dict[str, Any]] = {
    "accepted": _l("Diterima"), "check": _l("Perlu dilihat"), "refused": _l("Dibaca ulang"),
}  # fmt: skip
STATE_KINDS: Final = {"accepted": "good", "check": "warn", "refused": "bad"}
KIND_WORDS: Final[dict[str, Any]] = {
    "reader": _l("Pembaca meter"), "self": _l("Pelanggan sendiri"), "sheet": _l("Dari tabel"), "estimate": _l("Taksiran"),
    "corrected": _l("Diperbaiki petugas"),
}  # fmt: skip
FLAG_WORDS: Final[dict[str, Any]] = {
    Flag.ROLLOVER: _l("Angka meter kembali ke nol"), Flag.BACKWARDS: _l("Lebih kecil dari bulan lalu"),
    Flag.ZERO: _l("Tidak ada pemakaian"), Flag.HIGH: _l("Jauh lebih banyak dari biasanya"),
    Flag.LOW: _l("Jauh lebih sedikit dari biasanya"), Flag.JUMP_AFTER_ZERO: _l("Melonjak setelah tidak terpakai"),
    Flag.TRUED_UP_BELOW_ZERO: _l("Taksiran sebelumnya terlalu banyak"), Flag.METER_CHANGED: _l("Meter diganti"),
    DIFFERS: _l("Dua pembacaan berbeda"),
}  # fmt: skip
ACT_WORDS: Final[dict[str, Any]] = {
    "second": _l("Pembacaan lain datang, tidak dipakai"), "replaced": _l("Diganti pembacaan yang lebih baru"),
    "late": _l("Datang setelah bulan ditutup"), "accepted": _l("Diterima petugas"), "corrected": _l("Diperbaiki petugas"),
    "reread": _l("Diminta dibaca ulang"), "estimated": _l("Ditaksir"), "adjusted": _l("Diperhitungkan bulan berikutnya"),
}  # fmt: skip
assert set(Flag) | {DIFFERS} == set(FLAG_WORDS)  # noqa: S101 - a word for each
