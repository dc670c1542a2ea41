"""The search box of the portal: people type what troubles them ("air mati"), services are called something else.

Three things are read: a service's own texts (title, summary, the choices and labels of its form), the `keywords` of its document,
and SAME_THING: words that people use for one another. No statistics, no service outside; whoever wonders why something was
found reads this list.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from balai.contracts import Sector, Service

SAME_THING: Final = (
    ("air mati", "air tidak mengalir", "pdam", "perumdam", "perumda", "ledeng", "leding", "keran", "kran", "air bersih",
     "air keruh", "pipa bocor", "air minum", "pamsimas", "spam", "water", "air"),
    ("lampu jalan", "lampu mati", "pju", "penerangan jalan", "tiang lampu", "street light", "lampu"),
    ("jalan rusak", "jalan berlubang", "lubang", "aspal", "jembatan", "trotoar", "road", "jalan"),
    ("sampah", "tps", "tpa", "limbah", "kebersihan", "bank sampah", "tukang sampah", "garbage", "waste"),
    ("banjir", "genangan", "selokan", "got", "drainase", "gorong gorong", "parit", "saluran mampet", "flood", "saluran"),
    ("pohon tumbang", "pohon", "taman", "dahan"),
    ("bencana", "longsor", "gempa", "kebakaran", "damkar", "bpbd", "puting beliung", "tsunami"),
    ("ketertiban", "satpol pp", "trantibum", "keamanan", "tawuran", "maling", "pencurian", "ronda", "siskamling", "kebisingan",
     "berisik", "bising", "preman"),
    ("ktp", "e ktp", "ktp el", "kk", "kartu keluarga", "akta", "akte", "kia", "dukcapil", "disdukcapil", "kependudukan",
     "pindah alamat", "surat pindah", "surat keterangan", "id card"),
    ("bansos", "bantuan sosial", "blt", "pkh", "bpnt", "sembako", "dtks", "dtsen", "beras"),
    ("kesehatan", "puskesmas", "rumah sakit", "rsud", "bpjs", "kis", "posyandu", "obat", "dokter", "ambulans", "ambulan"),
    ("pendidikan", "sekolah", "ppdb", "spmb", "guru", "beasiswa", "kip", "paud"),
    ("angkutan", "angkot", "bus", "terminal", "halte", "parkir", "macet", "lampu merah", "dishub", "transportasi"),
    ("usaha", "umkm", "ukm", "nib", "oss", "izin usaha", "pedagang", "pasar", "pirt", "kios", "dagang"),
    ("pajak", "pbb", "retribusi", "sppt", "tagihan"),
    ("listrik", "pln", "meteran", "token listrik", "energi"),
    ("informasi", "ppid", "dokumen", "salinan", "anggaran", "apbd", "keterbukaan informasi"),
    ("usul", "usulan", "saran", "ide", "gagasan", "aspirasi", "masukan", "musrenbang", "idea"),
    ("pengaduan", "aduan", "lapor", "laporan", "melapor", "keluhan", "komplain", "protes", "sp4n", "complaint", "report"),
    ("pelayanan", "pegawai", "pungli", "pungutan liar", "loket", "antre", "petugas"),
    ("data pribadi", "privasi", "hapus data", "data saya"),
)  # fmt: skip
# What a sector is called; the sector's key alone says little.
_SECTORS: Final = {
    Sector.AIR: "air", Sector.SAMPAH: "sampah", Sector.ENERGI: "listrik energi", Sector.KEAMANAN: "keamanan ketertiban",
    Sector.BENCANA: "bencana", Sector.MOBILITAS: "angkutan", Sector.EKONOMI: "usaha",
}  # fmt: skip
# Words that carry nothing: they would make every search fail that is typed as a sentence.
_EMPTY: Final = frozenset((
    "ada", "agar", "akan", "aku", "anda", "apa", "bagaimana", "bikin", "buat", "cara", "dan", "dari", "dengan", "di",
    "gimana", "ini", "itu", "ke", "kok", "kami", "kenapa", "kita", "mau", "masih",
    "mampet", "tersumbat", "bocor", "padam", "gelap", "hilang", "butuh", "perlu", "mati", "minta", "mohon", "nya",
    "nggak", "ngurus", "oleh", "pada", "rumah", "rusak", "saja", "saya", "sudah", "tidak", "tolong", "untuk", "urus",
    "mengurus", "yang",
))  # fmt: skip
_WORD: Final = re.compile(r"[a-z0-9]+")
_SHORT: Final = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A service that answers the search; choice: label of the form's choice that fits best ("Lampu jalan"), or empty."""

    service: Service
    choice: str


def find(services: Sequence[Service], typed: str) -> list[Found]:
    """Services that answer what was typed, best first; empty when nothing does."""
    wanted = _concepts(typed)
    if not wanted:
        return []
    ranked = []
    for place, service in enumerate(services):
        points, choice = _points(service, wanted)
        if points:
            ranked.append((-points, place, Found(service, choice)))
    ranked.sort(key=lambda row: row[:2])
    return [found for _points_, _place, found in ranked]


def _points(service: Service, wanted: Sequence[frozenset[str]]) -> tuple[int, str]:
    """0 unless every concept is found; its own name counts most, then keywords and choices, then other texts."""
    name = _fold(" ".join((*service.titles.values(), service.key.replace("-", " "))))
    close = _fold(" ".join(service.keywords))
    labels = [(label, _fold(label)) for field in service.fields for _value, label in field.options]
    far = _fold(" ".join(_other_texts(service)))
    total, best = 0, ""
    for concept in wanted:
        fitting = next((label for label, folded in labels if _holds(folded, concept)), "")
        best = best or fitting
        points = 8 * _holds(name, concept) + 4 * (_holds(close, concept) or bool(fitting)) + _holds(far, concept)
        if not points:
            return 0, ""
        total += points
    return total, best


def _other_texts(service: Service) -> Iterable[str]:
    yield from service.summary.values()
    yield _SECTORS.get(service.sector, "")
    yield service.topic
    yield from service.documents
    for field in service.fields:
        yield field.label


def _concepts(typed: str) -> list[frozenset[str]]:
    """What was typed as a list of things, each with every word for it."""
    text, found = _fold(typed), []
    for group in SAME_THING:
        hit = next((words for words in sorted(group, key=len, reverse=True) if _whole(text, words)), None)
        if hit is not None:
            found.append(frozenset(group))
            text = re.sub(rf"\b{re.escape(hit)}\b", " ", text)
    left = [word for word in text.split() if len(word) >= _SHORT]
    rest = [word for word in left if word not in _EMPTY] or ([] if found else left)
    return found + [frozenset({word}) for word in rest]


def _holds(text: str, concept: frozenset[str]) -> bool:
    return any(_whole(text, words) or (len(words) > _SHORT and f" {words}" in f" {text}") for words in concept)


def _whole(text: str, words: str) -> bool:
    return f" {words} " in f" {text} "


@lru_cache(maxsize=2048)
def _fold(text: str) -> str:
    """Lower case, without accents and signs, one space between words."""
    plain = unicodedata.normalize("NFD", text.lower())
    return " ".join(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))
