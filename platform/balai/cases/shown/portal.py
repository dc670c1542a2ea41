"""`/laporan` and `/peta`: published reports as a list and as a map that needs no tiles. The same filters, the same rows."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request

from balai import cases, db, places, web
from balai.cases import wording
from balai.cases.filing import COARSE_DEGREES
from balai.cases.officer.dots import projection
from balai.cases.shown import queries
from balai.cases.shown.links import defang
from balai.cases.shown.words import topic_field
from balai.contracts import Service
from balai.db import TenantSession
from balai.errors import NotFound
from balai.web import Form

IDEAS: Final = "usul"
FILTERS: Final = ("layanan", "topik", "wilayah", "keadaan", "urut")
ON_MAP: Final = 300
blueprint = Blueprint("cases_shown", __name__, template_folder="../templates")
_STATES: Final = {"berjalan": "open", "selesai": "closed"}


@blueprint.before_request
def _only_in_a_region() -> None:
    if g.get("tenant") is None:
        raise NotFound


@dataclass(frozen=True, slots=True)
class Line:
    """A row as pages show it."""

    code: str
    url: str
    title: str
    service: str
    topic: str
    place: str
    badge: tuple[str, str, str]
    filed_at: datetime
    closed_at: datetime | None
    supporters: int


@blueprint.get("/laporan")
def reports() -> Response:
    """Published reports, newest first, by keyset pages."""
    session = db.session()
    public = cases.services(session)
    offered = services(session, public)
    wanted = asked(session, offered)
    rows = queries.shown(db.driver(session), session.tenant_id, wanted) if offered else []
    return web.render(
        "cases/shown/reports.html",
        rows=lines(session, rows[: queries.PAGE]),
        more=following("/laporan", rows),
        map_url=_address("/peta", given()),
        ideas=any(s.topic == IDEAS and s.visibility == "public" for s in public),
        **choices(session, offered),
    )


@blueprint.get("/peta")
def map_page() -> Response:
    """The newest of them by cells of about 277 m, drawn here; beside it the same as a list."""
    session = db.session()
    offered = services(session)
    wanted = asked(session, offered, limit=ON_MAP)
    rows = queries.shown(db.driver(session), session.tenant_id, wanted) if offered else []
    return web.render(
        "cases/shown/map.html",
        rows=lines(session, rows[: queries.PAGE]),
        drawing=draw(rows),
        most=ON_MAP,
        full=len(rows) >= ON_MAP,
        list_url=_address("/laporan", given()),
        **choices(session, offered),
    )


def services(session: TenantSession, known: Sequence[Service] | None = None) -> list[Service]:
    """Services whose reports the public may see here, ideas apart. known: what `cases.services` has just said."""
    return [s for s in known or cases.services(session) if s.visibility == "public" and s.topic != IDEAS]


def asked(session: TenantSession, offered: Sequence[Service], *, limit: int = queries.PAGE + 1) -> queries.Wanted:
    """The filters of the address; whatever makes no sense there counts as not given."""
    chosen = [s for s in offered if s.id == request.args.get("layanan")] or list(offered)
    topic = topic_field(chosen[0]) if len(chosen) == 1 else None
    value = request.args.get("topik", "")
    region = request.args.get("wilayah", "")
    areas: tuple[str, ...] = ()
    if region.replace(".", "").isdigit():
        areas = queries.areas_under(db.driver(session), session.tenant_id, region)
    return queries.Wanted(
        services=tuple(s.id for s in chosen),
        areas=areas,
        state=_STATES.get(request.args.get("keadaan", ""), ""),
        topic=(topic.key, value) if topic is not None and value in dict(topic.options) else None,
        topic_key=_topic_key(chosen),
        before=_before(),
        limit=limit,
    )


def _topic_key(chosen: Sequence[Service]) -> str:
    """The answer that tells what a report is about, where these services ask it under one name."""
    keys = {field.key for field in map(topic_field, chosen) if field is not None}
    return keys.pop() if len(keys) == 1 else ""


def _before() -> tuple[Any, ...] | None:
    at, _underscore, code = request.args.get("sebelum", "").partition("_")
    moment = moment_of(at)
    return (moment, code) if moment is not None and is_code(code) else None


def is_code(text: str) -> bool:
    """Whether it can be the code in a position of a list: short and printable, as the database takes it."""
    return 0 < len(text) < 40 and text.isprintable()  # noqa: PLR2004 - longer than any code


def moment_of(text: str) -> datetime | None:
    """An aware moment as it stands in an address, None for anything else."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def given() -> dict[str, str]:
    """The filters as they stand in the address."""
    return {name: request.args[name][:80] for name in FILTERS if request.args.get(name)}


