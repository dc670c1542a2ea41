"""The form of an outage: what was typed becomes a Plan, a Plan becomes what the form shows."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from balai.api import Area, FieldError, Form, Invalid, TenantSession, gettext, now
from balai_water.outages import geometry, selection
from balai_water.outages.models import Outage
from balai_water.outages.plans import Plan, check
from balai_water.outages.selection import Selection
from balai_water.outages.words import zone
from balai_water.register.models import Connection, Route, Zone

LISTS: Final = ("districts", "villages", "routes", "zones")
_LOCAL: Final = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be picked: districts with their villages (code, name), zones and routes (id, name)."""

    districts: list[tuple[str, str, list[tuple[str, str]]]]
    zones: list[tuple[str, str]]
    routes: list[tuple[str, str]]


def choices(session: TenantSession) -> Choices:
    """Districts and villages with connections first of all; those of another regency by their code."""
    served = {code for code in session.scalars(select(Connection.region).distinct()) if code}
    areas = session.scalars(select(Area).where(Area.active).order_by(Area.name)).all()
    names = {area.code: area.name for area in areas}
    villages: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for code in served:
        villages[code[:8]].append((code, names.get(code, code)))
    return Choices(
        sorted(
            (
                (code, names.get(code, code), sorted(found, key=lambda pair: pair[1]))
                for code, found in villages.items()
            ),
            key=lambda row: row[1],
        ),
        [(str(z.id), z.name) for z in session.scalars(select(Zone).where(Zone.active).order_by(Zone.name))],
        [(str(r.id), r.name) for r in session.scalars(select(Route).where(Route.active).order_by(Route.name))],
    )


def plan_of(session: TenantSession, given: "MultiDict[str, str]") -> Plan:
    """What a form says, checked; Invalid names every field that needs correcting."""
    errors: list[FieldError] = []
    times: dict[str, datetime | None] = {}
    for name in ("starts_at", "ends_at"):
        try:
            times[name] = moment(given.get(name, ""))
        except ValueError:
            errors.append(FieldError(name, gettext("Tulis tanggal dan jam.")))
    picked = Selection()
    try:
        picked = selection.chosen(
            session,
            {name: given.getlist(name) for name in LISTS},
            area=given.get("area", ""),
            numbers=given.get("numbers", ""),
        )
    except Invalid as invalid:
        errors += invalid.errors
    plan = Plan(
        given.get("kind", ""), given.get("reason", ""), times.get("starts_at"), times.get("ends_at"), picked,
        given.get("text", ""),
    )  # fmt: skip
    try:
        check(plan)
    except Invalid as invalid:
        there = {error.field for error in errors}
        errors += [error for error in invalid.errors if error.field not in there]
    if errors:
        raise Invalid(errors)
    return plan


def moment(text: str) -> datetime | None:
    """A local date and time ("2026-11-24T13:00") as an aware one, None when empty; ValueError."""
    if not text.strip():
        return None
    found = datetime.fromisoformat(text.strip())
    return found if found.tzinfo else found.replace(tzinfo=zone())


def local(at: datetime | None) -> str:
    """A time as the form's field holds it."""
    return at.astimezone(zone()).strftime(_LOCAL) if at is not None else ""


def blank() -> Form:
    """A new outage: it has just begun."""
    return _labelled(Form.of({"kind": "sudden", "starts_at": local(now())}))


def back(given: "MultiDict[str, str]", errors: Invalid) -> Form:
    """What was typed, with what needs correcting."""
    return _labelled(Form.of(given, errors))


def of_outage(outage: Outage) -> Form:
    """What an outage says, to be changed."""
    picked = Selection.of(outage.selection)
    values: MultiDict[str, Any] = MultiDict(
        {
            "kind": outage.kind,
            "reason": outage.reason,
            "text": outage.text,
            "starts_at": local(outage.starts_at),
            "ends_at": local(outage.ends_at),
            "area": area_text(picked),
            "numbers": "\n".join(picked.numbers),
        }
    )
    for name in LISTS:
        values.setlist(name, list(getattr(picked, name)))
    return _labelled(Form(values))


def area_text(picked: Selection) -> str:
    """Areas as they can be typed: a corner per line, or GeoJSON where there are several or holes."""
    if not picked.shapes:
        return ""
    if len(picked.shapes) == 1 and len(picked.shapes[0]) == 1:
        return "\n".join(f"{latitude:.6f}, {longitude:.6f}" for longitude, latitude in picked.shapes[0][0])
    return geometry.geojson_text(picked.shapes)


def _labelled(form: Form) -> Form:
    form.labels = {
        "kind": gettext("Jenis"), "reason": gettext("Sebab"), "starts_at": gettext("Mulai"),
        "ends_at": gettext("Mengalir lagi"), "districts": gettext("Tempat"), "villages": gettext("Desa"),
        "zones": gettext("Zona"), "routes": gettext("Rute"), "area": gettext("Daerah di peta"),
        "numbers": gettext("Nomor sambungan"), "text": gettext("Keterangan"),
    }  # fmt: skip
    return form
