"""A bank's file: looked at without booking anything, then booked as a whole, and undone as a whole.

Lines are recognised one by one, so a file that overlaps an earlier one brings only what is new.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import audit, keys
from balai.billing.bank import queries
from balai.billing.bank.matching import Match, clues, decide, look_up
from balai.billing.bank.models import BankImport, BankLayout, BankLine
from balai.billing.bank.statements import Layout, Line, Statement, read
from balai.billing.ledger import books
from balai.billing.models import Payment
from balai.billing.settling import assign, receive, reverse_payment, settle
from balai.clock import now
from balai.db import TenantSession, new_id
from balai.errors import Conflict, Invalid, NotFound
from balai.web.i18n import gettext as _

METHOD: Final = "bank"
ACCOUNT: Final = "bank"
_STALE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """A line, what it is recognised by, whether an earlier file brought it, and where its money would go."""

    line: Line
    digest: str
    known: bool
    match: Match


@dataclass(frozen=True, slots=True)
class Plan:
    """A file as it would be taken in right now."""

    statement: Statement
    lines: list[Planned]

    @property
    def fresh(self) -> list[Planned]:
        """What would be booked."""
        return [p for p in self.lines if not p.known]


def layout_of(session: TenantSession, layout_id: UUID) -> BankLayout:
    """The layout; NotFound."""
    found = session.scalars(select(BankLayout).where(BankLayout.id == layout_id)).first()
    if found is None:
        raise NotFound
    return found


def import_of(session: TenantSession, import_id: UUID, *, lock: bool = False) -> BankImport:
    """The import; NotFound."""
    query = select(BankImport).where(BankImport.id == import_id)
    found = session.scalars(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound
    return found


def check(session: TenantSession, layout_id: UUID, filename: str, data: bytes, *, member: UUID | None) -> BankImport:
    """Keep a file and say what it would bring; nothing is booked. Invalid, TooLarge; Conflict when it is here already."""
    layout = layout_of(session, layout_id)
    digest = hashlib.sha256(data).hexdigest()
    twin = select(BankImport).where(
        BankImport.layout_id == layout.id, BankImport.digest == digest, BankImport.state.in_(("imported", "queued"))
    )
    if session.scalars(twin).first() is not None:
        raise Conflict(_("Berkas ini sudah pernah dimasukkan."))
    planned = plan(session, layout, data)
    _drop_stale(session)
    row = BankImport(
        id=new_id(), layout_id=layout.id, filename=filename[:200], digest=digest, state="checked", by_member=member,
        at=now(), lines=len(planned.lines), known=len(planned.lines) - len(planned.fresh),
        settled=sum(bool(p.match.parts) for p in planned.fresh),
        queued=sum(not p.match.parts for p in planned.fresh), rupiah=sum(p.line.rupiah for p in planned.fresh),
    )  # fmt: skip
    keys.seal(session, row, "content", base64.b64encode(data).decode())
    session.add(row)
    session.flush()
    return row


def _drop_stale(session: TenantSession) -> None:
    """Files that somebody looked at and left."""
    query = select(BankImport).where(BankImport.state == "checked", BankImport.at < now() - _STALE)
    for row in session.scalars(query):
        session.delete(row)


def plan(session: TenantSession, layout: BankLayout, data: bytes) -> Plan:
    """What the file would bring right now."""
    statement = read(data, Layout.of(layout.config))
    digests = [line.digest(str(layout.id)) for line in statement.lines]
    known, found = queries.known_digests(session, layout.id, digests), look_up(session, statement.lines)
    return Plan(
        statement,
        [
            Planned(line, digest, digest in known, decide(line.rupiah, clues(line), found))
            for line, digest in zip(statement.lines, digests, strict=True)
        ],
    )


def content_of(session: TenantSession, row: BankImport) -> bytes:
    """The file, while it is kept."""
    return base64.b64decode(keys.reveal(session, row, "content") or "")


def confirm(session: TenantSession, import_id: UUID, *, without_faulty: bool, member: UUID | None = None) -> BankImport:
    """Let the worker take the file in; who said so is on record, here and where it is taken in.

    Conflict when that was done; Invalid when some lines can't be read and nobody agreed.
    """
    from balai.billing.payments.tasks import import_statement
    from balai.jobs import defer

    row = import_of(session, import_id, lock=True)
    if row.state != "checked":
        raise Conflict(_("Berkas ini sudah pernah dimasukkan."))
    planned = plan(session, layout_of(session, row.layout_id), content_of(session, row))
    if planned.statement.faults and not without_faulty:
        raise Invalid.field("tanpa", _("Setujui dulu bahwa baris yang tidak terbaca dilewati."))
    row.state = "queued"
    audit.record(session, "billing.statement_confirmed", subject_kind="bank_import", subject_id=row.id,
                 data={"lines": len(planned.lines), "left_out": len(planned.statement.faults)})  # fmt: skip
    defer(session, import_statement, lock=f"bank:{row.layout_id}", statement=row.id, by=str(member or ""))
    return row


def take_in(session: TenantSession, import_id: UUID, *, by: str = "") -> BankImport:
    """Book the whole file in this transaction; a second time changes nothing. by: id of the member who confirmed it."""
    books(session)
    row = import_of(session, import_id)
    queries.hold_layout(session, row.layout_id)
    session.refresh(row, with_for_update=True)
    if row.state != "queued":
        return row
    planned = plan(session, layout_of(session, row.layout_id), content_of(session, row))
    # Invoices are locked in the order of their ids, as everywhere.
    for part in sorted(planned.fresh, key=lambda p: p.match.parts[:1]):
        _book(session, row, part)
    row.lines, row.known = len(planned.lines), len(planned.lines) - len(planned.fresh)
    row.settled = sum(bool(p.match.parts) for p in planned.fresh)
    row.queued = len(planned.fresh) - row.settled
    row.rupiah = sum(p.line.rupiah for p in planned.fresh)
    row.state, row.content, row.at = "imported", None, now()
    audit.record(session, "billing.statement_imported", subject_kind="bank_import", subject_id=row.id,
                 data={"lines": row.lines, "known": row.known, "rupiah": row.rupiah,
                       "confirmed_by": by or None})  # fmt: skip
    session.flush()
    return row


def _book(session: TenantSession, row: BankImport, part: Planned) -> None:
    line, told = part.line, {"method": METHOD, "reference": f"{row.id.hex}-{part.line.number}", "account": ACCOUNT}
    at = min(datetime.combine(line.booked_on, time(5), tzinfo=UTC), now())
    if len(part.match.parts) == 1:
        payment: Payment = settle(session, part.match.parts[0][0], line.rupiah, paid_at=at, **told)
    else:
        payment = receive(session, line.rupiah, paid_at=at, **told)
        for invoice_id, amount in part.match.parts:
            assign(session, payment.id, invoice_id, amount)
    kept = BankLine(
        id=new_id(), import_id=row.id, layout_id=row.layout_id, line=line.number, digest=part.digest,
        booked_on=line.booked_on, rupiah=line.rupiah, reference=line.reference, why=part.match.why,
        state="settled" if part.match.parts else "queued", payment_id=payment.id,
    )  # fmt: skip
    keys.seal(session, kept, "words", line.words)
    session.add(kept)


def undo(session: TenantSession, import_id: UUID, *, reason: str, member: UUID | None) -> BankImport:
    """Take a whole file back: each of its payments is reversed, the file may come again. Conflict once money was given back."""
    books(session)
    row = import_of(session, import_id)
    queries.hold_layout(session, row.layout_id)
    session.refresh(row, with_for_update=True)
    if row.state != "imported":
        raise Conflict(_("Berkas ini tidak sedang tercatat."))
    lines = session.scalars(select(BankLine).where(BankLine.import_id == row.id, BankLine.state != "undone")).all()
    ids = [line.payment_id for line in lines]
    payments = {p.id: p for p in session.scalars(select(Payment).where(Payment.id.in_(ids)))}
    given = [line.line for line in lines if payments[line.payment_id].refunded]
    if given:
        text = ", ".join(map(str, sorted(given)[:10]))
        raise Conflict(
            _("Uang dari baris %(lines)s sudah dikembalikan, jadi berkas ini tidak bisa dibatalkan.", lines=text)
        )
    for line in sorted(lines, key=lambda found: str(payments[found.payment_id].invoice_id)):
        line.state = "undone"
        if not payments[line.payment_id].reversed:
            reverse_payment(session, line.payment_id, reason=reason)
    row.state, row.undone_at, row.undone_by = "undone", now(), member
    audit.record(session, "billing.statement_undone", subject_kind="bank_import", subject_id=row.id,
                 data={"lines": len(lines), "reason": reason})  # fmt: skip
    session.flush()
    return row