def following(path: str, rows: Sequence[queries.Shown]) -> str | None:
    """Address of the next page; None on the last one."""
    if len(rows) <= queries.PAGE:
        return None
    last = rows[queries.PAGE - 1]
    return _address(path, given() | {"sebelum": f"{last.published_at.isoformat()}_{last.code}"})


def _address(path: str, values: dict[str, str]) -> str:
    return f"{path}?{urlencode(values)}" if values else path


def choices(session: TenantSession, offered: Sequence[Service]) -> dict[str, Any]:
    """What the filters offer, and what is chosen."""
    chosen = [s for s in offered if s.id == request.args.get("layanan")] or list(offered)
    topic = topic_field(wording.localise(chosen[0])) if len(chosen) == 1 else None
    return {
        "form": Form.of(given()),
        "services": [(s.id, wording.localise(s).title) for s in offered],
        "topics": list(topic.options) if topic else [],
        "districts": [(d.code, d.name) for d in places.districts(session)],
        "filtered": bool(given()),
    }


def lines(session: TenantSession, rows: Iterable[queries.Shown]) -> list[Line]:
    """Rows with their names; place in words down to the village, never closer."""
    rows = list(rows)
    codes = {code for row in rows for code in (row.region, row.region.rpartition(".")[0])}
    names = queries.area_names(db.driver(session), session.tenant_id, sorted(codes))
    rules: dict[tuple[str, int], Service] = {}
    found = []
    for row in rows:
        key = (row.service_id, row.service_version)
        if key not in rules:
            rules[key] = wording.localise(cases.rules_of(session, *key))
        found.append(_line(row, rules[key], names))
    return found


def _line(row: queries.Shown, service: Service, names: dict[str, str]) -> Line:
    topic = topic_field(service)
    above = row.region.rpartition(".")[0]
    return Line(
        row.code,
        f"/usul/{row.code}" if service.topic == IDEAS else f"/lacak/{row.code}",
        defang(row.title) or service.title,
        service.title,
        dict(topic.options).get(row.topic or "", "") if topic else "",
        ", ".join(filter(None, (names.get(row.region), names.get(above)))),
        wording.badge(row, wording.state_label(service, row.state)),
        row.filed_at,
        row.closed_at,
        row.supporters,
    )


# --- the map ---


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the map: its middle in the drawing, how many reports, how many of them open, radius of its circle."""

    x: float
    y: float
    count: int
    open: int
    radius: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Circles, length of the scale in the drawing and in kilometres, reports without a place."""

    cells: list[Cell]
    bar: float
    bar_km: float
    without: int


def by_cell(rows: Iterable[queries.Shown]) -> dict[tuple[float, float], list[queries.Shown]]:
    """Rows by the middle of their cell of COARSE_DEGREES (no closer place is known outside)."""
    found: dict[tuple[float, float], list[queries.Shown]] = {}
    for row in rows:
        if row.latitude is not None and row.longitude is not None:
            found.setdefault((row.latitude, row.longitude), []).append(row)
    return found


def draw(rows: Sequence[queries.Shown]) -> Drawing:
    """One circle a cell, the largest below."""
    cells = by_cell(rows)
    if not cells:
        return Drawing([], 0, 0, len(rows))
    project, per_km = projection(list(cells))
    made = []
    for at, several in cells.items():
        x, y = project(at)
        still = sum(row.closed_at is None for row in several)
        made.append(Cell(x, y, len(several), still, round(min(40.0, 9 + 4 * math.sqrt(len(several))), 1)))
    km = max((length for length in (0.5, 1, 2, 5, 10, 20, 50, 100) if length * per_km <= 200), default=0.5)  # noqa: PLR2004 - a quarter of the drawing
    made.sort(key=lambda cell: -cell.count)
    return Drawing(made, round(km * per_km, 1), km, len(rows) - sum(cell.count for cell in made))


CELL_DEGREES: Final = COARSE_DEGREES
