"""Water for everyone: the manifest and what the plugin brings. Rooms below: register, tariffs, services (documents)."""

from importlib.resources import files
from typing import Any

from flask import Blueprint

from balai.api import (
    Event,
    FormNote,
    HomeCard,
    Manifest,
    MenuItem,
    Metric,
    MetricValue,
    Permission,
    PersonalData,
    Role,
    Sector,
    Service,
    Task,
    Tenant,
    TenantSession,
    gettext,
    hookimpl,
    load_services,
)
from balai_water.bills import wiring as bills
from balai_water.demo import wiring as demo
from balai_water.household import wiring as household
from balai_water.losses import wiring as losses
from balai_water.metrics import wiring as metrics
from balai_water.notices import models as _notices  # noqa: F401 - likewise
from balai_water.outages import models as _outages  # noqa: F401 - likewise
from balai_water.outages import wiring as outages
from balai_water.quality import wiring as quality
from balai_water.readings import wiring as readings
from balai_water.register import models as _register  # noqa: F401 - tables that migrations are compared with
from balai_water.register import wiring as register
from balai_water.tariffs import wiring as tariffs

# Each room's module `wiring` says what it brings: BLUEPRINTS, MENU, TASKS, and functions `on_...(session, event)` for what it
# wants to hear, all of them optional.
_ROOMS: tuple[Any, ...] = (register, tariffs, readings, bills, losses, outages, quality, metrics, household, demo)

# Permendagri 71/2016 asks for the customers' accounts; five years is what PP 122/2015 and the tax law want kept.
_YEARS_5 = 5 * 365
manifest = Manifest(
    name="water",
    titles={"id": "Air bersih untuk semua", "en": "Water for everyone"},
    summary={
        "id": "Sambungan, tagihan, gangguan, dan mutu air; juga sumur, hidran, dan truk air bagi yang belum tersambung.",
        "en": "Connections, bills, outages and water quality; wells, hydrants and water trucks for those without a connection.",
    },
    sector=Sector.AIR,
    version="0.1.0",
    needs_api=">=1,<2",
    personal_data=(
        PersonalData(
            "Nama, telepon, email, dan NIK pelanggan air", "menagih, memberi tahu gangguan, dan melayani pelanggan",
            "Kontrak pelanggan; Permendagri 71/2016", _YEARS_5, "water_customer",
        ),
        PersonalData(
            "Alamat sambungan air", "mengantar air, membaca meter, dan memberi tahu gangguan",
            "Kontrak pelanggan; Permendagri 71/2016", _YEARS_5, "water_connection",
        ),
        PersonalData(
            "Foto meter dan catatan pembaca meter", "melihat angka yang janggal sebelum ditagih",
            "Kontrak pelanggan; Permendagri 71/2016", _YEARS_5, "water_reading",
        ),
        PersonalData(
            "Tabel pelanggan yang baru dikirim", "diperiksa sebelum dimasukkan; dihapus sesudahnya, paling lama sehari",
            "Kontrak pelanggan; Permendagri 71/2016", 1, "water_import",
        ),
    ),
)  # fmt: skip


@hookimpl
def register_permissions() -> list[Permission]:
    """What members may do here."""
    return [
        Permission("water.view", gettext("Melihat pelanggan, tagihan, dan angka air")),
        Permission("water.serve", gettext("Mengurus pelanggan, sambungan, dan sumber air")),
        Permission("water.read_meters", gettext("Membaca meter di rutenya")),
        Permission("water.bill", gettext("Menetapkan tarif dan menagih")),
        Permission("water.warn", gettext("Mengumumkan gangguan dan mutu air")),
    ]


@hookimpl
def register_roles() -> list[Role]:
    """Roles of a water utility."""
    return [
        Role("water.clerk", gettext("Petugas pelanggan air"), frozenset({"water.view", "water.serve", "cases.work"})),
        Role("water.reader", gettext("Pembaca meter"), frozenset({"water.read_meters"})),
        Role("water.biller", gettext("Petugas tagihan air"), frozenset({"water.view", "water.bill", "billing.view"})),
        Role(
            "water.control", gettext("Petugas jaringan dan mutu"), frozenset({"water.view", "water.warn", "cases.work"})
        ),
    ]


def _brought(kind: str) -> list[Any]:
    return [item for room in _ROOMS for item in getattr(room, kind, ())]


@hookimpl
def register_blueprints() -> list[Blueprint]:
    """Pages of all rooms."""
    return _brought("BLUEPRINTS")


@hookimpl
def register_tasks() -> list[Task]:
    """Background work of all rooms."""
    return _brought("TASKS")


@hookimpl
def register_metrics() -> list[Metric]:
    """What the evidence may name."""
    return list(metrics.METRICS)


@hookimpl
def collect_metric_values(tenant: Tenant, session: TenantSession, month: str) -> list[MetricValue]:
    """The figures of a month."""
    return metrics.metric_values(session, tenant, month)


@hookimpl
def collect_menu() -> list[MenuItem]:
    """Entries of all rooms in the console's menu."""
    return _brought("MENU")


def _tell(name: str, session: TenantSession, event: Event) -> None:
    for room in _ROOMS:
        if hasattr(room, name):
            getattr(room, name)(session, event)


@hookimpl
def on_case_filed(session: TenantSession, event: Event) -> None:
    """Somebody asked for something."""
    _tell("on_case_filed", session, event)


@hookimpl
def on_case_moved(session: TenantSession, event: Event) -> None:
    """A request took a step: what must be paid is billed, what was installed waits for its number."""
    _tell("on_case_moved", session, event)


@hookimpl
def on_case_closed(session: TenantSession, event: Event) -> None:
    """A request has ended."""
    _tell("on_case_closed", session, event)


@hookimpl
def on_invoice_settled(session: TenantSession, event: Event) -> None:
    """Somebody paid."""
    _tell("on_invoice_settled", session, event)


@hookimpl
def register_services() -> list[Service]:
    """The documents under services/."""
    return load_services(files(__package__).joinpath("services"), owner=manifest.name)


@hookimpl
def collect_form_notes(session: TenantSession, service_id: str) -> list[FormNote]:
    """Known outages, above the form by which a dry tap is reported."""
    return outages.form_notes(session, service_id)


@hookimpl
def collect_home_cards() -> list[HomeCard]:
    """What people come for when the tap is dry."""
    return [
        HomeCard(
            gettext("Air mati atau keruh"),
            gettext("Laporkan keran, sumur, atau hidran yang kering atau kotor."),
            "/layanan/water/air-mati",
            "droplets",
            5,
        ),
        HomeCard(
            gettext("Di mana air mati?"),
            gettext("Gangguan air yang berjalan dan yang akan datang, dan kapan mengalir lagi."),
            "/layanan/water/h/gangguan",
            "siren",
            6,
        ),
        HomeCard(
            gettext("Air di rumah saya"),
            gettext("Pemakaian, tagihan, dan gangguan di alamat Anda."),
            "/layanan/water/h/rumah",
            "home",
            7,
        ),
    ]
