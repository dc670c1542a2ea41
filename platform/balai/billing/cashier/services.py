"""A cashier's day: open a drawer, take cash, give it back when two people agree, count and close. All writes are here.

Locks as the ledger wants them: the books, the drawer, then invoices in the order of their ids.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from balai import audit
from balai.billing.cashier import queries
from balai.billing.cashier.models import CashDrawer, CashReceipt, CashReceiptPart, CashReversal
from balai.billing.ledger import Line, books, post
from balai.billing.settling import reverse_payment, settle
from balai.clock import now
from balai.db import TenantSession, new_id
from balai.errors import Conflict, Forbidden, Invalid, NotFound
from balai.web.i18n import gettext as _

METHOD: Final = "kasir"
ACCOUNT: Final = "kas_loket"
SAFE: Final = "kas"
DIFFERENCE: Final = "selisih_kas"
MOST_INVOICES: Final = 30
MOST_CASH: Final = 100_000_000_000
_LONGEST: Final = 300


class TakenMeanwhileError(Conflict):
    """409: another till was faster; `invoice_id` says with which invoice."""

    slug = "sudah-dibayar"

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(_("Sisa tagihan ini sudah berubah: ada pembayaran lain yang baru masuk."))
        self.invoice_id = invoice_id


# --- the drawer ---


def current_drawer(session: TenantSession, member: UUID, *, lock: bool = False) -> CashDrawer | None:
    """The member's open drawer."""
    query = select(CashDrawer).where(CashDrawer.member_id == member, CashDrawer.closed_at.is_(None))
    return session.scalars(query.with_for_update() if lock else query).first()


def open_drawer(session: TenantSession, member: UUID, *, opening: int) -> CashDrawer:
    """Begin with `opening` rupiah of change, taken from the safe. Forbidden without a unit, Conflict when one is open."""
    unit = queries.unit_of(session, member)
    if unit is None:
        raise Forbidden(_("Anda belum masuk unit mana pun. Minta admin memasukkan Anda dulu."))
    if not 0 <= opening <= MOST_CASH:
        raise Invalid.field("opening", _("Tulis jumlah uang kembalian, misalnya 200.000."))
    books(session)
    number = queries.next_drawer_number(session)
    if current_drawer(session, member) is not None:
        raise Conflict(_("Laci Anda sudah terbuka."))
    drawer = CashDrawer(
        id=new_id(), number=number, member_id=member, unit_id=unit.id, opening=opening, taken=0, given_back=0,
        opened_at=now(),
    )  # fmt: skip
    if opening:
        lines = [Line(ACCOUNT, opening, drawer.id), Line(SAFE, -opening)]
        drawer.opening_transaction_id = post(session, "drawer_opened", lines, at=now(), reference=str(number)).id
    session.add(drawer)
    audit.record(session, "billing.drawer_opened", subject_kind="cash_drawer", subject_id=drawer.id,
                 data={"number": number, "opening": opening})  # fmt: skip
    session.flush()
    return drawer


def close_drawer(session: TenantSession, member: UUID, *, counted: int, note: str) -> CashDrawer:
    """Count and close: the cash goes to the safe, a difference to its own account. A difference needs a note (Invalid)."""
    books(session)
    drawer = current_drawer(session, member, lock=True)
    if drawer is None:
        raise Conflict(_("Laci Anda belum dibuka."))
    if not 0 <= counted <= MOST_CASH:
        raise Invalid.field("counted", _("Tulis jumlah uang yang Anda hitung, misalnya 1.250.000."))
    expected, note = drawer.expected, " ".join(note.split())[:_LONGEST]
    difference = counted - expected
    if difference and not note:
        raise Invalid.field("note", _("Uangnya tidak sama dengan catatan. Tulis sebabnya, sejauh Anda tahu."))
    for waiting in _waiting(session, drawer.id):
        waiting.state, waiting.decided_at = "refused", now()
    lines = [Line(SAFE, counted), Line(ACCOUNT, -expected, drawer.id), Line(DIFFERENCE, -difference, drawer.id)]
    if any(line.amount for line in lines):
        made = post(session, "drawer_closed", lines, at=now(), reason=note, reference=str(drawer.number))
        drawer.closing_transaction_id = made.id
    drawer.counted, drawer.difference, drawer.note = counted, difference, note
    # Our clock may have gone back since the morning.
    drawer.closed_at = max(now(), drawer.opened_at)
    audit.record(session, "billing.drawer_closed", subject_kind="cash_drawer", subject_id=drawer.id,
                 data={"number": drawer.number, "expected": expected, "counted": counted, "difference": difference})  # fmt: skip
    session.flush()
    return drawer


# --- cash in ---


def take_cash(
    session: TenantSession, member: UUID, parts: Sequence[tuple[UUID, int]], *, handed: int, receipt_id: UUID
) -> CashReceipt:  # fmt: skip
    """Cash for one or several invoices; the same receipt_id again answers the same receipt.

    parts: (invoice, rupiah), a part of what is owed or all of it; handed: what the payer laid down. TakenMeanwhileError when an
    invoice owes less by now: nothing is booked then, the caller rolls back. Raises NotFound, Invalid, Conflict.
    """
    books(session)
    drawer = current_drawer(session, member, lock=True)
    if drawer is None:
        raise Conflict(_("Laci Anda belum dibuka."))
    known = session.scalars(select(CashReceipt).where(CashReceipt.id == receipt_id)).first()
    if known is not None:
        if known.member_id != member:
            raise NotFound
        return known
    total = _check(parts, handed)
    receipt = CashReceipt(
        id=receipt_id, drawer_id=drawer.id, number=queries.next_receipt_number(session, drawer.id), total=total, handed=handed,
        at=now(), member_id=member,
    )  # fmt: skip
    session.add(receipt)
    session.flush()
    for number, (invoice_id, amount) in enumerate(sorted(parts), start=1):
        payment = settle(
            session,
            invoice_id,
            amount,
            method=METHOD,
            paid_at=now(),
            reference=f"{receipt_id}.{number}",
            account=ACCOUNT,
        )
        if payment.applied != amount:
            raise TakenMeanwhileError(invoice_id)
        session.add(
            CashReceiptPart(
                id=new_id(), receipt_id=receipt.id, invoice_id=invoice_id, payment_id=payment.id, amount=amount
            )
        )
    drawer.taken += total
    audit.record(session, "billing.cash_taken", subject_kind="cash_receipt", subject_id=receipt.id,
                 data={"drawer": drawer.number, "total": total, "invoices": len(parts)})  # fmt: skip
    session.flush()
    return receipt


