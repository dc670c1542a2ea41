"""What a reporter adds later: a sentence that was forgotten. Photos are `acting.attach`."""

from typing import Final
from uuid import UUID

from balai.cases import access, catalogue, telling, timeline
from balai.cases.models import CaseEvent
from balai.cases.moving import lock
from balai.cases.people import Person
from balai.cases.values import ValueFault, clean_text
from balai.db import TenantSession
from balai.errors import Conflict, Invalid, NotFound
from balai.web.i18n import gettext as _

MOST: Final = 2000


def add_note(session: TenantSession, case_id: UUID, text: str, *, person: Person) -> CaseEvent:
    """A reporter's own words to an open case: sealed, for them and for staff, on no public page; whoever has it is told.

    Raises NotFound (not theirs), Conflict (closed), Invalid (field "note").
    """
    case = lock(session, case_id)
    if not access.is_reporter(person, case):
        raise NotFound
    if not case.is_open:
        raise Conflict(_("Laporan ini sudah selesai."), slug="sudah-selesai")
    try:
        words = clean_text(text, least=2, most=MOST)
    except ValueFault as fault:
        raise Invalid.field("note", str(fault)) from None
    event = timeline.append(session, case, "noted", person, public=False, words={"note": words})
    session.flush()
    telling.reporter_wrote(session, case, catalogue.rules(session, case))
    return event
