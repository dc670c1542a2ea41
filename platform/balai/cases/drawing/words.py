"""What the words of a document are called on the board."""

from typing import Any

from balai.cases.drawing import editing
from balai.contracts import CHECKER
from balai.web.i18n import gettext as _


def sectors() -> list[tuple[str, str]]:
    """Sectors by name."""
    return [
        ("air", _("Air")),
        ("sampah", _("Sampah")),
        ("energi", _("Energi")),
        ("keamanan", _("Keamanan")),
        ("bencana", _("Bencana")),
        ("administrasi", _("Administrasi")),
        ("mobilitas", _("Mobilitas")),
        ("kelayakan", _("Kelayakan hidup")),
        ("ekonomi", _("Ekonomi")),
    ]


def audiences() -> list[tuple[str, str, str]]:
    """For whom a service is."""
    return [
        ("public", _("Warga"), _("Tampil di daftar layanan untuk umum.")),
        ("staff", _("Pegawai"), _("Hanya di ruang kerja petugas, tidak tampil untuk umum.")),
    ]


def visibilities() -> list[tuple[str, str, str]]:
    """Who reads what was filed."""
    return [
        ("private", _("Rahasia"), _("Hanya pemohon dan unit yang menangani.")),
        ("public", _("Terbuka"), _("Boleh tampil untuk umum setelah diperiksa petugas.")),
        ("secret", _("Sangat rahasia"), _("Hanya petugas yang ditunjuk satu per satu.")),
    ]


def checkers(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Who may take the second look before *selesai* counts."""
    named = {
        "none": _("Tidak perlu diperiksa lagi"),
        "citizen": _("Pemohon: ia yang menyatakan beres"),
        CHECKER: _("Unit lain yang hanya memeriksa"),
    }
    return [
        (key, named.get(key) or _("Unit dengan tugas “%(slot)s”", slot=key.replace("_", " ")))
        for key in editing.checkers(document)
    ]


def states_of_drawings() -> dict[str, tuple[str, str]]:
    """State of a drawing -> (word, kind of badge)."""
    return {
        "draft": (_("draf"), ""),
        "asked": (_("menunggu pimpinan"), "info"),
        "refused": (_("dikembalikan pimpinan"), "warn"),
        "published": (_("terbit"), "good"),
    }


def field_types() -> list[tuple[str, str]]:
    """Kinds of questions."""
    return [
        ("text", _("Tulisan pendek")),
        ("longtext", _("Tulisan panjang")),
        ("number", _("Angka")),
        ("money", _("Uang (rupiah)")),
        ("date", _("Tanggal")),
        ("choice", _("Pilih satu")),
        ("multichoice", _("Pilih beberapa")),
        ("place", _("Lokasi kejadian")),
        ("region", _("Desa atau kecamatan")),
        ("file", _("Berkas")),
        ("photo", _("Foto")),
        ("voice", _("Pesan suara")),
        ("nik", _("NIK")),
        ("phone", _("Nomor HP")),
        ("email", _("Alamat email")),
        ("consent", _("Pernyataan setuju")),
    ]


def outcomes() -> list[tuple[str, str]]:
    """How a path ends."""
    return [
        ("done", _("Selesai, dipenuhi")),
        ("not_possible", _("Tidak bisa dipenuhi")),
        ("referred", _("Diteruskan ke pihak lain")),
        ("withdrawn", _("Ditarik pemohon")),
        ("lapsed", _("Ditutup karena tidak dijawab")),
    ]


def waits() -> list[tuple[str, str]]:
    """For whom a state waits."""
    return [("staff", _("Petugas")), ("citizen", _("Pemohon (waktu berhenti)")), ("other", _("Pihak lain"))]


def movers(present: str = "") -> list[tuple[str, str]]:
    """Who takes a step. present: what the step says now; an event that is not usually waited for is offered only then."""
    named = {"invoice_settled": _("tagihan lunas"), "decision_made": _("keputusan daerah")}
    others = [name] if (name := present.partition(":")[2]) and name not in named else []
    return [
        ("staff", _("Petugas")),
        ("citizen", _("Pemohon")),
        ("timer", _("Waktu (lewat pengingat)")),
        *((f"event:{name}", f"{_('Kejadian')}: {named.get(name, name)}") for name in [*named, *others]),
    ]


def permissions() -> list[tuple[str, str]]:
    """Which right a step needs."""
    return [
        ("cases.work", _("Petugas unit yang menangani")),
        ("cases.assign", _("Yang boleh membagi tugas di unit")),
        ("cases.reveal", _("Yang boleh melihat data pribadi")),
        ("cases.file_for", _("Yang boleh mencatat untuk warga")),
    ]


def demands() -> list[tuple[str, str]]:
    """What has to be written at a step."""
    return [
        ("answer", _("Jawaban untuk pemohon")),
        ("reason", _("Alasan")),
        ("question", _("Pertanyaan untuk pemohon")),
        ("reply", _("Balasan pemohon")),
        ("receiver", _("Penerima di luar")),
    ]


def messages() -> list[tuple[str, str]]:
    """Which text the reporter gets."""
    return [
        ("received", _("Sudah diterima")),
        ("forwarded", _("Diteruskan dan mulai dikerjakan")),
        ("asked", _("Ada pertanyaan")),
        ("answered", _("Ada jawaban")),
        ("done", _("Sudah selesai")),
        ("not_possible", _("Tidak bisa dipenuhi")),
        ("referred", _("Diteruskan ke pihak lain")),
        ("closed", _("Ditutup")),
    ]


def effects() -> list[tuple[str, str]]:
    """What a step does to the request, for the figures of the chain."""
    return [
        ("none", _("Tidak mengubah")),
        ("approved", _("Menyetujui")),
        ("refused", _("Menolak")),
        ("returned", _("Mengembalikan untuk dilengkapi")),
        ("changed", _("Mengubah isinya")),
    ]


def doings(steps: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What happens by itself. steps: those that wait for time."""
    return [("remind", _("Ingatkan petugas")), ("escalate", _("Beri tahu kepala unit")), *steps]
