"""Words of a report for the public: proposed from what was filed, changed by a moderator, kept beside the report itself."""

from uuid import UUID

from balai.cases.models import Case
from balai.cases.shown import queries
from balai.cases.shown.links import defang
from balai.cases.values import ValueFault, clean_text
from balai.clock import now
from balai.contracts import Field, Service
from balai.db import TenantSession
from balai.errors import FieldError, Invalid

TITLE, BODY = 140, 5000


def propose(case: Case, service: Service) -> queries.Words:
    """What a moderator begins with: numbers of people are masked already, addresses lead nowhere."""
    written = [f for f in service.fields if f.type == "longtext" and not f.personal and case.data.get(f.key)]
    body = "\n\n".join(str(case.data[f.key]) for f in written)
    return queries.Words(defang(case.summary)[:TITLE], defang(body)[:BODY])


def keep(session: TenantSession, case: Case, title: str, body: str, *, by_member: UUID | None) -> None:
    """Write down what the public reads of a case. Raises Invalid."""
    errors: list[FieldError] = []
    cleaned = {}
    for name, raw, least, most in (("title", title, 5, TITLE), ("body", body, 0, BODY)):
        try:
            cleaned[name] = defang(clean_text(raw, least=least, most=most))
        except ValueFault as fault:
            errors.append(FieldError(name, str(fault)))
    if errors:
        raise Invalid(errors)
    title = " ".join(cleaned["title"].split())
    queries.keep_words(session, case.id, title, cleaned["body"], now(), by_member)


def keep_proposed(session: TenantSession, case: Case, service: Service, *, by_member: UUID | None) -> None:
    """As filed, where nobody has written down anything else."""
    if queries.words(session, case.id) is None:
        proposed = propose(case, service)
        queries.keep_words(session, case.id, proposed.title, proposed.body, now(), by_member)


def topic_field(service: Service) -> Field | None:
    """The question that lists can be filtered by: the first choice that everybody is asked."""
    return next(
        (f for f in service.fields if f.type == "choice" and f.required and not f.show_if and not f.personal), None
    )
