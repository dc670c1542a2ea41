"""`/layanan/water/h/mutu`: for everybody, by zone: is the water good, how long does it flow, what was tested this year."""

from typing import Final

from flask import Blueprint, Response
from sqlalchemy import select

from balai.api import NotFound, render, session
from balai_water import months
from balai_water.losses import services as losses
from balai_water.losses.balance import TARGET_HOURS
from balai_water.outages import services as outages
from balai_water.outages.words import REASON_WORDS
from balai_water.quality import services, words
from balai_water.register.models import Zone

PATH: Final = "/layanan/water/h/mutu"
blueprint = Blueprint("water_zones", __name__, url_prefix=PATH, template_folder="../templates")
_YEAR: Final = 12


@blueprint.get("")
def zones() -> Response:
    """All zones with their water in a word."""
    known = session().scalars(select(Zone).where(Zone.active).order_by(Zone.name, Zone.key)).all()
    return render("water/quality/zones.html", zones=services.of_zones(session(), known), advice=words.ADVICE)


@blueprint.get("/<key>")
def zone(key: str) -> Response:
    """One zone: warnings, latest values against limits, hours of supply, the year."""
    found = session().scalars(select(Zone).where(Zone.key == key, Zone.active)).first()
    if found is None:
        raise NotFound
    this = months.this_month()
    hours = losses.hours_of(session(), found.id, months.shift(this, 1 - _YEAR), this)
    return render(
        "water/quality/zone.html", quality=services.of_zone(session(), found.id), hours=hours, target_hours=TARGET_HOURS,
        latest_hours=next((h for h in reversed(hours) if h[1] is not None), None), advice=words.ADVICE, verdicts=words.VERDICTS,
        outages=outages.in_zone(session(), found.id), reasons=REASON_WORDS,
    )  # fmt: skip
