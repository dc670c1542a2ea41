"""Verdicts and reasons in words that a village head would use. The numbers come from the rules, nothing is added here."""

from collections.abc import Mapping
from typing import Any, Final

from balai.web.formats import angka, persen
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l

VERDICTS: Final = {
    "title_only": (_l("hanya demi gelar"), "bad"), "unproven": (_l("belum terbukti"), "warn"),
    "useful": (_l("bermanfaat"), "good"), "growing": (_l("tumbuh"), "good"), "early": (_l("terlalu dini"), "info"),
}  # fmt: skip
ACTIONS: Final = {"stop": _l("Hentikan"), "fix": _l("Perbaiki"), "keep": _l("Teruskan")}
CHANNELS: Final = {
    "web": _l("situs web"), "api": _l("aplikasi lain"), "open311": "Open311", "lapor": "SP4N-LAPOR!", "counter": _l("loket"),
    "phone": _l("telepon"), "letter": _l("surat"), "whatsapp": _l("WhatsApp"),
}  # fmt: skip
ACTION_LEADS: Final = {
    "stop": _l("Dibayar, tetapi hampir tidak ada yang memakai."),
    "fix": _l("Dipakai atau dibayar, tetapi manfaatnya belum terbukti."),
    "keep": _l("Berguna bagi warga, atau masih terlalu baru untuk dinilai."),
}
_PATTERNS: Final = {
    "new": _l("Baru aktif %(months)s bulan; dinilai mulai %(least)s bulan."),
    "used": _l("Dipakai %(asked)s kali dalam 12 bulan."),
    "few": _l("Baru dipakai %(asked)s kali; dinilai mulai %(enough)s kali."),
    "unused": _l("Aktif %(months)s bulan dan tidak pernah dipakai."),
    "title_reach": _l(
        "Menjangkau %(reached)s dari %(target)s orang sasaran, pasti di bawah %(high)s."
    ),
    "title_asked": _l("Hanya dipakai %(asked)s kali setahun, kurang dari %(least)s."),
    "completed": _l("Hanya %(completed)s dari %(ended)s yang selesai ditangani; paling sedikit harus %(least)s."),
    "abandoned": _l("%(abandoned)s dari %(ended)s ditinggalkan pemohon; paling banyak boleh %(most)s."),
    "late": _l("%(late)s dari %(ended)s lewat tenggat; paling banyak boleh %(most)s."),
    "satisfied": _l("Hanya %(satisfied)s dari %(rated)s penilai yang puas; paling sedikit harus %(least)s."),
    "low_reach": _l("Menjangkau %(reached)s dari %(target)s orang sasaran; paling sedikit harus %(least)s."),
    "nothing_ended": _l("Diminta %(asked)s kali dan belum satu pun selesai."),
    "unsure": _l("Dari %(ended)s yang berakhir, bagian yang selesai ada di antara %(low)s dan %(high)s: belum pasti."),
    "no_target": _l("Jumlah orang sasaran belum diisi, jadi jangkauannya belum bisa dihitung."),
    "growing": _l("Enam bulan terakhir dipakai %(recent)s kali, enam bulan sebelumnya %(earlier)s kali."),
    "done": _l("%(completed)s dari %(ended)s selesai ditangani."),
    "reach": _l("Menjangkau %(reached)s dari %(target)s orang sasaran."),
    "liked": _l("%(satisfied)s dari %(rated)s penilai puas."),
    "rare": _l("Dipakai sungguhan %(asked)s kali. Jarang dipakai bukan kesalahan layanan siaga."),
    "no_drill": _l("Latihan dalam 12 bulan: %(drills)s; paling sedikit harus %(least)s."),
    "drilled": _l("Dilatih %(drills)s kali dalam 12 bulan."),
    "delivered": _l("%(delivered)s dari %(sent)s sampai."),
    "not_delivered": _l("Hanya %(delivered)s dari %(sent)s yang sampai; paling sedikit harus %(least)s."),
    "users_unknown": _l("Tidak ada yang tahu berapa penggunanya."),
    "overlap": _l("Sama dengan layanan yang sudah aktif: %(with)s."),
}  # fmt: skip
_SHARES: Final = frozenset({"low", "high"})
_LIMITS: Final = frozenset({"least", "most"})


def sentence(reason: Mapping[str, Any]) -> str:
    """A stored reason (key, numbers) as a sentence."""
    pattern = _PATTERNS.get(reason["key"])
    if pattern is None:
        return str(reason["key"])
    shown = {name: _shown(name, value) for name, value in reason["numbers"].items()}
    return str(pattern) % shown


def _shown(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if name in _SHARES or (name in _LIMITS and 0 < value < 1):
        return persen(value, _digits(value))
    return angka(value)


def _digits(share: float) -> int:
    """A digit more for a share a tenth as large, so that what is small isn't shown as nothing."""
    return next((digits for digits, least in enumerate((0.1, 0.01, 0.0005, 0.00005)) if share >= least), 4)


def days_of(seconds: int | None) -> float | None:
    """Working seconds as working days."""
    return None if seconds is None else seconds / 86400


def none_yet() -> str:
    """What stands where a figure can't be said."""
    return _("belum diketahui")
