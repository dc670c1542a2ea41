"""Five people with their numbers, and a service that asks for them: for tests of what is kept, shown, found and forgotten."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from balai.db import TenantSession

FIVE = (
    ("3273014505890003", "0812-9876-5432", "siti.rahayu@contoh.id"),
    ("3273010101900001", "0857 1234 9876", "asep.k@contoh.id"),
    ("3273016212750002", "+6281311223344", "dewi_lestari@contoh.co.id"),
    ("3273013112010009", "081987654321", "joko@contoh.id"),
    ("3273011708640007", "6285699887766", "yanti.s@contoh.id"),
)
DOCUMENT = """
key: bantuan-uji
version: 1
titles: {id: Bantuan uji}
summary: {id: Permohonan dengan NIK dan nomor HP.}
sector: administrasi
topic: bantuan
visibility: private
fields:
  - key: nik
    type: nik
    label: NIK penerima
    required: true
    personal: {purpose: memastikan penerima, basis: UU 13/2011, retention_days: 365}
  - key: hp
    type: phone
    label: Nomor HP penerima
    personal: {purpose: menghubungi penerima, basis: UU 13/2011, retention_days: 90}
  - key: surel
    type: email
    label: Email penerima
    personal: {purpose: menghubungi penerima, basis: UU 13/2011, retention_days: 90}
  - {key: alasan, type: longtext, label: Alasannya, required: true}
  - {key: singkat, type: text, label: Singkatnya}
  - {key: setuju, type: consent, label: Data saya boleh dicocokkan dengan data Dinas Sosial., required: true}
  - {key: tempat, type: place, label: Tempatnya, required: true}
workflow:
  start: diterima
  states:
    - {key: diterima, label: Diterima, slot: penerima, sla_days: 3}
    - {key: ditanya, label: Menunggu jawaban, waits_for: citizen}
    - {key: selesai, label: Selesai, outcome: done}
  transitions:
    - {key: tanya, from: diterima, to: ditanya, label: Tanya, demands: [question], message: asked}
    - {key: balas, from: ditanya, to: diterima, label: Jawab, by: citizen, demands: [reply]}
    - {key: lengkapi, from: diterima, to: diterima, label: Lengkapi, demands: [singkat]}
    - {key: selesaikan, from: diterima, to: selesai, label: Selesai, demands: [answer], message: done}
"""


def keep_document(session: "TenantSession") -> str:
    """The document as if an officer had drawn it here; committed. Its service id."""
    from balai.cases import catalogue, queries
    from balai.cases.documents import dump, parse
    from balai.clock import now

    service = parse(DOCUMENT, owner=catalogue.DRAWN)
    queries.keep_version(session, service.id, 1, catalogue.digest_of(service), dump(service), now())
    session.commit()
    return service.id


def spellings(nik: str, phone: str, email: str) -> set[str]:
    """What a thief would search for: as typed, digits only, E.164, without the leading zero, in groups."""
    digits = "".join(c for c in phone if c.isdigit())
    bare = digits.removeprefix("62").removeprefix("0")
    return {
        nik,
        f"{nik[:4]} {nik[4:8]} {nik[8:12]} {nik[12:]}",
        phone,
        digits,
        bare,
        f"+62{bare}",
        email,
        email.upper(),
    }
