"""What stands around one case on its officer's page: what might be the same, who else reports it, what it was made of."""

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import select

from balai.cases import access
from balai.cases.models import Case, CaseLink
from balai.cases.people import Person
from balai.cases.referral.services import own_files
from balai.cases.together import following, merging, nearby
from balai.db import TenantSession


@dataclass(frozen=True, slots=True)
class Company:
    """Other cases and people around one case. main: of a merged one; parts: merged into it or split off; files: (id, name)."""

    near: list[nearby.Neighbour]
    main: CaseLink | None
    origin: CaseLink | None
    parts: list[tuple[CaseLink, str]]
    heard: list[following.Heard]
    files: list[tuple[str, str]]
    client_id: str


def company(session: TenantSession, who: Person, case: Case) -> Company:
    """All of it for the page of one case."""
    parts = []
    for link in merging.parts_of(session, case.id):
        other = session.get(Case, (session.tenant_id, link.case_id))
        if other is not None and access.may_read(session, who, other):
            parts.append((link, other.code))
    return Company(
        near=nearby.neighbours(session, who, case) if case.is_open else [],
        main=merging.main_of(session, case.id) if case.outcome == "merged" else None,
        origin=_origin(session, case),
        parts=parts,
        heard=following.heard(session, case) if case.followers else [],
        files=[(str(key), name) for key, name in own_files(session, case)] if case.is_open else [],
        client_id=str(uuid4()),
    )


def _origin(session: TenantSession, case: Case) -> CaseLink | None:
    query = select(CaseLink).where(CaseLink.case_id == case.id, CaseLink.kind == "split_from")
    return session.scalars(query).first()
