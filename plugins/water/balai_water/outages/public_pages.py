"""`/layanan/water/h/gangguan`: where water is off, since when, until when; for everybody, without signing in or scripts."""

from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from balai.api import (
    FieldError,
    Form,
    NotFound,
    allow_use,
    gettext,
    map_tiles,
    personal,
    render,
    render_form,
    session,
)
from balai_water.outages import services, showing
from balai_water.outages.geometry import as_geojson
from balai_water.outages.models import Outage
from balai_water.outages.selection import LONGEST_NUMBER, Selection
from balai_water.outages.words import HOME, REASON_WORDS, place_words
from balai_water.register.models import Connection

blueprint = Blueprint("water_outages_public", "balai_water", url_prefix=HOME, template_folder="templates")
# Fewer connections than this aren't counted aloud: a number of one would point at a door.
FEW = 10
_LOOKUPS = 60


@blueprint.get("")
def list_page() -> Response:
    """What runs, what is coming, what is over since a week; only one village when it is asked for."""
    return _list(Form.of({}))


def _list(form: Form, mine: list[Outage] | None = None, number: str = "") -> Response:
    rows = services.public(session())
    village = request.args.get("desa", "")
    shown = [row for row in rows if not village or any(place["code"] == village for place in row.places)]
    groups: dict[str, list[Outage]] = {"now": [], "coming": [], "over": []}
    for row in shown:
        groups[showing.group_of(row)].append(row)
    places = sorted({(p["code"], p["name"]) for row in rows for p in row.places}, key=lambda pair: pair[1])
    drawn = [row for row in shown if row.state == "announced"]
    return render_form(
        "water/outages/public_list.html", form, groups=groups, words=showing.WORDS, place_words=place_words, places=places,
        village=village, late=showing.is_late, few=FEW, mine=mine, number=number, tiles=map_tiles(),
        areas=showing.areas([(row, Selection.of(row.selection), row.places) for row in drawn]),
    )  # fmt: skip


@blueprint.post("")
def look_up() -> Response:
    """Outages at one connection. A number that nobody has gets the same answer as one with water."""
    personal()
    allow_use("water.outage_lookup", allowed=_LOOKUPS, seconds=3600)
    number = request.form.get("number", "").strip()
    if not number or len(number) > LONGEST_NUMBER:
        return _list(Form.of(request.form, [FieldError("number", gettext("Tulis nomor sambungan Anda."))]))
    found = session().scalars(select(Connection.id).where(Connection.number == number)).first()
    mine = list(services.at_connection(session(), found)) if found else []
    return _list(Form.of(request.form), mine, number)


@blueprint.get("/<uuid:outage_id>")
def one_page(outage_id: UUID) -> Response:
    """One outage, by the address in its messages: also long after."""
    outage = _public(outage_id)
    return render(
        "water/outages/public_one.html", outage=outage, words=showing.WORDS, few=FEW, place_words=place_words,
        group=showing.group_of(outage), late=showing.is_late(outage), tiles=map_tiles(),
        areas=showing.areas([(outage, Selection.of(outage.selection), outage.places)]),
    )  # fmt: skip


def _public(outage_id: UUID) -> Outage:
    outage = services.find(session(), outage_id)
    if outage.state == "draft":
        raise NotFound
    return outage


@blueprint.get("/gangguan.geojson")
def as_data() -> AnyResponse:
    """Running and coming outages as GeoJSON, for other maps and newsrooms. Without a drawn area the geometry is null."""
    features = []
    for row in services.public(session()):
        if row.state != "announced":
            continue
        picked = Selection.of(row.selection)
        features.append(
            {
                "type": "Feature",
                "id": str(row.id),
                "geometry": as_geojson(picked.shapes) if picked.shapes else None,
                "properties": {
                    "jenis": row.kind, "sebab": str(REASON_WORDS[row.reason]), "keterangan": row.text,
                    "mulai": row.starts_at.isoformat(), "selesai": row.ends_at.isoformat() if row.ends_at else None,
                    "desa": [{"kode": p["code"], "nama": p["name"]} for p in row.places], "alamat": f"{HOME}/{row.id}",
                },
            }
        )  # fmt: skip
    answer = jsonify({"type": "FeatureCollection", "features": features})
    answer.content_type = "application/geo+json"
    return answer
