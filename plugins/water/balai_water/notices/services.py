"""Tell connections something that concerns their water: one message each, never the same one twice, hospitals first.

A message goes to the phone where the region reaches phones, else by email. It is owed to the customer by contract, so nobody can
have stopped it together with other news; texts that wake people at night are marked urgent where they are registered.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select

from balai.api import Addressee, TenantSession, limit_use, opener, phone_channel, send_messages
from balai_water.notices import queries
from balai_water.notices.queries import Contact
from balai_water.register.models import Customer

# Each time may cost a message for every household of a district: nobody changes the same thing more often within an hour.
_TIMES_AN_HOUR: Final = 10


def allow_once_more(about: UUID) -> None:
    """Before a person has everybody told about the same thing once more. Raises TooMany."""
    limit_use("water.notices", str(about), allowed=_TIMES_AN_HOUR, seconds=3600)


def tell(
    session: TenantSession,
    *,
    about: UUID,
    kind: str,
    connections: Select[tuple[UUID]] | Collection[UUID],
    template: str,
    values: Mapping[str, Any],
    about_kind: str = "water_outage",
) -> int:
    """Tell these connections, in the session's transaction; how many messages were written.

    about, kind: what, and which message of it; a connection that was told this already gets nothing, one that has ended neither.
    connections: ids, or a select of them; template: registered by the caller; values: for its places, beside `nomor`, the number
    of each connection. A customer without phone and email is recorded as not reached (`reach`).
    """
    ids: Any = session.scalars(connections).all() if isinstance(connections, Select) else connections
    queries.hold(session, about)
    contacts = queries.untold(session, about, kind, ids)
    if not contacts:
        return 0
    reached: list[Contact] = []
    sent = send_messages(
        session,
        template=template,
        data=values,
        to=_addressed(contacts, reached, phone_channel(session), opener(session, Customer.__tablename__)),
        about=(about_kind, about),
    )
    by_connection = dict(zip((contact.connection_id for contact in reached), sent, strict=True))
    told = [contact.connection_id for contact in contacts]
    queries.keep(session, about, kind, told, [by_connection.get(connection_id) for connection_id in told])
    return len(sent)


def _addressed(
    contacts: Sequence[Contact], reached: list[Contact], phones: str | None, opened: Callable[[str, str, UUID], str]
) -> Iterator[Addressee]:
    """An address for each that has one; those are noted in `reached`, in the same order."""
    for contact in contacts:
        numbered = {"nomor": contact.number}
        if phones and contact.phone:
            reached.append(contact)
            yield Addressee(phones, opened(contact.phone, "phone", contact.customer_id), numbered)
        elif contact.email:
            reached.append(contact)
            yield Addressee("email", opened(contact.email, "email", contact.customer_id), numbered)


def reach(session: TenantSession, about: UUID) -> list[queries.Reach]:
    """What became of the messages about one thing, by kind."""
    return queries.reach(session, about)
