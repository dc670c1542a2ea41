"""Outages in words: reasons, places and times as people read them, and the messages to those who lose water."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from balai.api import TenantSession, current_tenant, gettext, in_language, lazy_gettext, page_url, register_messages
from balai_water.outages.models import Outage

REASON_WORDS: Final = {
    "pipe_burst": lazy_gettext("Pipa pecah"),
    "repair": lazy_gettext("Perbaikan atau perawatan pipa"),
    "pump": lazy_gettext("Pompa rusak"),
    "power": lazy_gettext("Listrik padam"),
    "source": lazy_gettext("Air baku berkurang atau keruh"),
    "quality": lazy_gettext("Air sedang dibersihkan karena mutunya"),
    "other": lazy_gettext("Sebab lain"),
}
KIND_WORDS: Final = {"sudden": lazy_gettext("Mendadak"), "planned": lazy_gettext("Terencana")}
PRIORITY_WORDS: Final = {
    "hospital": lazy_gettext("Rumah sakit"),
    "dialysis": lazy_gettext("Cuci darah"),
    "clinic": lazy_gettext("Puskesmas atau klinik"),
    "school": lazy_gettext("Sekolah"),
}
_MONTHS: Final = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
_ZONES: Final = {7: "WIB", 8: "WITA", 9: "WIT"}
_NAMED_PLACES: Final = 3
HOME: Final = "/layanan/water/h/gangguan"

_SAMPLE: Final = {
    "nomor": "003412",
    "tempat": "Bangunjiwo, Tirtonirmolo",
    "mulai": "24 November 2026, 13.00 WIB",
    "selesai": "24 November 2026, 18.00 WIB",
    "sebab": "Pipa pecah",
    "keterangan": "\nTruk air berdiri di balai desa.",
    "link": "https://contoh.id/layanan/water/h/gangguan/018f2c6e-7a52-7c3e-9b1d-2f6a5c0d9e41",
}
register_messages(
    "water.outage_sudden",
    lazy_gettext("Air mati di %(tempat)s"),
    lazy_gettext(
        "Air di sambungan Anda sedang mati atau kecil. Mohon maaf, kami sedang menanganinya.\n\nSambungan: %(nomor)s\n"
        "Tempat: %(tempat)s\nMati sejak: %(mulai)s\nMengalir lagi: %(selesai)s\nSebab: %(sebab)s%(keterangan)s\n\n"
        "Perkembangannya: %(link)s"
    ),
    _SAMPLE,
    short=lazy_gettext("Air mati di %(tempat)s (sambungan %(nomor)s). Mengalir lagi: %(selesai)s. %(link)s"),
    urgent=True,
)
register_messages(
    "water.outage_planned",
    lazy_gettext("Air akan mati mulai %(mulai)s"),
    lazy_gettext(
        "Air di sambungan Anda akan mati sementara. Tampunglah air secukupnya sebelum itu.\n\nSambungan: %(nomor)s\n"
        "Tempat: %(tempat)s\nMati mulai: %(mulai)s\nMengalir lagi: %(selesai)s\nSebab: %(sebab)s%(keterangan)s\n\n"
        "Perkembangannya: %(link)s"
    ),
    _SAMPLE,
    short=lazy_gettext("Air (sambungan %(nomor)s) akan mati mulai %(mulai)s. Mengalir lagi: %(selesai)s. %(link)s"),
)
register_messages(
    "water.outage_changed",
    lazy_gettext("Kabar baru tentang air mati di %(tempat)s"),
    lazy_gettext(
        "Kabar tentang air mati yang kami kirim sebelumnya berubah.\n\nSambungan: %(nomor)s\nTempat: %(tempat)s\n"
        "Air mati mulai: %(mulai)s\nMengalir lagi: %(selesai)s\nSebab: %(sebab)s%(keterangan)s\n\nPerkembangannya: %(link)s"
    ),
    _SAMPLE,
    short=lazy_gettext(
        "Perubahan (sambungan %(nomor)s): air mati mulai %(mulai)s. Mengalir lagi: %(selesai)s. %(link)s"
    ),
)
register_messages(
    "water.outage_spared",
    lazy_gettext("Air di sambungan %(nomor)s tidak jadi mati"),
    lazy_gettext(
        "Sambungan %(nomor)s ternyata tidak terkena air mati yang kami kabarkan sebelumnya (%(mulai)s). Bila air tetap tidak"
        " mengalir, mohon laporkan di sini: %(link)s"
    ),
    _SAMPLE,
    short=lazy_gettext("Sambungan %(nomor)s tidak terkena air mati %(mulai)s yang kami kabarkan. %(link)s"),
)
register_messages(
    "water.outage_ended",
    lazy_gettext("Air sudah mengalir lagi"),
    lazy_gettext(
        "Air di sambungan %(nomor)s (%(tempat)s) sudah mengalir lagi sejak %(selesai)s. Air pertama bisa keruh: biarkan mengalir"
        " beberapa menit dulu. Bila belum mengalir, mohon laporkan di sini: %(link)s\n\nTerima kasih sudah bersabar."
    ),
    _SAMPLE,
    short=lazy_gettext(
        "Air di sambungan %(nomor)s sudah mengalir lagi sejak %(selesai)s. Belum mengalir? Lapor: %(link)s"
    ),
)
register_messages(
    "water.outage_cancelled",
    lazy_gettext("Batal: air tidak jadi mati %(mulai)s"),
    lazy_gettext(
        "Air di sambungan %(nomor)s tidak jadi mati pada %(mulai)s. Anda tidak perlu berbuat apa-apa.\n\n%(link)s"
    ),
    _SAMPLE,
    short=lazy_gettext("Batal: air di sambungan %(nomor)s tidak jadi mati pada %(mulai)s. %(link)s"),
)


def zone() -> ZoneInfo:
    """Time zone of the region that is served."""
    tenant = current_tenant()
    return tenant.zone if tenant is not None else ZoneInfo("Asia/Jakarta")


def moment_words(at: datetime | None) -> str:
    """24 November 2026, 13.00 WIB, for a message, also outside of a request; None isn't known yet."""
    if at is None:
        return gettext("belum diketahui")
    local = at.astimezone(zone())
    offset = local.utcoffset()
    name = _ZONES.get(round(offset.total_seconds() / 3600), "") if offset is not None else ""
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H.%M} {name}".strip()


def place_words(places: Sequence[Mapping[str, Any]]) -> str:
    """The villages touched, the largest first: "Bangunjiwo, Tirtonirmolo, Tamantirto, dan 4 desa lain"."""
    names = [str(place["name"]) for place in places]
    if len(names) <= _NAMED_PLACES:
        return ", ".join(names) or gettext("beberapa tempat")
    named = ", ".join(names[:_NAMED_PLACES])
    return gettext("%(names)s, dan %(count)s desa lain", names=named, count=len(names) - _NAMED_PLACES)


def values_of(session: TenantSession, outage: Outage) -> dict[str, str]:
    """What the messages about an outage say, but for the number of the connection; Indonesian whatever their sender reads."""
    with in_language("id"):
        return {
            "tempat": place_words(outage.places),
            "mulai": moment_words(outage.starts_at),
            "selesai": moment_words(outage.ended_at or outage.ends_at),
            "sebab": str(REASON_WORDS[outage.reason]),
            "keterangan": f"\n{outage.text}" if outage.text else "",
            "link": page_url(session, f"{HOME}/{outage.id}"),
        }
