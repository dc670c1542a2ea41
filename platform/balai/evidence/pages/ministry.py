"""`/manfaat` on the apex host: the ministry's table. It takes no parameter: no sorting, no filter, no ranking."""

from flask import Blueprint, Response, g

from balai.errors import NotFound
from balai.evidence import national
from balai.evidence.pages.public import overview as of_region
from balai.evidence.sheets.kinds import SECTORS as SECTOR_NAMES
from balai.tenancy import registry_scope
from balai.web import render

blueprint = Blueprint("evidence_national", __name__, template_folder="../templates")


@blueprint.get("/manfaat")
def overview() -> Response:
    """On a region's host its own page, on the apex host the table of all that agreed."""
    if g.get("tenant") is not None:
        if g.tenant.kind != "region":
            raise NotFound
        return of_region()
    with registry_scope() as session:
        rows = national.table(session)
    names = dict(SECTOR_NAMES)
    return render(
        "evidence/ministry.html",
        rows=rows,
        heads=[names[sector.value] for sector in national.SECTORS],
        words=national.WORDS,
    )
