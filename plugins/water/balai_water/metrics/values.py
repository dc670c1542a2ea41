"""The metrics of water and their values in a month. What isn't known has no value: nothing is guessed or filled with zeros."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from balai.api import Metric, MetricValue, Tenant, TenantSession, areas, gettext, place_counts
from balai.api import lazy_gettext as _l
from balai_water import months
from balai_water.losses import services as losses
from balai_water.metrics import queries

# The group under which a region enters how many households it has (Manfaat > Penduduk dan kelompok sasaran).
HOUSEHOLDS: Final = "keluarga"
COMPLAINTS: Final = tuple(
    f"water.{key}" for key in ("air-mati", "air-keruh", "kebocoran", "sumber-rusak", "keberatan-tagihan", "cek-meter")
)
_DISTRICT: Final = len("34.02.01")
METRICS: Final = (
    Metric(
        "safe_water", "ratio", "%",
        _l("Bagian keluarga yang punya air aman: dari sambungan, sistem desa, sumur terlindung, atau sumber aman lain."),
        "up", per="district",
    ),
    Metric("supply_hours", "duration", "jam", _l("Berapa jam sehari air mengalir, rata-rata semua sambungan."), "up"),
    Metric("complaints_solved", "ratio", "%", _l("Bagian pengaduan air bulan itu yang sudah selesai."), "up"),
    Metric("collection", "ratio", "%", _l("Bagian tagihan air bulan itu yang sudah dibayar, dalam rupiah."), "up"),
    Metric("nrw", "ratio", "%", _l("Bagian air masuk yang tidak menjadi rekening: bocor, tidak tercatat, atau gratis."), "down"),
    Metric(
        "told_before", "ratio", "%",
        _l("Bagian sambungan yang pesannya terkirim sebelum gangguan terencana dimulai."), "up",
    ),
)  # fmt: skip


def values(session: TenantSession, tenant: Tenant, month: str) -> list[MetricValue]:
    """All values of a month ("2026-03") that are known."""
    first = date.fromisoformat(f"{month}-01")
    since, until = _moments(tenant, first)
    found = [*_safe_water(session, tenant, first), *_from_balance(session, first)]
    for key, (part, whole), source in (
        ("complaints_solved", queries.solved(session, COMPLAINTS, since, until), _l("laporan warga di Balai")),
        ("collection", queries.collected(session, first), _l("tagihan air bulan itu")),
        ("told_before", queries.told_before(session, since, until), _l("gangguan terencana dan pesan yang terkirim")),
    ):
        if whole:
            found.append(_ratio(key, month, part, whole, str(source)))
    return found


def _moments(tenant: Tenant, month: date) -> tuple[datetime, datetime]:
    """The month's first moment here, and the next one's."""
    zone = ZoneInfo(tenant.timezone)
    return datetime.combine(month, time(), zone), datetime.combine(months.shift(month, 1), time(), zone)


def _ratio(key: str, month: str, part: float, whole: float, source: str, district: str | None = None) -> MetricValue:
    return MetricValue(
        key, month, source, district=district, numerator=Decimal(str(part)), denominator=Decimal(str(whole))
    )


def _safe_water(session: TenantSession, tenant: Tenant, month: date) -> Iterator[MetricValue]:
    """Served households over all households, where a region has entered these: whole, and by district.

    One connection is one household. Somebody may fetch water at two places, so no place has more served households than it has.
    """
    households = place_counts(session, HOUSEHOLDS, until=month.year)
    if not households:
        return
    last = months.shift(month, 1) - timedelta(days=1)
    served = Counter(queries.connected(session, last)) + Counter(queries.served_otherwise(session, month.year))
    own = tenant.region_code or ""
    by_place: Counter[str] = Counter()
    for code, number in served.items():
        if code == own or code.startswith(f"{own}."):  # not a neighbour's villages that our pipes reach
            by_place[own] += number
            if len(code) >= _DISTRICT:
                by_place[code[:_DISTRICT]] += number
    for code in (own, *(area.code for area in areas(session, own) if area.kind == "kecamatan")):
        if (known := households.get(code)) is not None and known.size:
            source = gettext("register air; jumlah keluarga %(year)s: %(source)s", year=known.year, source=known.source)
            district = None if code == own else code
            yield _ratio("safe_water", f"{month:%Y-%m}", min(by_place[code], known.size), known.size, source, district)


def _from_balance(session: TenantSession, month: date) -> Iterator[MetricValue]:
    found = losses.month_of(session, month)
    name = f"{month:%Y-%m}"
    if found.hours is not None:
        known = sum(1 for z in found.zones if z.entered is not None and z.entered.hours_per_day is not None)
        source = gettext("jam layanan %(known)s dari %(all)s zona", known=known, all=len(found.zones))
        yield MetricValue("supply_hours", name, source, value=Decimal(str(round(found.hours, 2))))
    if found.whole.nrw is not None and found.whole.system_input:
        source = gettext("neraca air, mutu angka %(grade)s", grade=found.whole.grade.upper())
        yield _ratio("nrw", name, found.whole.nrw, found.whole.system_input, source)
