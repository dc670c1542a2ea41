"""What a filer hands in, checked as a whole: answers, place, reporter, who may read it. Everything to correct is told at once."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from balai import places
from balai.cases import catalogue
from balai.cases.forms import Checked, check_data, place_field
from balai.cases.models import CHANNELS
from balai.cases.values import ValueFault, clean_text, email, phone
from balai.clock import now
from balai.contracts import Service
from balai.db import TenantSession
from balai.errors import FieldError, Invalid
from balai.files import File
from balai.web.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who files: sub of a signed-in citizen, and what they gave to be reached; all empty = nobody knows."""

    sub: str | None = None
    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is: village or district code (chosen, never guessed), landmark in words, position in WGS84 degrees."""

    region: str = ""
    landmark: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    checked: Checked
    reporter: Reporter
    place: Place
    anonymity: str
    visibility: str
    at: datetime = field(default_factory=now)


def check_draft(
    session: TenantSession,
    service: Service,
    data: Mapping[str, Any],
    channel: str,
    reporter: Reporter,
    anonymity: str,
    visibility: str | None,
    place: Place | None,
    files: Mapping[str, Sequence[UUID]],
    *,
    areas: Container[str] = frozenset(),
) -> Draft:
    """Everything that a filer may have to correct, told at once. areas: codes that are known to be of this region."""

    def is_area(code: str) -> bool:
        return code in areas or places.area(session, code) is not None

    errors: list[FieldError] = []
    checked = Checked()
    try:
        checked = check_data(service, data, files=files, is_area=is_area)
    except Invalid as invalid:
        errors += invalid.errors
    errors += _misplaced(session, service, checked.files)
    reporter = _check_reporter(reporter, anonymity, errors)
    found = _check_place(session, service, place or Place(), is_area, errors)
    if channel not in CHANNELS:
        errors.append(FieldError("channel", _("Jalur ini tidak dikenal.")))
    if anonymity not in {"named", "anonymous"} or (anonymity == "anonymous" and not service.anonymous):
        errors.append(FieldError("anonymity", _("Layanan ini perlu nama Anda.")))
    chosen = visibility or service.visibility
    order = ("public", "private", "secret")
    if chosen not in order or order.index(chosen) < order.index(service.visibility):
        errors.append(FieldError("visibility", _("Pilihan ini tidak tersedia untuk layanan ini.")))
    if errors:
        raise Invalid(errors)
    return Draft(checked, reporter, found, anonymity, chosen)


def _misplaced(session: TenantSession, service: Service, files: Mapping[str, Sequence[UUID]]) -> list[FieldError]:
    """Files that answer another kind of question: a photo where a voice is asked for would let a report pass without words."""
    ids = [file_id for several in files.values() for file_id in several]
    if not ids:
        return []
    kinds = {row.id: row.media_type.partition("/")[0] for row in session.scalars(select(File).where(File.id.in_(ids)))}
    wanted = {"photo": {"image"}, "voice": {"audio"}, "file": {"image", "application"}}
    return [
        FieldError(key, _("Berkas ini bukan jenis yang diminta di sini."))
        for key, several in files.items()
        if {kinds.get(file_id, "") for file_id in several} - wanted[service.field(key).type]
    ]


def _check_reporter(given: Reporter, anonymity: str, errors: list[FieldError]) -> Reporter:
    values = {"name": "", "phone": "", "email": ""}
    checks = {"name": lambda raw: " ".join(clean_text(raw, most=120).split()), "phone": phone, "email": email}
    for key, check in checks.items():
        raw = getattr(given, key)
        if raw and raw.strip():
            try:
                values[key] = check(raw)
            except ValueFault as fault:
                errors.append(FieldError(key, str(fault)))
    if anonymity == "anonymous":
        return Reporter(phone=values["phone"], email=values["email"])
    return Reporter(sub=given.sub, **values)


def _check_place(
    session: TenantSession, service: Service, place: Place, is_area: Callable[[str], bool], errors: list[FieldError]
) -> Place:
    asked = place_field(service)
    if asked is None:
        return Place(region=place.region or catalogue.tenant_of(session).region_code or "")
    if place.region:
        if not is_area(place.region):
            errors.append(FieldError("region", _("Pilih kecamatan atau desa dari daftar daerah ini.")))
    elif asked.required:
        errors.append(FieldError("region", _("Pilih kecamatan atau desa tempatnya.")))
    landmark = ""
    try:
        landmark = " ".join(clean_text(place.landmark or "", most=300).split())
    except ValueFault as fault:
        errors.append(FieldError("landmark", str(fault)))
    if asked.type == "place" and asked.required and len(landmark) < 3 and not errors:  # noqa: PLR2004 - "RT1"
        errors.append(FieldError("landmark", _("Tulis patokannya, misalnya: depan masjid, dekat jembatan.")))
    latitude, longitude = place.latitude, place.longitude
    if (latitude is None) != (longitude is None):
        errors.append(FieldError("latitude", _("Titik lokasi tidak lengkap.")))
    elif latitude is not None and longitude is not None and not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004 - WGS84
        errors.append(FieldError("latitude", _("Titik lokasi ini tidak ada di bumi.")))
    region = place.region or catalogue.tenant_of(session).region_code or ""
    return Place(region, landmark, latitude, longitude)
