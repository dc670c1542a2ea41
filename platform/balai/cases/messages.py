"""Texts that the spine sends. Names in service documents ("answered") are `cases.<name>` in `notify`."""

from balai import notify
from balai.web.i18n import lazy_gettext as _l

_SAMPLE = {
    "code": "3273-7K2M9-QX4TB-H",
    "service": "Pengaduan",
    "region": "Kota Bandung",
    "link": "https://bandung.contoh.id/lacak/3273-7K2M9-QX4TB-H",
    "due": "1 Desember 2026",
    "words": "Lampu sudah diganti.",
    "summary": "Lampu jalan mati",
    "state": "Sedang dikerjakan",
    "unit": "Unit Penerangan Jalan",
    "title": "Lampu jalan di tiga kecamatan diperbaiki",
    "other": "https://cimahi.contoh.id/lacak/3277-7K2M9-QX4TB-H",
}
_NAMES = {
    "received": (
        _l("Sudah kami terima: %(code)s"),
        _l(
            "Terima kasih. %(service)s Anda sudah diterima oleh %(region)s.\n\nKode: %(code)s\n%(due)s\n\n"
            "Ikuti di sini: %(link)s\nJangan berikan alamat ini kepada orang lain: siapa pun yang membukanya bisa membalas"
            " atas nama Anda."
        ),
    ),
    "forwarded": (
        _l("%(code)s sedang ditangani"),
        _l("%(service)s Anda (%(code)s) diteruskan ke %(unit)s.\n%(due)s\n\nIkuti di sini: %(link)s"),
    ),
    "asked": (
        _l("Ada pertanyaan tentang %(code)s"),
        _l("Petugas bertanya tentang %(service)s Anda (%(code)s):\n\n%(words)s\n\nJawab di sini: %(link)s"),
    ),
    "answered": (
        _l("Ada jawaban untuk %(code)s"),
        _l("%(unit)s menjawab %(service)s Anda (%(code)s):\n\n%(words)s\n\nSudah beres? Katakan di sini: %(link)s"),
    ),
    "done": (
        _l("Selesai: %(code)s"),
        _l("%(service)s Anda (%(code)s) selesai.\n\n%(words)s\n\nBeri nilai, atau katakan bila belum beres: %(link)s"),
    ),
    "not_possible": (
        _l("Belum bisa diselesaikan: %(code)s"),
        _l("%(service)s Anda (%(code)s) belum bisa diselesaikan.\n\n%(words)s\n\nSelengkapnya: %(link)s"),
    ),
    "referred": (
        _l("Diteruskan ke pihak lain: %(code)s"),
        _l("%(service)s Anda (%(code)s) bukan kewenangan kami dan diteruskan.\n\n%(words)s\n\nSelengkapnya: %(link)s"),
    ),
    "merged": (
        _l("%(code)s digabung dengan laporan yang sama"),
        _l(
            "%(service)s Anda (%(code)s) tentang hal yang sama dengan %(words)s. Keduanya kami tangani bersama, dan Anda"
            " tetap diberi kabar.\n\nIkuti di sini: %(other)s"
        ),
    ),
    "unmerged": (
        _l("%(code)s kembali menjadi laporan sendiri"),
        _l(
            "%(service)s Anda (%(code)s) ternyata bukan hal yang sama dengan %(words)s dan kami tangani sendiri.\n\n"
            "Ikuti di sini: %(other)s"
        ),
    ),
    "follow_news": (
        _l("Kabar tentang %(code)s yang Anda ikuti"),
        _l(
            "%(service)s yang juga Anda laporkan (%(code)s) di %(region)s sekarang: %(state)s.\n\nSelengkapnya: %(link)s"
        ),
    ),
    "refer_asked": (
        _l("Bolehkah %(code)s kami teruskan?"),
        _l(
            "%(service)s Anda (%(code)s) bukan kewenangan kami. Bila Anda setuju, kami teruskan ke yang berwenang:"
            "\n\n%(words)s\n\nAnda yang memilih apa yang ikut dikirim. Jawab di sini: %(link)s"
        ),
    ),
    "refer_agreed": (
        _l("%(code)s sedang diteruskan"),
        _l(
            "Petugas mencatat bahwa Anda setuju: %(service)s Anda (%(code)s) kami teruskan ke %(words)s.\n\n"
            "Tidak merasa menyetujuinya? Katakan kepada kami di sini: %(link)s"
        ),
    ),
    "refer_sent": (
        _l("%(code)s sudah sampai di yang berwenang"),
        _l(
            "%(service)s Anda (%(code)s) sekarang ditangani di sini:\n\n%(words)s\n\nIkuti dan jawab di sini: %(other)s\n"
            "Jangan berikan alamat ini kepada orang lain: siapa pun yang membukanya bisa membalas atas nama Anda."
        ),
    ),
    "refer_kept": (
        _l("%(code)s tidak kami teruskan"),
        _l(
            "%(service)s Anda (%(code)s) bukan kewenangan kami dan tidak kami kirim ke mana pun."
            " Anda bisa menyampaikannya sendiri:\n\n%(words)s\n\nSelengkapnya: %(link)s"
        ),
    ),
    "refer_withdrawn": (
        _l("%(code)s tetap kami tangani"),
        _l(
            "Pertanyaan kami tentang meneruskan %(service)s Anda (%(code)s) kami tarik:\n\n%(words)s\n\nIkuti di sini: %(link)s"
        ),
    ),
    "closed": (
        _l("Ditutup: %(code)s"),
        _l("%(service)s Anda (%(code)s) ditutup karena lama tidak ada kabar dari Anda.\n\nSelengkapnya: %(link)s"),
    ),
    "not_shown": (
        _l("%(code)s tidak ditampilkan untuk umum"),
        _l(
            "%(service)s Anda (%(code)s) tetap kami tangani, tetapi tidak kami tampilkan di daftar umum:\n\n%(words)s\n\n"
            "Selengkapnya: %(link)s"
        ),
    ),
    "decision_made": (
        _l("Anda melapor, kami ubah: %(title)s"),
        _l(
            "Terima kasih. Yang Anda sampaikan kepada %(region)s (%(code)s) ikut mendorong keputusan ini:\n\n%(title)s\n\n"
            "%(words)s\n\nSelengkapnya: %(link)s"
        ),
    ),
    "code_again": (
        _l("Kode Anda di %(region)s"),
        _l("Ini kode yang Anda minta:\n\n%(words)s\n\nIkuti di sini: %(link)s"),
    ),
    "staff_new": (_l("Baru: %(summary)s"), _l("%(service)s %(code)s masuk ke %(unit)s. %(due)s")),
    "staff_assigned": (_l("Ditugaskan kepada Anda: %(summary)s"), _l("%(service)s %(code)s. %(due)s")),
    "staff_replied": (_l("Pelapor menjawab: %(summary)s"), _l("%(service)s %(code)s. Buka untuk membaca jawabannya.")),
    "staff_remind": (_l("Segera lewat waktu: %(summary)s"), _l("%(service)s %(code)s masih “%(state)s”. %(due)s")),
    "staff_escalated": (
        _l("Perlu perhatian kepala unit: %(summary)s"),
        _l("%(service)s %(code)s di %(unit)s masih “%(state)s”. %(due)s"),
    ),
    "staff_reopened": (_l("Dibuka lagi: %(summary)s"), _l("Pelapor membuka lagi %(service)s %(code)s. %(due)s")),
}

# Whoever has just written waits for these, or must act on them: they go out at night too.
_URGENT = {"received", "code_again", "staff_escalated"}
# News that nobody is owed: its reader may stop it.
_OPTIONAL = {"decision_made", "follow_news", "forwarded"}
_SHORT = {"code_again": _l("Kode laporan Anda di %(region)s: %(words)s")}

for _name, (_subject, _body) in _NAMES.items():
    notify.register(
        f"cases.{_name}",
        _subject,
        _body,
        _SAMPLE,
        short=_SHORT.get(_name),
        urgent=_name in _URGENT,
        optional=_name in _OPTIONAL,
        audience="staff" if _name.startswith("staff_") else "citizen",
    )
