"""Voice notes: what was only said is written down by staff before the case moves on.

Statistics, search, translation and everybody who can't hear need the words; the reporter sees what the office understood.
"""

from typing import Any

from sqlalchemy import select

from balai.cases.forms import spoken
from balai.cases.models import Case, CaseFile
from balai.cases.personal import forget
from balai.contracts import Field, Service
from balai.db import TenantSession


def untold(session: TenantSession, case: Any, service: Service) -> Field | None:
    """The written question that only a voice note answers so far; None once somebody has written it down.

    case: a Case, or a row of it as lists and the API read it.
    """
    pair = spoken(service)
    # Rows of a list have no answers: what they offer is judged again when it is taken.
    data = getattr(case, "data", None)
    if pair is None or data is None or data.get(pair[1].key):
        return None
    voice, question = pair
    query = select(CaseFile.id).where(CaseFile.case_id == case.id, CaseFile.field == voice.key).limit(1)
    if session.scalars(query).first() is None:
        return None
    # Personal answers, and all of a secret case, are sealed. An API hands in its own row: then the whole is read here.
    whole = case if isinstance(case, Case) else session.get_one(Case, (session.tenant_id, case.id))
    return None if forget.sealed_answers(session, whole).get(question.key) else question
