"""What officers type about customers and connections, read like the lines of a table: same names, same messages."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from balai.api import FieldError, Form, Invalid, TenantSession, areas, gettext, reveal
from balai_water import sheets
from balai_water.register import customers, queries, services
from balai_water.register.models import Connection, Customer
from balai_water.register.tables import CONNECTIONS, PERSON, judge_place

_BY_KEY: Final = {column.key: column for column in CONNECTIONS}
_PLACE: Final = tuple(_BY_KEY[key] for key in ("alamat", "wilayah", "urutan", "prioritas", "lintang", "bujur"))
_NEW: Final = tuple(_BY_KEY[key] for key in ("nomor", "kelompok", "meter", "digit", "stand_awal", "tanggal_pasang"))
# Fields of the form -> fields of the services, whose messages come back under the form's own names.
_NAMES: Final = {
    "number": "nomor", "priority": "prioritas", "since": "tanggal_pasang", "digits": "digit", "initial": "stand_awal",
    "name": "nama", "phone": "telepon", "serial": "meter", "final": "stand_akhir", "reason": "alasan",
}  # fmt: skip


def labelled(form: Form) -> Form:
    """The form with the questions that its messages are about."""
    form.labels = {column.key: str(column.label) for column in CONNECTIONS}
    return form


def own_names(problem: Invalid) -> Invalid:
    """The same faults under the names of the form's fields."""
    return Invalid([FieldError(_NAMES.get(e.field, e.field), e.message) for e in problem.errors], problem.detail)


def person_of(values: Mapping[str, Any]) -> dict[str, str]:
    """A customer's parts out of the form's values."""
    return {"name": values["nama"], "phone": values["telepon"], "email": values["email"], "nik": values["nik"]}


def read_place(session: TenantSession, given: Mapping[str, str]) -> dict[str, Any]:
    """Where a connection lies and how it is read: arguments of `services.connect` and `services.correct`; Invalid."""
    faults: list[FieldError] = []
    try:
        values = sheets.read_form(given, _PLACE)
    except Invalid as invalid:
        values, faults = {}, list(invalid.errors)
    if values:
        faults += [FieldError(key, text) for key, text in judge_place(values, queries.own_places(session))]
    zone, route = _one_of(queries.zones(session), given, "zona"), _one_of(queries.routes(session), given, "rute")
    faults += [
        FieldError(key, gettext("Pilih salah satu.")) for key, found in (("zona", zone), ("rute", route)) if found == ""
    ]
    if faults:
        raise Invalid(faults)
    return {
        "region": values["wilayah"], "address": values["alamat"], "zone_id": zone, "route_id": route,
        "route_order": values["urutan"] or 0, "priority": values["prioritas"], "latitude": values["lintang"],
        "longitude": values["bujur"],
    }  # fmt: skip


def _one_of(rows: list[Any], given: Mapping[str, str], key: str) -> Any:
    """The id chosen, None for nothing, "" for what isn't there."""
    wanted = str(given.get(key) or "")
    if not wanted:
        return None
    return next((row.id for row in rows if str(row.id) == wanted), "")


def connect(session: TenantSession, given: Mapping[str, str], *, by: services.By) -> Connection:
    """A new connection out of the form; with `pelanggan` for that customer, else for a new one. Invalid with every fault."""
    faults: list[FieldError] = []
    parts: dict[str, Any] = {}
    customer_id = id_of(given.get("pelanggan"))
    needed = _NEW if customer_id else (*PERSON, *_NEW)
    readers: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: sheets.read_form(given, needed),
        lambda: read_place(session, given),
    )
    for read in readers:
        try:
            parts |= read()
        except Invalid as invalid:
            faults += invalid.errors
    if faults:
        raise Invalid(faults)
    try:
        customer = (
            customers.customer_of(session, customer_id) if customer_id else customers.add(session, person_of(parts))
        )
        return services.connect(
            session, number=parts["nomor"], customer_id=customer.id, group_key=parts["kelompok"], since=parts["tanggal_pasang"],
            meter=_meter(parts), by=by, **{key: parts[key] for key in _PLACE_KEYS},
        )  # fmt: skip
    except Invalid as invalid:
        raise own_names(invalid) from invalid


_PLACE_KEYS: Final = (
    "region", "address", "zone_id", "route_id", "route_order", "priority", "latitude", "longitude",
)  # fmt: skip


def _meter(parts: Mapping[str, Any]) -> services.NewMeter | None:
    if not parts["meter"]:
        return None
    return services.NewMeter(parts["meter"], parts["digit"] or 5, parts["stand_awal"] or 0)


def read_meter(given: Mapping[str, str]) -> tuple[services.NewMeter, int | None]:
    """(the new meter, the old one's last stand) of the form that changes a meter; Invalid."""
    needed = sheets.Column("meter", _BY_KEY["meter"].label, "code", most=40)
    values = sheets.read_form(given, (needed, _BY_KEY["digit"], _BY_KEY["stand_awal"]))
    return services.NewMeter(values["meter"], values["digit"] or 5, values["stand_awal"] or 0), read_final(given)


def read_final(given: Mapping[str, str]) -> int | None:
    """The meter's last stand; Invalid."""
    last = sheets.Column("stand_akhir", gettext("Angka terakhir"), "number", required=False)
    number: int | None = sheets.read_form(given, (last,))["stand_akhir"]
    return number


def read_group(given: Mapping[str, str]) -> str:
    """The tariff group; Invalid."""
    return str(sheets.read_form(given, (_BY_KEY["kelompok"],))["kelompok"])


def read_person(given: Mapping[str, str]) -> dict[str, Any]:
    """The new customer of a transfer; Invalid."""
    return sheets.read_form(given, PERSON)


def filled(session: TenantSession, connection: Connection, customer: Customer) -> Form:
    """The form as it stands in the register, for whoever may see the customer's name and address."""
    return labelled(
        Form.of(
            {
                "nama": reveal(session, customer, "name"), "alamat": reveal(session, connection, "address"),
                "wilayah": connection.region, "zona": connection.zone_id, "rute": connection.route_id,
                "urutan": connection.route_order, "prioritas": connection.priority, "lintang": connection.latitude,
                "bujur": connection.longitude,
            }
        )
    )  # fmt: skip


def choices(session: TenantSession) -> dict[str, Any]:
    """What the form's lists offer: zones, routes, groups in use, villages of this region by code."""
    places = queries.own_places(session)
    return {
        "zones": [(row.id, f"{row.key} · {row.name}") for row in queries.zones(session)],
        "routes": [(row.id, f"{row.key} · {row.name}") for row in queries.routes(session)],
        "groups": queries.groups(session),
        "villages": [
            (village.code, f"{village.name}, {district.name}")
            for district in areas(session, places.region)
            for village in areas(session, district.code)
        ],
    }


def id_of(text: str | None) -> UUID | None:
    """An id out of an address or a form, None for anything else."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
