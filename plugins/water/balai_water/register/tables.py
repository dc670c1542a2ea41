"""The register's tables: connections and other safe sources, as they come in and go out. Columns are called alike both ways."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from balai.api import TenantSession, gettext, lazy_gettext, mask_traces
from balai_water import sheets
from balai_water.months import today
from balai_water.quiet import no_collecting
from balai_water.register import bulk, queries
from balai_water.register.models import PRIORITIES, SOURCE_KINDS, Source
from balai_water.register.services import By
from balai_water.sheets import Codes, Column, Reading, Row

PRIORITY_WORDS: Final = {
    "hospital": lazy_gettext("Rumah sakit"), "dialysis": lazy_gettext("Cuci darah di rumah"),
    "clinic": lazy_gettext("Puskesmas atau klinik"), "school": lazy_gettext("Sekolah"),
}  # fmt: skip
SOURCE_WORDS: Final = {
    "village_system": lazy_gettext("Sistem air desa"), "protected_well": lazy_gettext("Sumur terlindungi"),
    "hydrant": lazy_gettext("Hidran umum"), "spring": lazy_gettext("Mata air terlindungi"),
    "rainwater": lazy_gettext("Penampungan air hujan"), "water_truck": lazy_gettext("Truk air tetap"),
}  # fmt: skip
DEGREES: Final = (
    Column("lintang", lazy_gettext("Lintang"), "degree", required=False, also=("latitude",)),
    Column("bujur", lazy_gettext("Bujur"), "degree", required=False, also=("longitude",)),
)
PERSON: Final = (
    Column("nama", lazy_gettext("Nama pelanggan"), most=120, also=("nama pelanggan",)),
    Column("telepon", lazy_gettext("Telepon"), "phone", required=False, also=("no hp", "hp", "no telepon")),
    Column("email", lazy_gettext("Email"), "email", required=False),
    Column("nik", lazy_gettext("NIK"), "nik", required=False),
)
CONNECTIONS: Final = (
    Column("nomor", lazy_gettext("Nomor sambungan"), "code", most=30, also=("no sambungan", "nosamb", "no pelanggan")),
    *PERSON,
    Column("alamat", lazy_gettext("Alamat"), most=300),
    Column("wilayah", lazy_gettext("Kode desa"), "region", also=("kode wilayah", "kode desa")),
    Column("kelompok", lazy_gettext("Kelompok tarif"), "code", most=30, also=("golongan", "gol")),
    Column("zona", lazy_gettext("Zona"), "code", required=False),
    Column("rute", lazy_gettext("Rute baca"), "code", required=False),
    Column("urutan", lazy_gettext("Urutan di rute"), "number", required=False, greatest=100_000),
    Column("prioritas", lazy_gettext("Didahulukan"), "choice", required=False, options=tuple(PRIORITY_WORDS.items())),
    Column("meter", lazy_gettext("Nomor meter"), "code", required=False, most=40, also=("no meter", "nomor meter")),
    Column("digit", lazy_gettext("Angka di meter"), "number", required=False, least=3, greatest=9),
    Column("stand_awal", lazy_gettext("Stand awal"), "number", required=False),
    Column("tanggal_pasang", lazy_gettext("Dipasang"), "day", required=False, also=("tgl pasang",)),
    *DEGREES,
)
SOURCES: Final = (
    Column("jenis", lazy_gettext("Jenis"), "choice", options=tuple(SOURCE_WORDS.items())),
    Column("nama", lazy_gettext("Nama"), most=120),
    Column("wilayah", lazy_gettext("Kode desa"), "region", also=("kode wilayah", "kode desa")),
    Column("keluarga", lazy_gettext("Keluarga yang dilayani"), "number", greatest=1_000_000, also=("kk", "jumlah kk")),
    Column("tahun", lazy_gettext("Tahun hitungan"), "year"),
    Column("sumber_angka", lazy_gettext("Dihitung oleh"), most=200, also=("sumber",)),
    Column("catatan", lazy_gettext("Catatan"), required=False, most=500),
    *DEGREES,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A table that can be brought in. judge: what makes a line wrong beyond its cells; store: writes the good lines, answers
    what it did in figures; permission: who may.
    """

    key: str
    title: Any
    lead: Any
    permission: str
    columns: tuple[Column, ...]
    judge: Callable[[TenantSession, Reading], None]
    store: Callable[[TenantSession, list[Row], By], Mapping[str, int]]
    back: str

    def read(self, session: TenantSession, data: bytes) -> Reading:
        """The file as it would be taken in right now; Invalid, TooLarge."""
        with no_collecting():
            reading = sheets.read(data, self.columns)
            self.judge(session, reading)
        return reading


KINDS: Final[dict[str, Kind]] = {}


def offer(kind: Kind) -> Kind:
    """Let a table be brought in at /kelola/water/impor/<key>; rooms above this one offer theirs too."""
    KINDS[kind.key] = kind
    return kind


