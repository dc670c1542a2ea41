"""The job behind a lost code. It holds a blind index, never an address, and writes to what the case itself holds."""

from balai import keys, notify
from balai.cases import catalogue, queries, telling
from balai.contracts import task
from balai.db import TenantSession
from balai.tenancy import Tenant


@task("cases.send_codes")
def send_codes(session: TenantSession, _tenant: Tenant, *, purpose: str, index: str) -> None:
    """Send the codes of the newest cases that were filed with this phone number or address, to that number or address."""
    found = queries.by_lookup(session, purpose, index)
    column = {"email": "contact_email", "phone": "contact_phone"}.get(purpose, "")
    # A number can also be one that stands in a form's answer: only a reporter's own contact gets a message.
    held = [(c, to) for c in found if column and (to := keys.reveal(session, c, column))]
    mine = [(c, to) for c, to in held if keys.blind_index(session, purpose, to) == index]
    channel = notify.EMAIL if purpose == "email" else notify.phone_channel(session)
    if not mine or channel is None:
        return
    named = catalogue.titles(session, [c.service_id for c, _to in mine])
    lines = "\n".join(f"{c.code} ({named[c.service_id]})" for c, _to in mine)
    case, to = mine[0]
    data = telling.values(session, case, catalogue.rules(session, case)) | {"words": lines}
    notify.send(
        session, channel=channel, to=to, template="cases.code_again", data=data, case=case.id, language=case.language
    )
