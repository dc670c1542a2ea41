"""What pages show of a case on its way to somebody else: the reporter's question, the officer's state of it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from balai import keys
from balai.cases import catalogue, wording
from balai.cases.forms import place_field
from balai.cases.models import Case, CaseLink, Referral
from balai.cases.referral import receivers, services
from balai.cases.sent import area_groups
from balai.contracts import Service
from balai.db import TenantSession
from balai.errors import NotFound
from balai.tenancy import Tenant

Areas = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Question:
    """What the reporter is asked. region: name there; title: of the service; text: what would be sent; areas: places to choose
    from ([] = none is asked); needs_place: one must be chosen; files: (id, name); contact: whether there is any to send.
    """

    made: Referral
    region: str
    title: str
    text: str
    landmark: str
    areas: Areas
    needs_place: bool
    files: list[tuple[str, str]]
    contact: bool


def question(session: TenantSession, case: Case) -> Question | None:
    """The question that a case waits with; None when it waits with none."""
    made = services.running(session, case) if case.waits_for == "citizen" else None
    if made is None or made.state != "asked":
        return None
    answers, rules = receivers.answers_of(session, case), catalogue.rules(session, case)
    title, needs = made.service_id, False
    areas: Areas = []
    tenant = receivers.other_region(session, made.region_code)
    if tenant is not None:
        title, areas, needs = _there(tenant, made.service_id)
    contact = any((case.contact_name, case.contact_phone, case.contact_email))
    return Question(
        made, made.region_name, title, receivers.main_text(rules, answers), str(answers.get("landmark") or case.landmark),
        areas, needs, [(str(key), name) for key, name in services.own_files(session, case)], contact,
    )  # fmt: skip


def _there(tenant: Tenant, service_id: str) -> tuple[str, Areas, bool]:
    with receivers.inside(tenant) as there:
        try:
            service: Service = catalogue.service(there, service_id)
        except NotFound:
            return service_id, [], False
        asked = place_field(service)
        areas = area_groups(there) if asked is not None else []
        return wording.localise(service).title, areas, asked is not None and asked.required


def answers_given(form: Any) -> dict[str, Any]:
    """The reporter's choices as a page's form sends them."""
    return {
        "region": form.get("izin_tempat", ""),
        "landmark": form.get("izin_patokan", ""),
        "files": form.getlist("izin_berkas"),
        "contact": form.get("izin_kontak") == "ya",
    }


@dataclass(frozen=True, slots=True)
class Going:
    """Where a case is on its way elsewhere, for its officers; ties: other regions and bodies that it went to or came from."""

    ask: Question | None
    sending: Referral | None
    failed: Referral | None
    ties: list[CaseLink]


def going(session: TenantSession, case: Case) -> Going:
    """All of it for one case."""
    last = services.latest(session, case)
    sending = last if last is not None and last.state == "agreed" else None
    failed = last if last is not None and last.state == "failed" and case.is_open else None
    return Going(question(session, case), sending, failed, elsewhere(session, case))


FIELDS = {"region": "izin_tempat", "landmark": "izin_patokan", "files": "izin_berkas", "via": "izin_lewat"}


def elsewhere(session: TenantSession, case: Case) -> list[CaseLink]:
    """Ties of a case to other regions and bodies, oldest first."""
    query = select(CaseLink).where(CaseLink.case_id == case.id, CaseLink.kind.in_(("handed_over", "received")))
    return list(session.scalars(query.order_by(CaseLink.id)))


def sent(session: TenantSession, case: Case) -> Referral | None:
    """The referral by which a case arrived in another region."""
    query = select(Referral).where(Referral.case_id == case.id, Referral.state == "sent").order_by(Referral.id.desc())
    return session.scalars(query.limit(1)).first()


def own_link(session: TenantSession, made: Referral) -> str | None:
    """Address at which the reporter opens the case in the other region as theirs; None when it is no longer there.

    Worked out in that region, from the id under which the case was filed: this one keeps no key to a case of another.
    """
    from balai.cases import telling

    tenant = receivers.other_region(session, made.region_code)
    if tenant is None or made.client_id is None:
        return None
    with receivers.inside(tenant) as there:
        found = there.scalars(select(Case).where(Case.client_id == made.client_id)).first()
        if found is None or found.link_hash is None:
            return None
        secret = keys.blind_index(there, "case-link", str(made.client_id))
        return f"{telling.public_url_of(tenant, found.code)}?kunci={secret}"
