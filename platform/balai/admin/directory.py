"""The apex host's front door: "Daerah mana?". Regencies and cities come first, provinces second (decision 38).

The full list has 552 entries: too much for a phone on a weak line. The page shows who is on Balai, a search and the provinces;
the rest comes when it is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from balai import db
from balai.errors import FieldError
from balai.places import Region, region, regions
from balai.places.kemendagri import search_name
from balai.settings import current_settings
from balai.tenancy import queries as registry
from balai.web.forms import Form
from balai.web.i18n import gettext as _
from balai.web.rendering import render

MOST: Final = 60
MOST_LETTERS: Final = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the directory: url leads to the region's portal, or is empty while it isn't on Balai.

    through: name of the region that serves this one (the administrative parts of DKI Jakarta), else empty.
    """

    name: str
    province: str
    url: str
    through: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What the page lists: both groups, and whether there was more than fits."""

    kabkota: list[Entry]
    provinces: list[Entry]
    more: int = 0

    @property
    def total(self) -> int:
        """Entries shown."""
        return len(self.kabkota) + len(self.provinces)


def directory_page() -> Response:
    """`/` on the apex: `?cari=`, `?provinsi=32`, `?semua=1`."""
    typed, province, everything = _asked()
    listed = regions(db.session(), level="provinsi")
    chosen = next((p for p in listed if p.code == province), None)
    return render(
        "admin/directory.html",
        typed=typed,
        chosen=chosen,
        everything=everything,
        provinces=listed,
        found=_find(typed, chosen, everything=everything),
    )


def directory_list() -> Response:
    """The list alone, for the search that filters while one types."""
    typed, province, everything = _asked()
    chosen = region(db.session(), province) if province else None
    found = _find(typed, chosen, everything=everything)
    return render("admin/directory_list.html", typed=typed, chosen=chosen, everything=everything, found=found)


def track_page(code: str) -> AnyResponse:
    """`/lacak/<code>` on the apex: the code's own digits say which region it is from."""
    from balai.cases import codes

    try:
        plain = codes.parse_code(code)
    except codes.CodeError:
        return _untraceable(code, None)
    tenant = registry.tenant_by_region(db.session(), _region_code(plain))
    if tenant is None or tenant.status != "active":
        return _untraceable(plain, region(db.session(), _region_code(plain)))
    settings = current_settings()
    return redirect(settings.public_url(settings.tenant_host(tenant.slug), f"/lacak/{plain}"), 302)


def track_search() -> AnyResponse:
    """`/lacak` on the apex: the empty box, or `?kode=` turned into an address."""
    code = request.args.get("kode", "").strip()
    return track_page(code) if code else render("admin/track.html", code="", form=Form.of())


def _untraceable(code: str, found: Region | None) -> Response:
    message = (
        _("Kode ini berasal dari %(name)s, yang belum memakai Balai. Hubungi kantornya langsung.", name=found.name)
        if found
        else _("Kode ini kurang lengkap atau ada huruf yang keliru. Periksa lagi, huruf demi huruf.")
    )
    response = render(
        "admin/track.html", code=code[:30], form=Form.of({"kode": code[:30]}, [FieldError("kode", message)])
    )
    response.status_code = 404
    return response


def _region_code(code: str) -> str:
    """Region of a code: `3273-...` -> `32.73`; a province's digits end in 00."""
    return code[:2] if code[2:4] == "00" else f"{code[:2]}.{code[2:4]}"


def _asked() -> tuple[str, str, bool]:
    typed = " ".join(request.args.get("cari", "").replace("\x00", "").split())[:MOST_LETTERS]
    return typed, request.args.get("provinsi", "").strip()[:8], "semua" in request.args


def _find(typed: str, chosen: Region | None, *, everything: bool) -> Found:
    session = db.session()
    wanted = search_name(typed) if typed else ""
    if not wanted and chosen is None:
        rows = regions(session) if everything else regions(session, served=True)
    else:
        rows = regions(session, parent=chosen.code if chosen else None, search=wanted)
        if chosen is not None and not wanted:
            rows.append(chosen)
    return _grouped(rows, most=len(rows) if everything else MOST)


def _grouped(rows: Sequence[Region], *, most: int) -> Found:
    # The six parts of DKI have no government of their own: they lead to their province.
    governed = {r.parent_code for r in rows if not r.autonomous and r.parent_code}
    parents = {code: found for code in governed if (found := region(db.session(), code))}
    entries = [(r, _entry(r, parents)) for r in rows[:most]]
    return Found(
        kabkota=[e for r, e in entries if r.parent_code],
        provinces=[e for r, e in entries if not r.parent_code],
        more=max(0, len(rows) - most),
    )


def _entry(row: Region, parents: dict[str, Region]) -> Entry:
    server = row if row.autonomous or not row.parent_code else parents.get(row.parent_code, row)
    settings = current_settings()
    url = settings.public_url(settings.tenant_host(server.slug), "/") if server.slug else ""
    through = server.name if server is not row else ""
    return Entry(row.name, row.parent_name or "", url, through)
