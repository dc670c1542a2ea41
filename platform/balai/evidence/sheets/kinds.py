"""The three tables: which columns they have, what makes a row wrong, how it is stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from balai import plugins
from balai.cases import catalogue
from balai.contracts import Sector
from balai.db import TenantModel, TenantSession
from balai.evidence.models import KnownApp, ServiceCost
from balai.evidence.sheets.reading import MOST_RUPIAH, Cells, Column
from balai.places import counts, queries
from balai.places.models import PlaceCount
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l

COST_KINDS: Final = (
    ("licence", _l("Lisensi dan kontrak")), ("staff", _l("Jam kerja pegawai")), ("device", _l("Perangkat")),
    ("message", _l("Pesan")), ("other", _l("Lainnya")),
)  # fmt: skip
SECTORS: Final = (
    (Sector.AIR.value, _l("Air")), (Sector.SAMPAH.value, _l("Sampah")), (Sector.ENERGI.value, _l("Energi")),
    (Sector.KEAMANAN.value, _l("Keamanan")), (Sector.BENCANA.value, _l("Bencana")),
    (Sector.ADMINISTRASI.value, _l("Administrasi")), (Sector.MOBILITAS.value, _l("Mobilitas")),
    (Sector.KELAYAKAN.value, _l("Kelayakan hunian")), (Sector.EKONOMI.value, _l("Ekonomi")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may refer to in this region: its code, codes and names of its districts, plugins and services, kept rows."""

    region: str
    districts: Mapping[str, str]
    subjects: Mapping[str, str]
    taken: Mapping[Any, UUID]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. check notes faults of a row; keys: what may stand once only; store writes the checked values."""

    key: str
    title: Any
    lead: Any
    model: type[TenantModel]
    columns: tuple[Column, ...]
    check: Callable[[Cells, Known], None]
    keys: Callable[[Mapping[str, Any]], Any]
    order: Callable[[Any], Any]
    sample: str

    def rows(self, session: TenantSession) -> Sequence[Any]:
        """Everything that was entered."""
        return sorted(session.scalars(select(self.model)), key=self.order)


def known(session: TenantSession, sheet: Sheet) -> Known:
    """Read what the rows of a sheet may refer to."""
    tenant = catalogue.tenant_of(session)
    # A province is divided into regencies and cities, everybody else into districts.
    inner = queries.areas(session, tenant.region_code or "")
    subjects = {p.name: p.manifest.titles["id"] for p in plugins.manager().installed if p.manifest}
    subjects |= {s.id: s.title for s in catalogue.services(session, audience=None, every=True)}
    taken = {sheet.keys(_values(row, sheet)): row.id for row in session.scalars(select(sheet.model))}
    return Known(tenant.region_code or "", {a.code: a.name for a in inner}, subjects, taken)


def _values(row: Any, sheet: Sheet) -> dict[str, Any]:
    return {column.key: getattr(row, FIELDS[sheet.key][column.key]) for column in sheet.columns}


def _check_people(cells: Cells, known: Known) -> None:
    values = cells.values
    if values["kode"] and values["kode"] != known.region and values["kode"] not in known.districts:
        cells.fault("kode", _("Kode %(code)s bukan daerah ini atau kecamatannya.", code=values["kode"]))
    if values["jumlah"] == 0:
        cells.fault("jumlah", _("Jumlah nol tidak bisa dipakai: setiap bagian akan dibagi dengannya."))


def _check_cost(cells: Cells, known: Known) -> None:
    values = cells.values
    if values["layanan"] and values["layanan"] not in known.subjects:
        cells.fault("layanan", _("Layanan %(name)s tidak ada di daerah ini.", name=values["layanan"]))
    many, each = values["banyak"], values["harga_satuan"]
    if (many is None) != (each is None):
        cells.fault("banyak", _("Banyak dan harga satuan diisi bersama, atau dua-duanya kosong."))
    elif many is not None and each is not None:
        if values["rupiah"] is not None and values["rupiah"] != many * each:
            cells.fault("rupiah", _("Rupiah tidak sama dengan banyak kali harga satuan."))
        elif many * each > MOST_RUPIAH:
            cells.fault("banyak", _("Banyak kali harga satuan tidak masuk akal."))
        else:
            values["rupiah"] = many * each
    if values["rupiah"] is None and not cells.faults:
        cells.fault("rupiah", _("Isi rupiah, atau banyak dan harga satuan."))


def _check_app(cells: Cells, _known: Known) -> None:
    values = cells.values
    if values["pengguna_per_bulan"] is not None and not values["sumber_angka"]:
        cells.fault("sumber_angka", _("Sebutkan dari mana angka pengguna itu."))


# Names of columns on paper -> attributes of the models.
FIELDS: Final[dict[str, dict[str, str]]] = {
    "penduduk": {"kode": "code", "kelompok": "subject", "tahun": "year", "jumlah": "size", "sumber": "source"},
    "biaya": {
        "layanan": "subject", "tahun": "year", "jenis": "kind", "rupiah": "amount", "banyak": "quantity",
        "harga_satuan": "unit_price", "dokumen": "document", "sub_kegiatan": "activity_code", "dpa": "dpa", "catatan": "note",
    },
    "aplikasi": {
        "nama": "name", "pemilik": "owner", "kontrak": "contract", "biaya_per_tahun": "yearly_cost", "kegunaan": "does",
        "bidang": "sector", "topik": "topic", "pengguna_per_bulan": "monthly_users", "sumber_angka": "users_source",
        "tahun": "year", "mulai": "since",
    },
}  # fmt: skip
SHEETS: Final = {
    sheet.key: sheet
    for sheet in (
        Sheet(
            "penduduk",
            _l("Penduduk dan kelompok sasaran"),
            _l("Bagian warga yang terlayani dihitung terhadap angka ini. Tanpa angka, halaman hanya menampilkan jumlah."),
            PlaceCount,
            (
                Column("kode", _l("Kode wilayah"), hint=_l("Kode daerah atau kecamatan, misalnya 32.73.01"), most=13),
                Column(
                    "kelompok", _l("Kelompok"), required=False, most=60,
                    hint=_l("Kosong berarti penduduk; selain itu nama kelompok sasaran, misalnya sambungan"),
                ),
                Column("tahun", _l("Tahun"), "year"),
                Column("jumlah", _l("Jumlah"), "number"),
                Column("sumber", _l("Sumber"), hint=_l("Misalnya: BPS, Kota dalam Angka 2026"), most=300),
            ),
            _check_people,
            lambda v: (v["kelompok"] or counts.PEOPLE, v["kode"], v["tahun"]),
            lambda r: (r.subject, r.code, -r.year),
            "kode,kelompok,tahun,jumlah,sumber\r\n",
        ),
        Sheet(
            "biaya",
            _l("Biaya layanan"),
            _l("Biaya setahun dengan dokumen sumbernya, supaya biaya per warga bisa dihitung."),
            ServiceCost,
            (
                Column("layanan", _l("Layanan"), hint=_l("Nama layanan, misalnya feedback atau feedback.pengaduan"), most=120),
                Column("tahun", _l("Tahun"), "year"),
                Column("jenis", _l("Jenis"), "choice", options=COST_KINDS),
                Column("rupiah", _l("Rupiah"), "money", required=False),
                Column("banyak", _l("Banyak"), "number", required=False, hint=_l("Jam kerja atau jumlah pesan")),
                Column("harga_satuan", _l("Harga satuan"), "money", required=False),
                Column("dokumen", _l("Dokumen sumber"), most=300),
                Column("sub_kegiatan", _l("Kode sub kegiatan"), required=False, most=60),
                Column("dpa", _l("Nomor DPA"), required=False, most=120),
                Column("catatan", _l("Catatan"), required=False, most=500),
            ),
            _check_cost,
            lambda v: (
                v["layanan"], v["tahun"], v["jenis"], v["dokumen"], v["catatan"] or "", v["sub_kegiatan"] or "", v["dpa"] or "",
            ),
            lambda r: (-r.year, r.subject, r.kind, r.amount),
            "layanan,tahun,jenis,rupiah,banyak,harga_satuan,dokumen,sub_kegiatan,dpa,catatan\r\n",
        ),
        Sheet(
            "aplikasi",
            _l("Daftar aplikasi"),
            _l("Aplikasi yang sudah dibayar daerah, dinilai dengan aturan yang sama. Angkanya dilaporkan sendiri."),
            KnownApp,
            (
                Column("nama", _l("Nama aplikasi"), most=120),
                Column("pemilik", _l("Pemilik"), most=160),
                Column("kontrak", _l("Kontrak"), required=False, most=200),
                Column("biaya_per_tahun", _l("Biaya per tahun"), "money"),
                Column("kegunaan", _l("Untuk apa"), most=500),
                Column("bidang", _l("Bidang"), "choice", options=SECTORS),
                Column("topik", _l("Topik"), required=False, most=60, hint=_l("Misalnya: pengaduan, antrean, perizinan")),
                Column("pengguna_per_bulan", _l("Pengguna per bulan"), "number", required=False),
                Column("sumber_angka", _l("Sumber angka"), required=False, most=300),
                Column("tahun", _l("Tahun"), "year"),
                Column("mulai", _l("Dipakai sejak"), "date", required=False),
            ),
            _check_app,
            lambda v: v["nama"].lower(),
            lambda r: r.name.lower(),
            "nama,pemilik,kontrak,biaya_per_tahun,kegunaan,bidang,topik,pengguna_per_bulan,sumber_angka,tahun,mulai\r\n",
        ),
    )
}  # fmt: skip
