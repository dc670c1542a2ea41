"""The datasets that a region opens: what each holds, in which unit, how often it is new. Nothing in them points to a person."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from balai.db import TenantSession
from balai.evidence import small
from balai.evidence.models import KnownApp, ServiceCost
from balai.evidence.pages.public import visible
from balai.evidence.verdicts import rules
from balai.interop import queries
from balai.places.models import PlaceCount
from balai.web.i18n import lazy_gettext as _l

_FIGURES: Final = tuple(rules.Figures.__dataclass_fields__)[3:]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One table. columns: name -> meaning; unit, frequency: as the catalogue says them; read: its rows."""

    key: str
    title: Any
    about: Any
    unit: Any
    frequency: str
    columns: tuple[str, ...]
    read: Callable[[TenantSession], Iterable[Sequence[Any]]]


def _verdicts(session: TenantSession) -> Iterable[Sequence[Any]]:
    shown, _waiting = visible(session)
    for row in shown:
        figures: Mapping[str, Any] = row.figures
        told = [", ".join(v) if isinstance(v := figures.get(name), list) else v for name in _FIGURES]
        yield [
            row.subject, row.title, row.kind, f"{row.month:%Y-%m}", row.verdict, row.action, row.rules, row.answer,
            figures.get("months_on"), *told,
        ]  # fmt: skip


def _costs(session: TenantSession) -> Iterable[Sequence[Any]]:
    query = select(ServiceCost).order_by(ServiceCost.year, ServiceCost.subject, ServiceCost.id)
    for row in session.scalars(query):
        yield [
            row.subject, row.year, row.kind, row.amount, row.quantity, row.unit_price, row.document, row.activity_code, row.dpa,
            row.example,
        ]  # fmt: skip


def _apps(session: TenantSession) -> Iterable[Sequence[Any]]:
    # Without the contract's text: that is between the region and its provider.
    for row in session.scalars(select(KnownApp).order_by(KnownApp.name)):
        yield [
            row.name, row.owner, row.yearly_cost, row.does, row.sector, row.topic, row.monthly_users, row.users_source, row.year,
            row.stopped, row.example,
        ]  # fmt: skip


def _people(session: TenantSession) -> Iterable[Sequence[Any]]:
    query = select(PlaceCount).order_by(PlaceCount.subject, PlaceCount.code, PlaceCount.year)
    for row in session.scalars(query):
        yield [row.code, row.subject, row.year, row.size, row.source, row.example]


DATASETS: Final = {
    found.key: found
    for found in (
        Dataset(
            "penilaian", _l("Penilaian layanan dan aplikasi"),
            _l("Penilaian dengan semua angka yang dipakai aturannya; dengan aturan.json hasilnya bisa dihitung ulang."),
            _l("jumlah, rupiah, detik kerja"), "R/P1D",
            ("subject", "title", "kind", "month", "verdict", "action", "rules", "answer", "months_on", *_FIGURES), _verdicts,
        ),
        Dataset(
            "layanan-bulanan", _l("Pemakaian layanan per bulan dan kecamatan"),
            _l("Kecamatan kosong berarti seluruh daerah. Isi di bawah 5, dan yang bisa membukanya, dikosongkan dan ditandai."),
            _l("jumlah, detik kerja"), "R/PT1H", queries.MONTH_COLUMNS, lambda s: queries.months(s, small.LEAST),
        ),
        Dataset(
            "kebutuhan", _l("Kebutuhan warga per topik, bulan, dan kecamatan"),
            _l("Kecamatan kosong berarti seluruh daerah. Isi di bawah 5, dan yang bisa membukanya, dikosongkan dan ditandai."),
            _l("jumlah laporan"), "R/PT1H", queries.NEED_COLUMNS, lambda s: queries.needs(s, small.LEAST),
        ),
        Dataset(
            "biaya", _l("Biaya layanan"), _l("Biaya setahun dengan dokumen sumber, kode sub kegiatan, dan nomor DPA."),
            _l("rupiah"), "R/P1Y",
            ("subject", "year", "kind", "amount", "quantity", "unit_price", "document", "activity_code", "dpa", "example"),
            _costs,
        ),
        Dataset(
            "aplikasi", _l("Aplikasi yang dibayar daerah"), _l("Dilaporkan sendiri oleh pemiliknya."),
            _l("rupiah, pengguna per bulan"), "R/P1Y",
            ("name", "owner", "yearly_cost", "does", "sector", "topic", "monthly_users", "users_source", "year",
             "stopped", "example"),
            _apps,
        ),
        Dataset(
            "penduduk", _l("Penduduk dan kelompok sasaran"), _l("Jumlah menurut wilayah dan tahun, dengan sumbernya."),
            _l("orang atau satuan kelompoknya"), "R/P1Y", ("code", "subject", "year", "size", "source", "example"), _people,
        ),
    )
}  # fmt: skip
