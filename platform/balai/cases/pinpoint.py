"""What a position suggests: the village whose published reports lie nearest, or the neighbouring region that it seems to lie in.

Nothing is decided here. The filer picks the village, and says whether a report stays although its position lies elsewhere.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, jsonify, request
from sqlalchemy import select

from balai import db, places, web
from balai.cases.catalogue import tenant_of
from balai.cases.filing import Place
from balai.cases.models import Case
from balai.db import TenantSession
from balai.errors import BadRequest, Invalid
from balai.settings import current_settings
from balai.web.i18n import gettext as _

STAY: Final = "tetap_di_sini"
# Outlines are simplified: so near to our own border nobody is sent away.
_DOUBT_DEGREES: Final = 0.01
_NEAR_DEGREES: Final = 0.02
_MOST_LOOKED_AT: Final = 500
_ASKED_PER_HOUR: Final = 120


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A region that a position seems to lie in; url: the same page there, "" where it isn't on Balai."""

    name: str
    url: str


def elsewhere(session: TenantSession, latitude: float, longitude: float, path: str = "/") -> Elsewhere | None:
    """The other region of a position; None when it is ours, near our border, or when nothing is known."""
    home = tenant_of(session).region_code or ""
    own = places.outline(session, home)
    steps = (-_DOUBT_DEGREES, 0.0, _DOUBT_DEGREES)
    if not own or any(places.holds(own, latitude + dy, longitude + dx) for dy in steps for dx in steps):
        return None
    for region, outline in places.regions_around(session, latitude, longitude):
        if not home.startswith(region.code) and places.holds(outline, latitude, longitude):
            settings = current_settings()
            url = settings.public_url(settings.tenant_host(region.slug), path) if region.slug else ""
            return Elsewhere(region.name, url)
    return None


def village_near(session: TenantSession, latitude: float, longitude: float) -> places.AreaName | None:
    """The village or district of the nearest published report within two kilometres, None without any."""
    shown = select(Case.region, Case.coarse_latitude, Case.coarse_longitude).where(
        Case.published_at.is_not(None),
        Case.coarse_latitude.between(latitude - _NEAR_DEGREES, latitude + _NEAR_DEGREES),
        Case.coarse_longitude.between(longitude - _NEAR_DEGREES, longitude + _NEAR_DEGREES),
    )
    rows = session.execute(shown.limit(_MOST_LOOKED_AT)).all()
    # Published places all have a coarse position here: the box asked for it.
    nearest = min(rows, key=lambda r: math.hypot((r[1] or 0) - latitude, (r[2] or 0) - longitude), default=None)
    return places.area(session, nearest[0]) if nearest else None


def require_here(session: TenantSession, place: Place, given: Mapping[str, str], path: str) -> None:
    """Invalid when the position seems to lie in another region and the filer hasn't said that it stays here."""
    if place.latitude is None or place.longitude is None or given.get(STAY):
        return
    other = elsewhere(session, place.latitude, place.longitude, path)
    if other is not None:
        raise Invalid.field(
            STAY, _("Titik di peta kelihatannya di %(region)s. Tetap kirim ke sini?", region=other.name)
        )


def suggest() -> Response:
    """View of POST /tempat/dekat: {village: [code, name] | null, elsewhere: {name, url} | null}. Nothing is kept of it."""
    web.allow("cases.near", allowed=_ASKED_PER_HOUR, seconds=3600)
    latitude, longitude = _degrees("latitude", 90), _degrees("longitude", 180)
    session, path = db.session(), request.form.get("path", "/")
    other = elsewhere(session, latitude, longitude, path if path.startswith("/layanan/") else "/layanan")
    found = None if other else village_near(session, latitude, longitude)
    told: dict[str, Any] = {
        "village": [found.code, found.name] if found else None,
        "elsewhere": {"name": other.name, "url": other.url} if other else None,
    }
    answer: Response = jsonify(told)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _degrees(name: str, most: float) -> float:
    try:
        value = float(request.form.get(name, ""))
    except ValueError:
        raise BadRequest from None
    if not -most <= value <= most:
        raise BadRequest
    return value


def border() -> Response:
    """View of /tempat/batas: rings of [longitude, latitude] around this region, for the map without tiles; public."""
    session = db.session()
    answer: Response = jsonify(places.outline(session, tenant_of(session).region_code or ""))
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer
