"""Words of the register's pages: what happened to a connection, what may be done with it."""

from typing import Any, Final

from balai.api import lazy_gettext as _l

EVENT_WORDS: Final[dict[str, Any]] = {
    "registered": _l("Tersambung"), "suspended": _l("Berhenti sementara"), "isolated": _l("Diputus sementara"),
    "reconnected": _l("Disambung lagi"), "transferred": _l("Ganti nama"), "terminated": _l("Ditutup"),
    "regrouped": _l("Kelompok tarif diubah"), "meter_changed": _l("Meter diganti"), "corrected": _l("Data diperbaiki"),
}  # fmt: skip
STATE_KINDS: Final = {"active": "good", "suspended": "warn", "isolated": "bad", "terminated": ""}
# Word in the address -> (title, what it means, sentence on the button, kind of button).
ACTS: Final[dict[str, tuple[Any, Any, Any, str]]] = {
    "henti": (
        _l("Berhenti sementara"), _l("Pelanggan minta airnya dihentikan dulu. Bisa disambung lagi kapan saja."),
        _l("Hentikan sementara"), "main",
    ),
    "putus": (
        _l("Putus sementara"), _l("Diputus oleh perusahaan, misalnya karena tunggakan atau pelanggaran."),
        _l("Putus sementara"), "danger",
    ),
    "sambung": (_l("Sambung lagi"), _l("Air mengalir lagi mulai hari ini."), _l("Sambung lagi"), "main"),
    "tutup": (
        _l("Tutup sambungan"), _l("Untuk selamanya: meter dilepas dan tidak ada tagihan baru lagi."),
        _l("Tutup untuk selamanya"), "danger",
    ),
    "meter": (
        _l("Ganti meter"), _l("Pemakaian dihitung dari meter lama dan meter baru bersama-sama."), _l("Catat meter baru"), "main",
    ),
    "kelompok": (_l("Ubah kelompok tarif"), _l("Berlaku mulai tagihan berikutnya."), _l("Ubah kelompok"), "main"),
    "nama": (
        _l("Ganti nama pelanggan"), _l("Tagihan berikutnya atas nama yang baru. Tagihan lama tetap atas nama yang lama."),
        _l("Ganti nama"), "main",
    ),
}  # fmt: skip
POSSIBLE: Final[dict[str, tuple[str, ...]]] = {
    "active": ("meter", "nama", "kelompok", "henti", "putus", "tutup"),
    "suspended": ("sambung", "meter", "nama", "kelompok", "putus", "tutup"),
    "isolated": ("sambung", "meter", "nama", "kelompok", "tutup"),
    "terminated": (),
}
