"""`/kelola/water/tarif/rancangan/<draft>/banding`: last month under a draft, beside the tariff that holds."""

from uuid import UUID

from flask import Blueprint, Response

from balai.api import gettext, render, require, session
from balai_water.bills import comparing
from balai_water.tariffs import services

blueprint = Blueprint("water_comparison", "balai_water", url_prefix="/kelola/water/tarif", template_folder="templates")


@blueprint.get("/rancangan/<uuid:draft_id>/banding")
@require("water.bill")
def comparison(draft_id: UUID) -> Response:
    """Who pays how much more."""
    draft = services.find_draft(session(), draft_id)
    month = comparing.last_read_month(session())
    version = services.version_on(session(), month) if month else None
    found, after = None, services.draft_tariff(draft)
    if month is not None and version is not None:
        found = comparing.compare(session(), month, services.tariff_of(version), after)
    labels = {group.key: group.label for group in after.groups.values()}
    return render(
        "water/bills/comparison.html", draft=draft, month=month, version=version, found=found, labels=labels,
        spread=comparing.spread_rows(found, _steps()) if found else [],
    )  # fmt: skip


def _steps() -> list[str]:
    return [
        gettext("Membayar lebih sedikit"), gettext("Tetap sama"), gettext("Naik sampai Rp5.000"),
        gettext("Naik Rp5.001 sampai Rp10.000"), gettext("Naik Rp10.001 sampai Rp25.000"),
        gettext("Naik Rp25.001 sampai Rp50.000"), gettext("Naik lebih dari Rp50.000"),
    ]  # fmt: skip
