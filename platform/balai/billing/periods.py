"""Close the books: from then on, what is booked late goes into the open period, and what was reported stays as reported."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.billing import queries
from balai.billing.days import today
from balai.billing.models import LedgerClosing
from balai.billing.queries import figures
from balai.db import TenantSession
from balai.errors import Conflict, Invalid
from balai.web.i18n import gettext as _


def close(session: TenantSession, through: date, *, by_member: UUID | None = None) -> LedgerClosing:
    """Close every day up to and including `through` for good; the balances of that day are kept with it.

    Waits for postings that are under way and keeps new ones out until this transaction ends. Raises Invalid for today and later
    days, Conflict for what is closed already.
    """
    last = queries.shut_books(session)
    if through >= today(session):
        raise Invalid.field("through", _("Hanya hari yang sudah lewat yang bisa ditutup."))
    if last is not None and through <= last:
        raise Conflict(_("Buku sampai tanggal itu sudah ditutup."))
    row = LedgerClosing(through=through, by_member=by_member, balances=balances(session, through))
    session.add(row)
    audit.record(session, "billing.closed", subject_kind="ledger", data={"through": through.isoformat()})
    session.flush()
    return row


def closings(session: TenantSession, *, limit: int = 60) -> Sequence[LedgerClosing]:
    """Closings, newest first."""
    return session.scalars(select(LedgerClosing).order_by(LedgerClosing.through.desc()).limit(limit)).all()


def balances(session: TenantSession, through: date) -> dict[str, int]:
    """Account -> rupiah at the end of that day (debit positive), accounts at zero left out; they sum to zero."""
    rows = figures.by_key(session, "ledger", figures.EVER[0], through)
    return {row.key: row.debit - row.credit for row in rows if row.debit != row.credit}