def _judge_connections(session: TenantSession, reading: Reading) -> None:
    reading.unique("nomor")
    taken = queries.numbers(session)
    usual = _usual_length((*taken, *(row.values["nomor"] for row in reading.rows)))
    places = queries.own_places(session)
    day = today()

    def judge(values: dict[str, Any]) -> Iterable[tuple[str, str]]:
        number = values["nomor"]
        if number in taken:
            yield "nomor", gettext("Nomor ini sudah terdaftar.")
        elif usual and number.isdigit() and len(number) < usual:
            yield (
                "nomor",
                gettext(
                    "Nomor %(number)s lebih pendek dari %(usual)s angka yang lain. Nol di depan hilang?",
                    number=number,
                    usual=usual,
                ),
            )
        yield from judge_place(values, places)
        if values["tanggal_pasang"] and values["tanggal_pasang"] > day:
            yield "tanggal_pasang", gettext("Tanggal ini belum tiba.")
        if values["stand_awal"] is not None and values["stand_awal"] >= 10 ** (values["digit"] or 5):
            yield "stand_awal", gettext("Angka ini tidak muat di meter.")

    reading.check(judge)
    reading.look_up("zona", Codes({zone.key: zone.id for zone in queries.zones(session)}), "zone_id")
    reading.look_up("rute", Codes({route.key: route.id for route in queries.routes(session)}), "route_id")


def _usual_length(numbers: Iterable[str]) -> int:
    """The length that four of five numbers share, 0 when there is none: numbers that lost their leading zeros are shorter."""
    lengths = Counter(len(number) for number in numbers if number.isdigit())
    length, times = next(iter(lengths.most_common(1)), (0, 0))
    return length if times * 5 >= lengths.total() * 4 and times >= 3 else 0  # noqa: PLR2004 - fewer prove nothing


def judge_place(values: Mapping[str, Any], places: queries.Places) -> Iterable[tuple[str, str]]:
    """What is wrong with `wilayah`, `lintang` and `bujur`: a place of this region must exist, a neighbour's only look right."""
    code, latitude, longitude = values["wilayah"], values["lintang"], values["bujur"]
    if not places.knows(code):
        yield "wilayah", gettext("Desa atau kecamatan %(code)s tidak ada di daerah ini.", code=code)
    if (latitude is None) != (longitude is None):
        yield "lintang", gettext("Lintang dan bujur diisi bersama, atau dua-duanya kosong.")
    # Indonesia, with its seas: whoever swaps the two lands elsewhere.
    elif latitude is not None and longitude is not None and not (-12 <= latitude <= 7 and 94 <= longitude <= 142):  # noqa: PLR2004
        yield "lintang", gettext("Titik ini di luar Indonesia. Lintang dan bujur tertukar?")


def _judge_sources(session: TenantSession, reading: Reading) -> None:
    reading.unique("jenis", "nama", "wilayah")
    places = queries.own_places(session)
    reading.check(lambda values: judge_place(values, places))


def _store_sources(session: TenantSession, rows: list[Row], _by: By) -> dict[str, int]:
    known = {(s.kind, s.name.casefold(), s.region): s for s in session.scalars(select(Source))}
    added = 0
    for row in rows:
        values = row.values
        key = (values["jenis"], values["nama"].casefold(), values["wilayah"])
        source = known.get(key)
        if source is None:
            source = known[key] = Source(kind=values["jenis"])
            added += 1
        write_source(source, values)
        session.add(source)
    session.flush()
    return {"added": added, "changed": len(rows) - added}


def write_source(source: Source, values: Mapping[str, Any]) -> None:
    """Put checked values of SOURCES into a source."""
    source.kind, source.name, source.region = values["jenis"], values["nama"], values["wilayah"]
    source.households, source.year, source.counted_by = values["keluarga"], values["tahun"], values["sumber_angka"]
    source.note, source.latitude, source.longitude = mask_traces(values["catatan"]), values["lintang"], values["bujur"]
    source.active = True


offer(
    Kind(
        "sambungan", lazy_gettext("Pelanggan dan sambungan"),
        lazy_gettext("Satu baris satu sambungan. Pelanggan dengan NIK atau nama dan nomor HP yang sama disatukan."),
        "water.serve", CONNECTIONS, _judge_connections, bulk.store_connections, "/kelola/water/pelanggan",
    )
)  # fmt: skip
offer(
    Kind(
        "sumber", lazy_gettext("Sumber air lain"),
        lazy_gettext("Sistem air desa, sumur terlindungi, hidran: berapa keluarga, tahun berapa, menurut siapa."),
        "water.serve", SOURCES, _judge_sources, _store_sources, "/kelola/water/sumber",
    )
)  # fmt: skip
assert PRIORITY_WORDS.keys() == set(PRIORITIES)  # noqa: S101 - a word for each
assert SOURCE_WORDS.keys() == set(SOURCE_KINDS)  # noqa: S101
