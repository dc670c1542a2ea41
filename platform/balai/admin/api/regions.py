"""The directory of regions (on every host) and the districts and villages of this one."""

from flask import Response

from balai import db, places, rest
from balai.admin.api.schemas import AreaItem, AreaList, AreaQuery, Parent, Region, RegionPage, RegionQuery
from balai.errors import NotFound
from balai.places.kemendagri import search_name
from balai.settings import current_settings

blueprint = rest.Blueprint(
    "api_regions",
    __name__,
    tag="regions",
    url_prefix=f"{rest.API_PREFIX}/regions",
    where="both",
    description="Daftar provinsi, kabupaten dan kota, dan mana yang memakai Balai.",
)
area_blueprint = rest.Blueprint(
    "api_areas",
    __name__,
    tag="areas",
    url_prefix=f"{rest.API_PREFIX}/areas",
    description="Kecamatan, desa dan kelurahan daerah ini.",
)


@blueprint.route("")
@blueprint.public
@blueprint.query(RegionQuery)
@blueprint.answers(RegionPage, summary="Daftar daerah")
def list_regions(query: RegionQuery) -> Response:
    """Regencies and cities first, provinces second."""
    # 552 rows at most: cutting in Python is cheaper than a second way to sort them.
    search = search_name(query.search) if query.search.strip() else ""
    found = places.regions(db.session(), parent=query.parent, search=search, level=query.level)
    if query.on_balai is not None:
        found = [region for region in found if (region.slug is not None) == query.on_balai]
    if query.cursor is not None:
        after = rest.decode_cursor(query.cursor, str)
        at = next((i for i, region in enumerate(found) if region.code == after), len(found))
        found = found[at + 1 :]
    page, more = rest.cut(found, query.limit)
    cursor = rest.encode_cursor(page[-1].code) if more else None
    return rest.reply(RegionPage([_region(region) for region in page], cursor), headers=rest.next_link(cursor))


@blueprint.route("/<code>")
@blueprint.public
@blueprint.answers(Region, summary="Satu daerah", problems=(404,))
def get_region(code: str) -> Region:
    """By Kemendagri code."""
    found = places.region(db.session(), code)
    if found is None:
        raise NotFound
    return _region(found)


@area_blueprint.route("")
@area_blueprint.public
@area_blueprint.query(AreaQuery)
@area_blueprint.answers(AreaList, summary="Kecamatan, atau isi satu kecamatan")
def list_areas(query: AreaQuery) -> AreaList:
    """Districts of this region, or the children of one."""
    session = db.session()
    found = places.areas(session, query.parent) if query.parent else places.districts(session)
    return AreaList([AreaItem(a.code, a.name, a.kind, a.parent_code) for a in found])


def _region(region: places.Region) -> Region:
    settings = current_settings()
    parent = None
    if region.parent_code is not None:
        parent = Parent(region.parent_code, region.parent_name or "")
    url = settings.public_url(settings.tenant_host(region.slug)) if region.slug else None
    return Region(region.code, region.name, region.kind, region.autonomous, parent, region.slug is not None, url)
