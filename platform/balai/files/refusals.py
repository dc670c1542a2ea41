"""Why a file isn't taken, in words that tell the sender what to do. Every reason names the file."""

from typing import Any, Final, Literal

from balai.errors import FieldError, Invalid
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext

Reason = Literal[
    "empty", "too_large", "unknown", "not_wanted", "disguised", "damaged", "animated", "too_many_pixels", "heic",
    "locked", "active", "too_many_pages", "too_long", "not_voice",
]  # fmt: skip
_SHOWN: Final = 60
_WORDS: Final[dict[str, Any]] = {
    "empty": lazy_gettext("Berkas “%(name)s” kosong. Pilih berkas lain."),
    "too_large": lazy_gettext("Berkas “%(name)s” terlalu besar. Paling besar %(limit)s."),
    "unknown": lazy_gettext("Berkas “%(name)s” bukan jenis yang bisa kami terima. Kirim %(wanted)s."),
    "not_wanted": lazy_gettext(
        "Di sini berkas “%(name)s” tidak bisa dipakai karena isinya %(found)s. Kirim %(wanted)s."
    ),
    "disguised": lazy_gettext(
        "Isi berkas “%(name)s” tidak sesuai dengan namanya: isinya %(found)s. Kirim berkas aslinya."
    ),
    "damaged": lazy_gettext("Berkas “%(name)s” rusak atau tidak lengkap. Coba kirim ulang atau pilih berkas lain."),
    "animated": lazy_gettext("Gambar “%(name)s” bergerak. Kirim foto biasa."),
    "too_many_pixels": lazy_gettext(
        "Foto “%(name)s” terlalu lebar: %(width)s × %(height)s titik. Kecilkan dulu, lalu kirim lagi."
    ),
    "heic": lazy_gettext("Foto “%(name)s” memakai format HEIC yang belum bisa kami baca. Kirim sebagai JPEG."),
    "locked": lazy_gettext("PDF “%(name)s” dikunci dengan kata sandi. Buka kuncinya, lalu kirim lagi."),
    "active": lazy_gettext(
        "PDF “%(name)s” berisi program atau berkas lain di dalamnya. Cetak ulang sebagai PDF biasa, lalu kirim lagi."
    ),
    "too_many_pages": lazy_gettext("PDF “%(name)s” punya %(pages)s halaman. Paling banyak %(limit)s halaman."),
    "too_long": lazy_gettext("Pesan suara “%(name)s” terlalu panjang. Paling lama %(limit)s detik."),
    "not_voice": lazy_gettext("Berkas “%(name)s” bukan pesan suara yang bisa kami baca. Rekam ulang dari halaman ini."),
}


class FileRefused(Invalid):
    """422 (413 when too large): the file can't be taken. reason: one of Reason; errors: one FieldError with the words."""

    def __init__(self, reason: Reason, filename: str, *, field: str = "file", **facts: object) -> None:
        message = _words(reason, shown_name(filename), facts)
        super().__init__([FieldError(field, message)], message)
        self.reason: Reason = reason
        if reason == "too_large":
            self.status, self.slug = 413, "terlalu-besar"

    @property
    def message(self) -> str:
        """The words for the sender."""
        return self.errors[0].message


def shown_name(filename: str) -> str:
    """The last part of a name as typed, without control characters, cut to fit a sentence."""
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(c for c in last if c.isprintable()).strip()
    if len(clean) > _SHOWN:
        clean = clean[: _SHOWN - 12] + "…" + clean[-11:]
    return clean or _("tanpa nama")


def _words(reason: Reason, name: str, facts: dict[str, object]) -> str:
    return str(_WORDS[reason]) % {"name": name, **facts}
