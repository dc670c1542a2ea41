"""A region's home page: what people need most here, on a phone and a weak line.

It holds no figure that grows with the data and no query per report: the page is the first thing everybody opens.
"""

from dataclasses import dataclass
from typing import Final

from flask import Response

from balai import cases, db, plugins
from balai.contracts import HomeCard, Service
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
    offered = cases.services(session)
    accepting = [service for service in offered if cases.accepts(tenant, service, session=session).open]
    shown = [_card(tenant, session, service) for service in accepting[:MOST_SERVICES]]
    cards = [card for several in plugins.hooks(tenant).collect_home_cards(tenant=tenant) for card in several]
    return render(
        "admin/home.html",
        services=shown,
        more=len(offered) > len(shown),
        cards=sorted(cards, key=_order),
    )


def service_icon(service: Service) -> str:
    """Picture of a service, by its sector."""
    return ICONS.get(service.sector.value, "file-text")


def _card(tenant: Tenant, session: db.TenantSession, service: Service) -> ServiceCard:
    proofs = plugins.hooks(tenant).collect_service_proof(tenant=tenant, session=session, service_id=service.id)
    sentence = next((proof.sentence for several in proofs for proof in several), "")
    code = language()
    return ServiceCard(
        title=service.titles.get(code) or service.title,
        summary=service.summary.get(code) or service.summary.get("id", ""),
        url=f"/layanan/{service.owner}/{service.key}",
        icon=service_icon(service),
        proof=sentence,
    )


def _order(card: HomeCard) -> tuple[int, str]:
    return card.order, str(card.title)
