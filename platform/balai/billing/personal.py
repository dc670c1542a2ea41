"""Payers' own data in bills: what a person may demand of it, what the law keeps, and what goes by itself after ten years.

A bill proves public money, so its number, lines, sums and the payer's name stay for ten years after it was settled. Phone, e-mail
and the link to an account serve collecting only: they go when the person asks and nothing is owed either way any more. After
ten years the name becomes a pseudonym: the same payer's bills still belong together, and nobody can tell whose they are.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from balai import audit, keys
from balai.billing import subjects
from balai.billing.invoices import find_invoice, history, payer_of
from balai.billing.models import Invoice, Payment
from balai.clock import now
from balai.db import TenantSession, new_id
from balai.errors import FieldError, Invalid, NotFound
from balai.privacy.models import RetentionRun
from balai.web.i18n import gettext as _

KEPT_DAYS: Final = 3650
# Contacts are sealed and have no index: of bills without account and case only so many are opened, the newest first.
LOOKED_THROUGH: Final = 20_000
MOST: Final = 500
BATCH: Final = 200
CLOSED: Final = ""  # hash of a link that nothing opens any more
PARTS: Final = ("name", "phone", "email")
_MOST_NAME: Final = 300


@dataclass(slots=True)
class Forgotten:
    """cleaned: bills whose contact went; later: those that are still running; kept: numbers of those under a legal hold."""

    cleaned: int = 0
    later: int = 0
    kept: list[str] = field(default_factory=list)


def bills_of(
    session: TenantSession, *, accounts: Collection[str], kind: str, ids: Collection[str], given: Collection[str]
) -> list[Invoice]:
    """Bills of a person, newest first, at most MOST. accounts: blind indexes of theirs; kind, ids: of things that are theirs;
    given: phone numbers and e-mail addresses in their one spelling.
    """
    ways: list[ColumnElement[bool]] = []
    if accounts:
        ways.append(Invoice.payer_index.in_(set(accounts)))
    if ids:
        ways.append(and_(Invoice.subject_kind == kind, Invoice.subject_id.in_(set(ids))))
    if contacts := _with_contact(session, set(given)):
        ways.append(Invoice.id.in_(contacts))
    if not ways:
        return []
    return list(session.scalars(select(Invoice).where(or_(*ways)).order_by(Invoice.id.desc()).limit(MOST)))


def _with_contact(session: TenantSession, given: set[str]) -> list[UUID]:
    if not given:
        return []
    query = (
        select(Invoice.id, Invoice.payer_phone, Invoice.payer_email)
        .where(or_(Invoice.payer_phone.is_not(None), Invoice.payer_email.is_not(None)))
        .order_by(Invoice.id.desc())
        .limit(LOOKED_THROUGH)
    )
    found = []
    for invoice_id, *sealed in session.execute(query):
        for part, value in zip(("phone", "email"), sealed, strict=True):
            if value is not None and _spelled(session, part, value, invoice_id) in given:
                found.append(invoice_id)
    return found


def _spelled(session: TenantSession, part: str, sealed: str, invoice_id: UUID) -> str:
    plain = keys.decrypt(session, sealed, table=Invoice.__tablename__, column=f"payer_{part}", row_id=invoice_id)
    try:
        return keys.normalise(part, plain)
    except ValueError:
        return plain


def copy_of(session: TenantSession, bills: Iterable[Invoice]) -> list[dict[str, Any]]:
    """Bills as plain JSON values, for the payer's own copy."""
    made = []
    for bill in bills:
        payer = payer_of(session, bill)
        made.append({
            "nomor": bill.number, "tanggal": bill.issued_on.isoformat(),
            "pembayar": {"name": payer.name, "phone": payer.phone, "email": payer.email},
            "rincian": [{"isi": line["text"], "jumlah": line["amount"], "dasar": line["reason"]} for line in bill.lines],
            "sisa": bill.rest,
            "riwayat": [
                {"pada": m.at.isoformat(), "apa": m.kind, "jumlah": m.amount, "alasan": m.reason}
                for m in history(session, bill)
            ],
        })  # fmt: skip
    return made


