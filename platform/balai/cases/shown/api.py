"""Published reports for everybody, without signing in: the list, and cells for a map."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from msgspec import Meta, Struct

from balai import db, rest, tenancy
from balai.cases import catalogue
from balai.cases.shown import portal, queries
from balai.cases.shown.links import defang
from balai.db import TenantSession
from balai.errors import NotFound

blueprint = rest.Blueprint(
    "api_reports",
    __name__,
    tag="reports",
    url_prefix=f"{rest.API_PREFIX}/reports",
    description="Laporan dan usul yang sudah tampil untuk umum: tanpa nama, tempatnya kira-kira.",
)
_KEEP = "public, max-age=60"
# Whoever makes one up gets no further than this: the database takes no NUL in a text.
_POSITION: Any = tuple[datetime, Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]{1,40}$")]]

ServiceId = Annotated[str, Meta(max_length=100, pattern=r"^[a-z0-9]+\.[a-z0-9_-]+$", description="mis. feedback.usul")]
AreaCode = Annotated[str, Meta(pattern=r"^\d\d(\.\d\d){0,2}(\.\d{4})?$", description="Kode desa atau kecamatan.")]


class ReportFilter(Struct, forbid_unknown_fields=True, kw_only=True):
    """Saringan."""

    service: Annotated[ServiceId | None, Meta(description="Hanya layanan ini.")] = None
    area: AreaCode | None = None
    state: Annotated[Literal["open", "closed"] | None, Meta(description="Masih ditangani atau sudah ditutup.")] = None


class ReportQuery(rest.PageQuery, forbid_unknown_fields=True, kw_only=True):
    """Saringan daftar."""

    service: Annotated[ServiceId | None, Meta(description="Hanya layanan ini.")] = None
    area: AreaCode | None = None
    state: Annotated[Literal["open", "closed"] | None, Meta(description="Masih ditangani atau sudah ditutup.")] = None


class CoarsePosition(Struct):
    """Titik tengah kotak selebar kira-kira 277 meter, WGS84 derajat."""

    latitude: float
    longitude: float


class ReportItem(Struct):
    """Satu laporan sebagaimana dibaca umum."""

    code: str
    service: str
    title: str
    state: str
    outcome: str | None
    area: str
    position: CoarsePosition | None
    filed_on: str
    closed_on: str | None
    supporters: int


class ReportPage(Struct):
    """Satu halaman; `next` untuk halaman berikutnya."""

    items: list[ReportItem]
    next: str | None


class CellItem(Struct):
    """Satu kotak peta dan laporan di dalamnya."""

    position: CoarsePosition
    count: int
    open: int
    codes: list[str]


class CellPage(Struct):
    """Kotak dari paling banyak 500 laporan terbaru; `without_place`: yang tanpa titik lokasi."""

    cells: list[CellItem]
    without_place: int


@blueprint.route("")
@blueprint.public
@blueprint.query(ReportQuery)
@blueprint.answers(
    ReportPage, summary="Laporan yang tampil untuk umum", description="Yang terbaru tampil lebih dulu.", problems=(422,)
)
def list_reports(query: ReportQuery) -> Response:
    """Newest published first."""
    session = db.session()
    before: tuple[datetime, str] | None = (
        rest.decode_cursor(query.cursor, _POSITION) if query.cursor is not None else None
    )
    wanted = _wanted(session, query, limit=query.limit + 1, before=before)
    rows, more = rest.cut(_rows(session, wanted), query.limit)
    cursor = rest.encode_cursor((rows[-1].published_at, rows[-1].code)) if more else None
    return _kept(rest.reply(ReportPage([_item(row) for row in rows], cursor), headers=rest.next_link(cursor)))


@blueprint.route("/cells")
@blueprint.public
@blueprint.query(ReportFilter)
@blueprint.answers(CellPage, summary="Laporan per kotak peta", problems=(422,))
def list_cells(query: ReportFilter) -> Response:
    """The newest 500, by coarse cell."""
    session = db.session()
    rows = _rows(session, _wanted(session, query, limit=queries.MOST, before=None))
    cells = portal.by_cell(rows)
    found = [
        CellItem(
            CoarsePosition(*at), len(several), sum(r.closed_at is None for r in several), [r.code for r in several[:20]]
        )
        for at, several in cells.items()
    ]
    return _kept(rest.reply(CellPage(found, len(rows) - sum(cell.count for cell in found))))


def _wanted(
    session: TenantSession, query: ReportQuery | ReportFilter, *, limit: int, before: tuple[datetime, str] | None
) -> queries.Wanted:
    offered = [s.id for s in catalogue.services(session) if s.visibility == "public"]
    if query.service is not None and query.service not in offered:
        raise NotFound
    areas = queries.areas_under(db.driver(session), session.tenant_id, query.area) if query.area else ()
    if query.area and not areas:
        raise NotFound
    services = (query.service,) if query.service else tuple(offered)
    return queries.Wanted(services, areas, query.state or "", before=before, limit=limit)


def _rows(session: TenantSession, wanted: queries.Wanted) -> list[queries.Shown]:
    assert tenancy.current() is not None  # noqa: S101 - the blueprint lives on regions' hosts only
    return queries.shown(db.driver(session), session.tenant_id, wanted) if wanted.services else []


def _item(row: queries.Shown) -> ReportItem:
    place = None
    if row.latitude is not None and row.longitude is not None:
        place = CoarsePosition(row.latitude, row.longitude)
    return ReportItem(
        row.code, row.service_id, defang(row.title), row.state, row.outcome, row.region, place,
        row.filed_at.date().isoformat(), row.closed_at.date().isoformat() if row.closed_at else None, row.supporters,
    )  # fmt: skip


def _kept(response: Response) -> Response:
    """The same for everybody, so any cache on the way may keep it for a minute."""
    response.headers["Cache-Control"] = _KEEP
    response.add_etag()
    return rest.unchanged(response)
