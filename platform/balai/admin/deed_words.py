"""Details of the record in words: what an entry is about, what each figure in it is called, states by their names.

What a plugin writes of its own is shown as it stands; so is what has no name here.
"""

from collections.abc import Mapping
from typing import Any, Final

from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l

KINDS: Final[dict[str, Any]] = {
    "bank_import": _l("Rekening koran"), "bank_layout": _l("Susunan kolom bank"), "body": _l("Instansi"),
    "breach": _l("Kebocoran data"), "case": _l("Laporan"), "cash_drawer": _l("Laci kasir"), "cash_receipt": _l("Struk"),
    "data_export": _l("Berkas unduhan"), "decision": _l("Keputusan"), "file": _l("Berkas"),
    "filer_block": _l("Pembatasan pengirim"), "billing_setting": _l("Pengaturan keuangan"), "trial": _l("Uji coba"),
    "invoice": _l("Tagihan"), "job": _l("Pekerjaan"), "language": _l("Bahasa"), "ledger": _l("Buku keuangan"),
    "member": _l("Petugas"),
    "message": _l("Pesan"), "message_text": _l("Teks pesan"), "operator_grant": _l("Izin pengelola"), "payment": _l("Pembayaran"),
    "payment_provider": _l("Penyedia pembayaran"), "plugin": _l("Layanan"), "reconciliation_finding": _l("Temuan pembayaran"),
    "refund": _l("Pengembalian uang"), "region": _l("Daerah"), "reply_text": _l("Contoh jawaban"), "request": _l("Permintaan"),
    "retention": _l("Masa simpan"), "service": _l("Layanan"), "sheet": _l("Tabel"), "tenant": _l("Daerah"), "unit": _l("Unit"),
    "verdict": _l("Penilaian"), "word": _l("Kata"),
}  # fmt: skip
DETAILS: Final[dict[str, Any]] = {
    "action": _l("tindakan"), "added": _l("ditambah"), "after": _l("sesudahnya"), "after_days": _l("setelah berapa hari"),
    "amount": _l("jumlah"), "approved": _l("disetujui"), "base": _l("dasar"), "before": _l("sebelumnya"), "by": _l("oleh"),
    "cases": _l("laporan"), "changed": _l("yang diubah"), "channel": _l("jalur"), "code": _l("kode"), "codes": _l("kode"),
    "corrected": _l("diperbaiki"), "count": _l("banyaknya"), "counted": _l("dihitung"), "decree": _l("keputusan"),
    "difference": _l("selisih"), "drawer": _l("laci"), "due": _l("batas waktu"), "due_on": _l("batas bayar"),
    "event": _l("langkah"),
    "expected": _l("menurut catatan"), "falls_short": _l("kurang di"), "field": _l("isian"), "file": _l("berkas"),
    "files": _l("berkas"), "filter": _l("saringan"), "from": _l("dari"), "gate": _l("tahap"), "help": _l("penjelasan"),
    "hours": _l("jam"), "into": _l("ke"), "invoice": _l("tagihan"), "invoices": _l("tagihan"), "keys": _l("kunci"),
    "kid": _l("nomor kunci"), "kind": _l("jenis"), "known": _l("diketahui"), "label": _l("nama"), "language": _l("bahasa"),
    "languages": _l("bahasa"), "lines": _l("baris"), "member": _l("petugas"), "ministry": _l("kementerian"), "month": _l("bulan"),
    "name": _l("nama"), "note": _l("catatan"), "number": _l("nomor"), "on": _l("dinyalakan"), "opening": _l("pembukaan"),
    "order": _l("urutan"), "page": _l("halaman"), "parts": _l("bagian"), "personal": _l("data pribadi"), "plan": _l("rencana"),
    "reason": _l("alasan"), "reference": _l("nomor dokumen"), "region": _l("daerah"), "request": _l("permintaan"),
    "retention": _l("masa simpan"), "roles": _l("peran"), "rows": _l("baris"), "rule": _l("aturan"), "rupiah": _l("rupiah"),
    "secret": _l("rahasia"), "short": _l("SMS"), "slot": _l("tugas"), "source": _l("sumber"), "split": _l("dibagi"),
    "stars": _l("bintang"), "state": _l("keadaan"), "through": _l("sampai"), "title": _l("judul"), "to": _l("menjadi"),
    "told": _l("diberi tahu"), "topic": _l("topik"), "total": _l("seluruhnya"), "translated": _l("diterjemahkan"),
    "check_days": _l("hari pemeriksaan kedua"), "days": _l("hari"), "deadlines": _l("batas yang berubah"),
    "named": _l("laporan sangat rahasia"), "reopen_days": _l("hari untuk membuka lagi"), "since": _l("berlaku sejak"),
    "sla": _l("batas waktu"), "steps_off": _l("langkah mati"), "units": _l("unit"), "windows": _l("waktu lain"),
    "bills": _l("tagihan"), "confirmed_by": _l("disetujui oleh"), "for": _l("untuk"), "left_out": _l("dilewati"),
    "n_payers": _l("pembayar tagihan"), "open_bills": _l("tagihan yang belum selesai"), "what": _l("yang diperbaiki"),
    "day": _l("tanggal"), "unit": _l("unit"), "unmerged": _l("dipisah"), "until": _l("sampai"), "version": _l("versi"),
}  # fmt: skip
VALUES: Final[dict[str, Any]] = {
    "on": _l("menyala"), "off": _l("mati"), "closing": _l("ditutup bertahap"), "blocked": _l("menunggu penilaian dampak"),
    "trial": _l("uji coba"), "paused": _l("jeda"), "admin": _l("Admin"), "officer": _l("Petugas"), "leader": _l("Pimpinan"),
    "auditor": _l("Pemeriksa"), "helper": _l("Pencatat"), "email": _l("email"), "inapp": _l("di Balai"),
}  # fmt: skip
# Which details hold such a state or role; elsewhere the same letters are what somebody wrote.
_NAMED: Final = frozenset({"from", "to", "state", "before", "after", "roles", "channel"})


def kind(name: str) -> str:
    """What an entry is about."""
    return str(KINDS.get(name, name))


def details(data: Mapping[str, Any], members: Mapping[str, str]) -> list[tuple[str, str]]:
    """(name, value) of each detail, in the record's order. members: names by member id."""
    return [(str(DETAILS.get(key, key)), _value(key, value, members)) for key, value in data.items()]


def _value(key: str, value: Any, members: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return _("ya") if value else _("tidak")
    if isinstance(value, list | tuple):
        return ", ".join(_value(key, one, members) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{DETAILS.get(name, name)} {_value(name, one, members)}" for name, one in value.items())
    if value is None:
        return "-"
    text = str(value)
    return str(VALUES[text]) if key in _NAMED and text in VALUES else members.get(text, text)
