"""Bodies that nearly every region sends people to, for a list to begin with.

Names and what they are for hold everywhere; a web address stands here only where the body is one for the whole country. Phone
numbers differ from place to place and change: the region writes in its own, and until then an entry isn't offered.
"""

from typing import Any, Final

_EVERYWHERE: Final = (
    ("PLN", "listrik padam, meteran, tiang dan kabel listrik", "https://web.pln.co.id", "listrik, PLN, kabel, meteran"),
    (
        "Balai Pelaksanaan Jalan Nasional",
        "jalan dan jembatan nasional",
        "",
        "jalan nasional, jembatan nasional, jalan raya",
    ),
    ("Balai Wilayah Sungai", "sungai besar, bendungan, dan irigasi lintas daerah", "", "sungai, bendungan, irigasi"),
    ("Kantor Pertanahan (BPN)", "sertifikat dan sengketa tanah", "https://www.atrbpn.go.id", "tanah, sertifikat, BPN"),
    ("Kepolisian", "kejahatan, kecelakaan, dan lalu lintas", "", "polisi, pencurian, kecelakaan, lalu lintas"),
    ("BPJS Kesehatan", "kepesertaan dan iuran JKN", "https://www.bpjs-kesehatan.go.id", "BPJS, JKN, KIS"),
    ("BPJS Ketenagakerjaan", "jaminan pekerja", "https://www.bpjsketenagakerjaan.go.id", "jaminan pekerja, JHT"),
    ("Kantor Imigrasi", "paspor dan orang asing", "https://www.imigrasi.go.id", "paspor, imigrasi"),
    ("Kantor Kementerian Agama", "nikah, haji, dan madrasah", "https://kemenag.go.id", "nikah, haji, madrasah, KUA"),
    ("Kantor Pelayanan Pajak", "pajak penghasilan dan NPWP", "https://www.pajak.go.id", "NPWP, pajak penghasilan"),
    ("Pengadilan", "perkara di pengadilan", "", "pengadilan, sidang, gugatan"),
    ("Perusahaan telekomunikasi", "kabel, tiang, dan sinyal telepon atau internet", "", "internet, sinyal, telepon"),
)
_FOR_REGENCIES: Final = (
    ("Dinas jalan provinsi", "jalan dan jembatan provinsi", "", "jalan provinsi, jembatan provinsi"),
    ("Samsat", "pajak kendaraan bermotor", "", "pajak kendaraan, STNK, BPKB, samsat"),
    ("Dinas pendidikan provinsi", "SMA, SMK, dan SLB", "", "SMA, SMK, SLB, sekolah menengah atas"),
)


def bodies(level: str) -> list[dict[str, Any]]:
    """Values of entries for a region of this level (kabkota or provinsi)."""
    rows = [*_EVERYWHERE, *(_FOR_REGENCIES if level == "kabkota" else ())]
    return [
        {"name": name, "purpose": purpose, "url": url, "topics": [t.strip().lower() for t in topics.split(",")]}
        for name, purpose, url, topics in rows
    ]
