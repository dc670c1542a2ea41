"""Consents that a form asks for, kept as what they are: who agreed to which sentence, when, about which case."""

from collections.abc import Mapping
from typing import Any

from balai import privacy
from balai.cases.models import Case
from balai.contracts import Service
from balai.db import TenantSession


def record(session: TenantSession, case: Case, service: Service, answers: Mapping[str, Any], reporter: Any) -> None:
    """Write down every yes and no of a form's consent fields; reporter: sub, phone, email as checked.

    Who left neither account nor contact can't be found again: their answer stands in the case alone.
    """
    if not (reporter.sub or reporter.phone or reporter.email):
        return
    asked = [f for f in service.fields if f.type == "consent" and f.key in answers]
    if not asked:
        return
    who = privacy.consent_key(session, sub=reporter.sub, contact=reporter.phone or reporter.email)
    for field in asked:
        privacy.record_consent(
            session,
            who=who,
            purpose=f"{service.id}.{field.key}",
            given=answers[field.key] is True,
            wording=field.label,
            subject_id=str(case.id),
        )
