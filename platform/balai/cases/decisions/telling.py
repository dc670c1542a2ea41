"""The one message about a decision to each person who reported, supported or followed what led to it.

People are known by keyed hashes only: of an e-mail address, a phone number, an account, the year's pseudonym. Whoever is known by
any of them already is told nothing more, however many reports they sent and whenever further ones are named.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import jobs, keys, notify
from balai.cases import catalogue, telling
from balai.cases.decisions import queries
from balai.cases.models import Case, CaseFollower, Decision, DecisionCase
from balai.cases.personal import marks
from balai.clock import now
from balai.contracts import task
from balai.db import TenantSession
from balai.settings import current_settings
from balai.tenancy import Tenant

BATCH: Final = 200
TEMPLATE: Final = "cases.decision_made"


@task("cases.tell_decision")
def tell_decision(session: TenantSession, _tenant: Tenant, decision_id: UUID) -> None:
    """Go through the cases that nobody was told about yet, BATCH at a time."""
    decision = session.scalars(select(Decision).where(Decision.id == decision_id)).first()
    if decision is None or decision.announced_at is None:
        return
    query = (
        select(DecisionCase, Case)
        .join(Case, (Case.tenant_id == DecisionCase.tenant_id) & (Case.id == DecisionCase.case_id))
        .where(DecisionCase.decision_id == decision.id, DecisionCase.told_at.is_(None))
        .order_by(DecisionCase.id)
        .limit(BATCH)
    )
    rows = session.execute(query).all()
    usable = [case for _link, case in rows if "restricted" not in marks.marks_of(session, case.id)]
    # A person's one message goes to the address that they gave, in whichever of their reports they gave it.
    usable.sort(key=lambda case: (case.contact_email is None, case.contact_phone is None))
    known = merged([_people(session, case) for case in usable])
    for case, people in zip(usable, known, strict=True):
        _tell_reporter(session, decision, case, people)
        _tell_followers(session, decision, case)
    for link, _case in rows:
        link.told_at = now()
    session.flush()
    if len(rows) == BATCH:
        jobs.defer(session, tell_decision, lock=f"decision-{decision.id}", decision_id=decision.id)


def merged(people: list[frozenset[str]]) -> list[frozenset[str]]:
    """Per case everything that its reporter is known by, also from the other cases: whoever once gave both an address and a
    number is one person wherever they gave either.
    """
    groups: list[frozenset[str]] = []
    for one in people:
        apart = [group for group in groups if not group & one]
        groups = [*apart, one.union(*(group for group in groups if group & one))]
    return [next((group for group in groups if group & one), one) for one in people]


def _people(session: TenantSession, case: Case) -> frozenset[str]:
    found = {
        *_of_contact(session, keys.reveal(session, case, "contact_email")),
        *_of_contact(session, keys.reveal(session, case, "contact_phone")),
    }
    found |= {f"sub:{case.reporter_index}"} if case.reporter_index else set()
    return frozenset(found | ({f"year:{case.pseudonym}"} if case.pseudonym else set()))


def _tell_reporter(session: TenantSession, decision: Decision, case: Case, people: frozenset[str]) -> None:
    if not people or _is_new(session, decision, people):
        notify.tell_citizen(
            session, template=TEMPLATE, data=values(session, decision, case), case=case.id,
            email=keys.reveal(session, case, "contact_email"), phone=keys.reveal(session, case, "contact_phone"),
            language=case.language,
        )  # fmt: skip


def _tell_followers(session: TenantSession, decision: Decision, case: Case) -> None:
    query = select(CaseFollower).where(
        CaseFollower.case_id == case.id, CaseFollower.wants_news.is_(True), CaseFollower.contact.is_not(None)
    )
    for row in session.scalars(query.order_by(CaseFollower.id)):
        to = keys.reveal(session, row, "contact")
        people = frozenset(_of_contact(session, to))
        if not to or not people or not _is_new(session, decision, people):
            continue
        channel = notify.EMAIL if "@" in to else notify.phone_channel(session)
        if channel is not None:
            data = values(session, decision, case)
            notify.send(
                session, channel=channel, to=to, template=TEMPLATE, data=data, case=case.id, language=row.language
            )


def _of_contact(session: TenantSession, contact: str | None) -> list[str]:
    if not contact:
        return []
    kind = "email" if "@" in contact else "phone"
    try:
        return [f"{kind}:{keys.blind_index(session, kind, contact)}"]
    except ValueError:
        return []


def _is_new(session: TenantSession, decision: Decision, people: frozenset[str]) -> bool:
    """Whether nobody known by one of these was told; from now on they were."""
    new = not queries.told_any(session, decision.id, sorted(people))
    queries.note_told(session, decision.id, sorted(people))
    return new


def values(session: TenantSession, decision: Decision, case: Case) -> dict[str, str]:
    """Values for the places of the message."""
    settings = current_settings()
    host = settings.tenant_host(catalogue.tenant_of(session).slug)
    return {
        "title": decision.title,
        "words": decision.reason,
        "code": case.code,
        "region": telling.region_name(session),
        "link": settings.public_url(host, f"/perubahan/{decision.id}"),
    }