def correct(session: TenantSession, invoice_id: UUID, part: str, value: str, *, request: str) -> Invoice:
    """Put right a payer's name, phone or email; the bill's own words and sums can't be. Invalid, NotFound."""
    bill = find_invoice(session, invoice_id)
    if part not in PARTS or getattr(bill, f"payer_{part}") is None:
        raise NotFound
    text = " ".join(value.split())
    try:
        good = bool(text) and "\x00" not in text and len(text) <= _MOST_NAME
        if good and part != "name":
            keys.normalise(part, text)
    except ValueError:
        good = False
    if not good:
        raise Invalid([FieldError("value", _("Periksa lagi isiannya."))])
    keys.seal(session, bill, f"payer_{part}", text)
    audit.record(session, "privacy.corrected", subject_kind="invoice", subject_id=bill.id,
                 data={"request": request, "what": f"payer.{part}"})  # fmt: skip
    session.flush()
    return bill


def forget_contact(session: TenantSession, bills: Sequence[Invoice]) -> Forgotten:
    """Take phone, e-mail and account out of bills of which nothing is owed either way; the caller records the request."""
    done, held = Forgotten(), subjects.held(session, bills)
    running = _running(session, [bill.id for bill in bills])
    for bill in bills:
        if bill.id in held:
            done.kept.append(bill.number)
        elif bill.id in running:
            done.later += 1
        elif bill.payer_phone or bill.payer_email or bill.payer_index:
            bill.payer_phone = bill.payer_email = bill.payer_index = None
            done.cleaned += 1
    session.flush()
    return done


def _running(session: TenantSession, ids: Collection[UUID]) -> set[UUID]:
    """Those that are open, or of whose payments something is still the payer's."""
    if not ids:
        return set()
    return set(
        session.scalars(select(Invoice.id).where(Invoice.id.in_(ids), or_(Invoice.state == "open", _owes_back())))
    )


def _owes_back() -> Any:
    mine = and_(Payment.tenant_id == Invoice.tenant_id, Payment.invoice_id == Invoice.id)
    return exists().where(mine, Payment.held + Payment.unmatched > 0)


def due(session: TenantSession, at: datetime | None = None) -> int:
    """How many bills the next run would take a name out of, at most BATCH; legal holds aren't looked at."""
    return len(_ripe(session, at or now()))


def forget_old(session: TenantSession) -> tuple[int, int]:
    """(bills whose payer became a pseudonym, of how many looked at): up to BATCH that were settled ten years ago. Call it again
    while as many as BATCH were looked at and some of them changed.
    """
    rows = _ripe(session, now())
    held, done = subjects.held(session, rows), 0
    for bill in rows:
        if bill.id not in held:
            keys.seal(session, bill, "payer_name", _pseudonym(session, bill))
            bill.payer_phone = bill.payer_email = bill.payer_index = None
            bill.link_hash = CLOSED
            done += 1
    session.flush()
    if done:
        run = RetentionRun(id=new_id(), cases=0, held=len(held), parts={"payers": done}, more=len(rows) == BATCH)
        session.add(run)
        audit.record(
            session, "privacy.retention_run", subject_kind="retention", subject_id=run.id, data={"n_payers": done}
        )
        session.flush()
    return done, len(rows)


def _ripe(session: TenantSession, at: datetime) -> Sequence[Invoice]:
    ended = func.coalesce(Invoice.cancelled_at, Invoice.settled_at, Invoice.issued_at)
    query = select(Invoice).where(
        Invoice.state != "open", ended < at - timedelta(days=KEPT_DAYS), ~_owes_back(), Invoice.link_hash != CLOSED
    )
    return session.scalars(query.order_by(Invoice.id).limit(BATCH)).all()


def _pseudonym(session: TenantSession, bill: Invoice) -> str:
    name = keys.reveal(session, bill, "payer_name") or ""
    return _("Pembayar %(mark)s", mark=keys.blind_index(session, "payer", name.casefold())[:10])


def accounts_of(profiles: Iterable[Any], sub_index: str | None) -> set[str]:
    """Blind indexes of a person's accounts."""
    return {p.sub_index for p in profiles} | ({sub_index} if sub_index else set())


def contacts(given: Mapping[str, str]) -> set[str]:
    """Phone numbers and addresses among what was looked for."""
    return {value for kind, value in given.items() if kind.partition(":")[0] in {"phone", "email"}}
