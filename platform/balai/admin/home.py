"""A region's home page: what people need most here, on a phone and a weak line.

It holds no figure that grows with the data and no query per report: the page is the first thing everybody opens.
"""

from dataclasses import dataclass
from typing import Final

from flask import Response

from balai import cases, db, plugins
from balai.contracts import HomeCard, Service
from balai.plugins.names import PRIVACY_OWNER
from balai.tenancy import Tenant
from balai.web import render
from balai.web.i18n import language

MOST_SERVICES: Final = 6
ICONS: Final = {
    "air": "droplets", "sampah": "recycle", "energi": "zap", "keamanan": "shield", "bencana": "siren",
    "administrasi": "file-text", "mobilitas": "bus", "kelayakan": "trees", "ekonomi": "store",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """One service as its card shows it; proof is a sentence with figures, or empty."""

    title: str
    summary: str
    url: str
    icon: str
    proof: str = ""


def home_page(tenant: Tenant) -> Response:
    """`/` of a region."""
    session = db.session()
    # Rights over one's data have a page of their own (/privasi): here they would stand before what people come for.
    offered = [service for service in cases.services(session) if service.owner != PRIVACY_OWNER]
    accepting = [service for service in offered if cases.accepts(tenant, service, session=session).open]
    cards = [card for several in plugins.hooks(tenant).collect_home_cards(tenant=tenant) for card in several]
    # A card that leads to one of the services says the same in better words: it stands in its place.
    own = {card.url: card for card in sorted(cards, key=_order)}
    ranked = sorted(accepting, key=lambda service: _rank(own.get(_address(service))))
    shown = [_card(tenant, session, service, own.get(_address(service))) for service in ranked[:MOST_SERVICES]]
    places = {_address(service) for service in offered}
    return render(
        "admin/home.html",
        services=shown,
        more=len(offered) > len(shown),
        cards=[card for card in own.values() if card.url not in places],
    )


def service_icon(service: Service) -> str:
    """Picture of a service, by its sector."""
    return ICONS.get(service.sector.value, "file-text")


def _card(tenant: Tenant, session: db.TenantSession, service: Service, card: HomeCard | None) -> ServiceCard:
    proofs = plugins.hooks(tenant).collect_service_proof(tenant=tenant, session=session, service_id=service.id)
    sentence = next((proof.sentence for several in proofs for proof in several), "")
    code = language()
    return ServiceCard(
        title=card.title if card else service.titles.get(code) or service.title,
        summary=card.text if card else service.summary.get(code) or service.summary.get("id", ""),
        url=_address(service),
        icon=card.icon if card else service_icon(service),
        proof=sentence,
    )


def _address(service: Service) -> str:
    return f"/layanan/{service.owner}/{service.key}"


def _rank(card: HomeCard | None) -> tuple[bool, int]:
    return card is None, card.order if card else 0


def _order(card: HomeCard) -> tuple[int, str]:
    return card.order, str(card.title)