def _check(parts: Sequence[tuple[UUID, int]], handed: int) -> int:
    if not 0 < len(parts) <= MOST_INVOICES or len({invoice for invoice, _amount in parts}) != len(parts):
        raise Invalid.field("q", _("Pilih dulu tagihannya."))
    if any(amount <= 0 for _invoice, amount in parts):
        raise Invalid.field("amount", _("Jumlah setiap tagihan lebih dari nol."))
    total = sum(amount for _invoice, amount in parts)
    if not total <= handed <= MOST_CASH:
        raise Invalid.field("handed", _("Uang yang diterima kurang dari jumlah yang harus dibayar."))
    return total


def receipt_of(session: TenantSession, receipt_id: UUID) -> tuple[CashReceipt, list[CashReceiptPart]]:
    """A receipt with its parts; NotFound."""
    receipt = session.scalars(select(CashReceipt).where(CashReceipt.id == receipt_id)).first()
    if receipt is None:
        raise NotFound
    query = select(CashReceiptPart).where(CashReceiptPart.receipt_id == receipt.id).order_by(CashReceiptPart.invoice_id)
    return receipt, list(session.scalars(query))


# --- cash back, by two people ---


def reversal_of(session: TenantSession, receipt_id: UUID) -> CashReversal | None:
    """The reversal of a receipt that waits or was approved."""
    query = select(CashReversal).where(CashReversal.receipt_id == receipt_id, CashReversal.state != "refused")
    return session.scalars(query).first()


def ask_reversal(session: TenantSession, receipt_id: UUID, *, member: UUID, reason: str) -> CashReversal:
    """Ask to take a receipt back, its cash out of the asker's own open drawer. Invalid, Conflict, NotFound."""
    reason = " ".join(reason.split())[:_LONGEST]
    if not reason:
        raise Invalid.field("reason", _("Tulis alasannya."))
    drawer = current_drawer(session, member, lock=True)
    if drawer is None:
        raise Conflict(_("Laci Anda belum dibuka."))
    receipt, _parts = receipt_of(session, receipt_id)
    if reversal_of(session, receipt_id) is not None:
        raise Conflict(_("Pembatalan untuk struk ini sudah diminta."))
    row = CashReversal(
        id=new_id(), receipt_id=receipt.id, drawer_id=drawer.id, amount=receipt.total, reason=reason, state="asked",
        asked_by=member, asked_at=now(),
    )  # fmt: skip
    session.add(row)
    audit.record(session, "billing.reversal_asked", subject_kind="cash_receipt", subject_id=receipt.id,
                 data={"amount": receipt.total, "reason": reason})  # fmt: skip
    session.flush()
    return row


def decide_reversal(session: TenantSession, reversal_id: UUID, *, member: UUID, approve: bool) -> CashReversal:
    """Somebody else says yes or no. Forbidden for the asker; Conflict when it was decided, or the drawer holds too little."""
    books(session)
    found = session.scalars(select(CashReversal).where(CashReversal.id == reversal_id)).first()
    if found is None:
        raise NotFound
    drawer = session.scalars(select(CashDrawer).where(CashDrawer.id == found.drawer_id).with_for_update()).one()
    session.refresh(found, with_for_update=True)
    if found.state != "asked":
        raise Conflict(_("Pembatalan ini sudah diputuskan."))
    if found.asked_by == member:
        raise Forbidden(_("Pembatalan harus disetujui orang lain."))
    found.state, found.decided_by, found.decided_at = ("approved" if approve else "refused"), member, now()
    if approve:
        _give_back(session, found, drawer)
    audit.record(session, "billing.reversal_decided", subject_kind="cash_receipt", subject_id=found.receipt_id,
                 data={"approved": approve, "amount": found.amount})  # fmt: skip
    session.flush()
    return found


def _give_back(session: TenantSession, found: CashReversal, drawer: CashDrawer) -> None:
    if drawer.expected < found.amount:
        raise Conflict(_("Uang di laci peminta tidak cukup untuk dikembalikan."))
    _receipt, parts = receipt_of(session, found.receipt_id)
    for part in parts:
        reverse_payment(session, part.payment_id, reason=found.reason)
    drawer.given_back += found.amount


def _waiting(session: TenantSession, drawer_id: UUID) -> list[CashReversal]:
    query = select(CashReversal).where(CashReversal.drawer_id == drawer_id, CashReversal.state == "asked")
    return list(session.scalars(query.with_for_update()))


def waiting_reversals(session: TenantSession) -> list[CashReversal]:
    """Reversals that somebody else has to decide, oldest first."""
    return list(session.scalars(select(CashReversal).where(CashReversal.state == "asked").order_by(CashReversal.id)))
