"""A region's home page: what people need most here, on a phone and a weak line.

Which services stand first follows real use (reports of the last 90 days, a kept figure); before there is any, the cards of the
plugins decide. No query here grows with the data: the page is the first thing that everybody opens.
"""

from dataclasses import dataclass
from typing import Final

from flask import Response

from balai import cases, db, plugins
from balai.cases import figures
from balai.cases.catalogue_pages import service_icon
from balai.cases.wording import localise
from balai.contracts import HomeCard, Service
from balai.plugins.names import PRIVACY_OWNER
from balai.tenancy import Tenant
from balai.web import render

MOST_SERVICES: Final = 6


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
    offered = [(s, accepted) for s, accepted in cases.offers(session) if s.owner != PRIVACY_OWNER]
    accepting = [service for service, accepted in offered if accepted.open]
    cards = [card for several in plugins.hooks(tenant).collect_home_cards(tenant=tenant) for card in several]
    # A card that leads to one of the services says the same in better words: it stands in its place.
    own = {card.url: card for card in sorted(cards, key=_order)}
    used = figures.figures(session)
    filed = {service_id: found.filed for service_id, found in used.items()}
    ranked = sorted(accepting, key=lambda s: (-filed.get(s.id, 0), *_rank(own.get(_address(s)))))
    shown = [_card(tenant, session, service, own.get(_address(service))) for service in ranked[:MOST_SERVICES]]
    places = {_address(service) for service, _accepted in offered}
    return render(
        "admin/home.html",
        services=shown,
        more=len(offered) > len(shown),
        cards=[card for card in own.values() if card.url not in places],
    )


def _card(tenant: Tenant, session: db.TenantSession, service: Service, card: HomeCard | None) -> ServiceCard:
    proofs = plugins.hooks(tenant).collect_service_proof(tenant=tenant, session=session, service_id=service.id)
    sentence = next((proof.sentence for several in proofs for proof in several), "")
    local = localise(service)
    return ServiceCard(
        title=card.title if card else local.title,
        summary=card.text if card else local.summary.get("id", ""),
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
