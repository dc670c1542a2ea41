"""Quality in words: verdicts, advice, what happened in an incident, and the messages to households."""

from typing import Any, Final

from balai.api import lazy_gettext as _l
from balai.api import register_messages

# Verdict -> (words, kind of badge).
VERDICTS: Final[dict[str, tuple[Any, str]]] = {
    "within": (_l("baik"), "good"),
    "beyond": (_l("di luar batas"), "bad"),
    "unclear": (_l("belum pasti"), "warn"),
    "unlimited": (_l("tanpa batas"), ""),
}
# Advice -> (name, what people should do).
ADVICE: Final[dict[str, tuple[Any, Any]]] = {
    "boil": (
        _l("Rebus dulu airnya"),
        _l("Rebus air sampai mendidih paling sedikit satu menit sebelum diminum, untuk memasak, dan menyikat gigi."),
    ),
    "avoid": (
        _l("Jangan diminum"),
        _l(
            "Jangan minum air ini dan jangan memakainya untuk memasak, juga setelah direbus. Untuk mandi dan mencuci boleh."
        ),
    ),
    "care": (
        _l("Boleh dipakai, sedang diperbaiki"),
        _l(
            "Air tidak berbahaya, tetapi bisa berwarna, berbau, atau berasa. Endapkan atau saring dulu bila mengganggu."
        ),
    ),
}
STATES: Final[dict[str, tuple[Any, str]]] = {
    "open": (_l("sedang ditangani"), "bad"),
    "passed": (_l("selesai, uji ulang baik"), "good"),
    "mistaken": (_l("ternyata keliru"), "info"),
}
EVENTS: Final[dict[str, Any]] = {
    "opened": _l("Hasil uji di luar batas"),
    "failed": _l("Hasil uji lain juga di luar batas"),
    "resampled": _l("Uji ulang"),
    "told": _l("Peringatan diumumkan kepada pelanggan"),
    "lifted": _l("Peringatan dicabut, pelanggan diberi tahu"),
    "withdrawn": _l("Hasil uji ditarik karena keliru"),
    "passed": _l("Selesai: uji ulang baik"),
    "mistaken": _l("Selesai: hasil uji ternyata keliru"),
    "reopened": _l("Dibuka lagi"),
    "noted": _l("Catatan"),
}

_SAMPLE: Final = {
    "nomor": "003412",
    "zona": "Sewon Utara",
    "sebab": "Bakteri E. coli",
    "link": "https://contoh.id/layanan/water/h/mutu/sewon-utara",
}
register_messages(
    "water.quality_boil",
    _l("Rebus dulu air Anda: %(zona)s"),
    _l(
        "Hasil uji air di %(zona)s kurang baik (%(sebab)s).\n\nRebus air sampai mendidih paling sedikit satu menit sebelum "
        "diminum, untuk memasak, dan menyikat gigi. Kami sedang memperbaikinya dan memberi tahu Anda bila air sudah baik.\n\n"
        "Sambungan: %(nomor)s\nPerkembangannya: %(link)s"
    ),
    _SAMPLE,
    short=_l("Rebus dulu air Anda sampai mendidih sebelum diminum (%(zona)s, sambungan %(nomor)s). %(link)s"),
    urgent=True,
)
register_messages(
    "water.quality_avoid",
    _l("Jangan minum air Anda dulu: %(zona)s"),
    _l(
        "Hasil uji air di %(zona)s kurang baik (%(sebab)s).\n\nJangan minum air ini dan jangan memakainya untuk memasak, "
        "juga setelah direbus. Untuk mandi dan mencuci boleh. Kami sedang memperbaikinya dan memberi tahu Anda bila "
        "air sudah baik.\n\n"
        "Sambungan: %(nomor)s\nPerkembangannya: %(link)s"
    ),
    _SAMPLE,
    short=_l("Jangan minum air Anda dulu, juga setelah direbus (%(zona)s, sambungan %(nomor)s). %(link)s"),
    urgent=True,
)
register_messages(
    "water.quality_care",
    _l("Air Anda sedang diperbaiki: %(zona)s"),
    _l(
        "Hasil uji air di %(zona)s kurang baik (%(sebab)s). Air tidak berbahaya, tetapi bisa berwarna, berbau, atau berasa.\n\n"
        "Sambungan: %(nomor)s\nPerkembangannya: %(link)s"
    ),
    _SAMPLE,
    short=_l("Air sedang diperbaiki, bisa berwarna atau berbau (%(zona)s, sambungan %(nomor)s). %(link)s"),
)
register_messages(
    "water.quality_safe",
    _l("Air Anda baik lagi: %(zona)s"),
    _l(
        "Uji ulang air di %(zona)s sudah baik. Air boleh dipakai seperti biasa.\n\nSambungan: %(nomor)s\nHasilnya: %(link)s"
    ),
    _SAMPLE,
    short=_l("Air baik lagi, boleh dipakai seperti biasa (%(zona)s, sambungan %(nomor)s). %(link)s"),
)
register_messages(
    "water.quality_mistaken",
    _l("Peringatan air dicabut: %(zona)s"),
    _l(
        "Peringatan kami tentang air di %(zona)s ternyata keliru. Air boleh dipakai seperti biasa. Mohon maaf.\n\n"
        "Sambungan: %(nomor)s\nHasil ujinya: %(link)s"
    ),
    _SAMPLE,
    short=_l("Peringatan air dicabut, boleh dipakai seperti biasa (%(zona)s, sambungan %(nomor)s). %(link)s"),
)
