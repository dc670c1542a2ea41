"""The register as CSV or XLSX, in the columns in which it comes in: what goes out can be brought in elsewhere."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from balai.api import TenantSession, mask_email, mask_nik, mask_phone, neutralise, reveal, write_csv
from balai_water.months import today
from balai_water.register import queries
from balai_water.register.customers import HIDDEN, initials
from balai_water.register.tables import CONNECTIONS, SOURCES

_PIECE: Final = 64 * 1024
_AT_A_TIME: Final = 500


@dataclass(frozen=True, slots=True)
class Out:
    """A table on its way out: headings and rows."""

    headings: Sequence[str]
    rows: Iterable[Sequence[Any]]


def connections(session: TenantSession, filters: queries.Filters, *, full: bool) -> Out:
    """The list as it is filtered, with state; full: names, numbers and addresses whole."""
    headings = [*(column.key for column in CONNECTIONS), "keadaan"]
    return Out(headings, _connections(session, filters, full=full))


def _connections(session: TenantSession, filters: queries.Filters, *, full: bool) -> Iterator[list[Any]]:
    zones = {row.id: row.key for row in queries.zones(session, every=True)}
    routes = {row.id: row.key for row in queries.routes(session, every=True)}
    meters = queries.meters_on(session, today())
    after = ""
    while piece := queries.connections(session, filters, after=after, limit=_AT_A_TIME):
        for connection, customer in piece:
            known = {part: reveal(session, customer, part) or "" for part in ("name", "phone", "email", "nik")}
            address = reveal(session, connection, "address") or ""
            if not full:
                known = _masked(known)
                address = HIDDEN if address else ""
            # Where a house stands is as good as its address.
            where = (connection.latitude, connection.longitude) if full else (None, None)
            meter = meters.get(connection.id)
            yield [
                connection.number, known["name"], known["phone"], known["email"], known["nik"], address, connection.region,
                connection.group_key, zones.get(connection.zone_id) if connection.zone_id else "",
                routes.get(connection.route_id) if connection.route_id else "", connection.route_order,
                connection.priority or "", meter.serial if meter else "", meter.digits if meter else "",
                meter.initial if meter else "", connection.since, *where, connection.state,
            ]  # fmt: skip
        after = piece[-1][0].number


def _masked(known: dict[str, str]) -> dict[str, str]:
    return {
        "name": initials(known["name"]), "phone": mask_phone(known["phone"]), "nik": mask_nik(known["nik"]),
        "email": mask_email(known["email"]) if known["email"] else "",
    }  # fmt: skip


def sources(session: TenantSession, filters: queries.Filters, *, full: bool) -> Out:  # noqa: ARG001 - nothing personal in them
    """Every source that is in use."""
    rows = (
        [s.kind, s.name, s.region, s.households, s.year, s.counted_by, s.note, s.latitude, s.longitude]
        for s in queries.sources(session, region=filters.region, every=False)
    )
    return Out([column.key for column in SOURCES], rows)


def file_of(made: Out, media: str) -> Iterator[bytes]:
    """The file in pieces. Texts can't run as formulas, and codes stay texts with their leading zeros."""
    return _xlsx(made) if media == "xlsx" else _csv(made)


def _csv(made: Out) -> Iterator[bytes]:
    rows = ([_plain(cell) for cell in row] for row in made.rows)
    for line in write_csv(made.headings, rows, delimiter=";"):
        yield line.encode()


def _plain(cell: Any) -> Any:
    if isinstance(cell, float):
        return repr(cell)
    return cell.isoformat() if isinstance(cell, date) else cell


def _xlsx(made: Out) -> Iterator[bytes]:
    import xlsxwriter

    with tempfile.TemporaryFile(prefix="balai-water-") as file:
        book = xlsxwriter.Workbook(
            file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        page, bold, day = (
            book.add_worksheet("Data"),
            book.add_format({"bold": True}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        page.freeze_panes(1, 1)
        for place, heading in enumerate(made.headings):
            page.write_string(0, place, heading, bold)
        for line, row in enumerate(made.rows, start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_datetime(line, place, cell, day)
                elif isinstance(cell, int | float):
                    page.write_number(line, place, cell)
                elif cell:
                    page.write_string(line, place, neutralise(cell))
        book.close()
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


WRITERS: Final[dict[str, Callable[..., Out]]] = {"sambungan": connections, "sumber": sources}
