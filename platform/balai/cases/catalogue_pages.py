"""`/layanan`: every service that somebody here would read, with a search in people's own words."""

from dataclasses import dataclass
from typing import Final

from flask import Response, request

from balai import cases, db, plugins, web
from balai.cases import finding, wording
from balai.cases.catalogue import tenant_of
from balai.cases.portal import address, blueprint
from balai.contracts import Service
from balai.plugins.names import PRIVACY_OWNER
from balai.web.i18n import gettext as _

ICONS: Final = {
    "air": "droplets", "sampah": "recycle", "energi": "zap", "keamanan": "shield", "bencana": "siren",
    "administrasi": "file-text", "mobilitas": "bus", "kelayakan": "trees", "ekonomi": "store",
}  # fmt: skip
_MOST_LETTERS: Final = 80
# Takes whatever no other service is for.
_ANYTHING: Final = "pengaduan"


@dataclass(frozen=True, slots=True)
class Card:
    """A service in the catalogue. note: why it takes nothing now, or which choice of its form fits the search."""

    title: str
    summary: str
    url: str
    icon: str
    proof: str
    note: str


@blueprint.get("/layanan")
def catalogue() -> Response:
    """All of them, or those that answer `?q=`; when none does, the one that takes anything."""
    session, typed = db.session(), request.args.get("q", "").replace("\x00", "").strip()[:_MOST_LETTERS]
    offers = {service.id: (service, accepted) for service, accepted in cases.offers(session) if accepted.listed}
    everything = [service for service, _accepted in offers.values()]
    found = finding.find(everything, typed) if typed else [finding.Found(s, "") for s in _ordered(everything)]
    instead = None
    if typed and not found:
        instead = next((s for s in everything if s.topic == _ANYTHING and offers[s.id][1].open), None)
    return web.render(
        "cases/portal/catalogue.html",
        cards=[_card(f.service, offers[f.service.id][1], f.choice) for f in found],
        words=typed,
        instead=_card(instead, offers[instead.id][1], "") if instead else None,
    )


def _ordered(services: list[Service]) -> list[Service]:
    """What people come for first; the rights over one's data, which have a page of their own, last."""
    return sorted(services, key=lambda service: service.owner == PRIVACY_OWNER)


def _card(service: Service, accepted: cases.Acceptance, choice: str) -> Card:
    session, tenant = db.session(), tenant_of(db.session())
    found = plugins.hooks(tenant).collect_service_proof(tenant=tenant, session=session, service_id=service.id)
    proof = next((p.sentence for several in found for p in several), "")
    fits = _("Pilih “%(choice)s” di formulirnya.", choice=_(choice)) if choice else ""
    service = wording.localise(service)
    return Card(
        service.title,
        service.summary.get("id", ""),
        address(service),
        service_icon(service),
        proof if accepted.open else "",
        accepted.reason or fits,
    )


def service_icon(service: Service) -> str:
    """Picture of a service, by its sector."""
    return ICONS.get(service.sector.value, "file-text")
