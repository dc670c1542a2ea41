"""Those who report the same are told together: one message each, by what they left, in a job of its own."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import keys, notify
from balai.cases import catalogue, telling
from balai.cases.models import Case, CaseFollower, CaseLink
from balai.cases.personal import marks
from balai.contracts import task
from balai.db import TenantSession
from balai.notify.refusals import index_of
from balai.tenancy import Tenant
from balai.web.i18n import force_language

TEMPLATE: Final = "cases.follow_news"
# Merged into merged into merged: a chain longer than that is a mistake.
_DEPTH: Final = 5


@task("cases.tell_followers")
def tell_followers(session: TenantSession, _tenant: Tenant, *, case: UUID, state: str) -> None:
    """Tell everybody behind a case that it is now in `state`: followers, and who stands behind what was merged into it."""
    main = session.scalars(select(Case).where(Case.id == case)).first()
    if main is None or main.visibility == "secret" or _is_restricted(session, main):
        return
    told = {index for index in _indexes(session, main) if index}
    for other in _merged(session, main):
        if _is_restricted(session, other):
            continue
        _tell_reporter(session, main, other, state, told)
        _tell_rows(session, main, other.id, state, told)
    _tell_rows(session, main, main.id, state, told)


def _is_restricted(session: TenantSession, case: Case) -> bool:
    """Whether its reporter asked that their data isn't used for now: nothing of it is told on, and they aren't written to."""
    return "restricted" in marks.marks_of(session, case.id)


def _merged(session: TenantSession, main: Case) -> Iterator[Case]:
    level, seen = [main.id], {main.id}
    for _round in range(_DEPTH):
        query = (
            select(Case)
            .join(CaseLink, (CaseLink.tenant_id == Case.tenant_id) & (CaseLink.case_id == Case.id))
            .where(CaseLink.kind == "merged_into", CaseLink.other_id.in_(level), Case.outcome == "merged")
            .order_by(Case.id)
        )
        found = [case for case in session.scalars(query) if case.id not in seen]
        if not found:
            return
        yield from found
        level = [case.id for case in found]
        seen.update(level)


def _indexes(session: TenantSession, case: Case) -> list[str | None]:
    mail, number = keys.reveal(session, case, "contact_email"), keys.reveal(session, case, "contact_phone")
    return [index_of(session, "email", mail) if mail else None, index_of(session, "sms", number) if number else None]


def _tell_reporter(session: TenantSession, main: Case, other: Case, state: str, told: set[str]) -> None:
    """In the box of their own page, and by mail or phone unless that address has been told already."""
    known = {index for index in _indexes(session, other) if index}
    fresh = not known & told
    told |= known
    notify.tell_citizen(
        session, template=TEMPLATE, data=_values(session, main, state, other.language), case=other.id,
        language=other.language, email=keys.reveal(session, other, "contact_email") if fresh else None,
        phone=keys.reveal(session, other, "contact_phone") if fresh else None,
    )  # fmt: skip


def _tell_rows(session: TenantSession, main: Case, case_id: UUID, state: str, told: set[str]) -> None:
    query = select(CaseFollower).where(
        CaseFollower.case_id == case_id, CaseFollower.wants_news, CaseFollower.contact.is_not(None)
    )
    for row in session.scalars(query.order_by(CaseFollower.id)):
        to = keys.reveal(session, row, "contact") or ""
        channel = notify.EMAIL if "@" in to else notify.phone_channel(session)
        index = index_of(session, "email" if "@" in to else "sms", to)
        if channel is None or index is None or index in told:
            continue
        told.add(index)
        data = _values(session, main, state, row.language)
        notify.send(session, channel=channel, to=to, template=TEMPLATE, data=data, case=main.id, language=row.language)


def _values(session: TenantSession, main: Case, state: str, language: str) -> dict[str, str]:
    rules = catalogue.rules(session, main)
    with force_language(language):
        from balai.cases import wording

        label = wording.state_label(wording.localise(rules), state)
    return telling.values(session, main, rules) | {"state": label, "words": ""}
