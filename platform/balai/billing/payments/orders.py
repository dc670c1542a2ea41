"""Orders: one attempt each to pay an invoice through a provider, and the picture of a QR.

An order is committed before the provider hears of it: whatever happens in between, money that comes for it is known.
"""

import io
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import segno
from sqlalchemy import select

from balai.billing.models import Invoice
from balai.billing.payments import gateways
from balai.billing.payments.models import PaymentOrderRow
from balai.billing.payments.providers import own_qris
from balai.clock import now
from balai.contracts import PaymentAccount, PaymentFault, PaymentMethod, PaymentOffer, PaymentOrder, PaymentProvider
from balai.db import TenantSession, new_id
from balai.errors import Conflict, NotFound, Unavailable
from balai.web.i18n import gettext as _
from balai.web.i18n import lazy_gettext as _l

LIVES: Final[dict[str, timedelta]] = {
    "qris": timedelta(minutes=30),
    "va": timedelta(days=1),
    "link": timedelta(hours=1),
}
_LEFT: Final = timedelta(minutes=2)  # an order that ends sooner is no longer shown to a new reader
_CODES: Final = 10**12
_LABELS: Final = {"va": _l("Virtual account"), "qris": _l("QRIS"), "link": _l("Halaman pembayaran")}
_SCALE: Final = 8


@dataclass(frozen=True, slots=True)
class Way:
    """A way to pay that the reader may choose. key: `<provider>.<method>`; url: where its button leads."""

    key: str
    label: Any
    text: Any
    provider: PaymentProvider
    method: PaymentMethod
    url: str = ""


def ways(session: TenantSession, invoice: Invoice | None = None) -> list[Way]:
    """Ways that the region has switched on; none for an invoice that owes nothing."""
    if invoice is not None and (invoice.state != "open" or invoice.outstanding <= 0):
        return []
    path = f"/tagihan/{invoice.number}/bayar" if invoice is not None else ""
    return [
        Way(f"{made.key}.{method}", _LABELS[method], made.label, made, method, path)
        for made in gateways.usable(session)
        for method in made.methods
    ]


def open_orders(session: TenantSession, invoice: Invoice) -> list[PaymentOrderRow]:
    """Orders of this invoice that can still be paid over exactly what it owes, newest first."""
    query = select(PaymentOrderRow).where(
        PaymentOrderRow.invoice_id == invoice.id, PaymentOrderRow.state == "waiting",
        PaymentOrderRow.rupiah == invoice.outstanding, PaymentOrderRow.until > now() + _LEFT,
        (PaymentOrderRow.qr != "") | (PaymentOrderRow.number != "") | (PaymentOrderRow.url != ""),
    )  # fmt: skip
    return list(session.scalars(query.order_by(PaymentOrderRow.id.desc())))


def order(session: TenantSession, invoice: Invoice, way_key: str) -> PaymentOrderRow:
    """An order over what is owed, an open one again where there is one. Commits twice, around the provider's answer.

    NotFound: no such way; Conflict: nothing is owed; Unavailable: the provider gave nothing to pay with.
    """
    way = next((w for w in ways(session) if w.key == way_key), None)
    if way is None:
        raise NotFound
    if invoice.state != "open" or invoice.outstanding <= 0:
        raise Conflict(_("Tagihan ini sudah tidak perlu dibayar."))
    for row in open_orders(session, invoice):
        if (row.provider, row.method) == (way.provider.key, way.method):
            return row
    account = gateways.account(session, way.provider)
    if account is None:
        raise NotFound
    row = _begin(session, invoice, way)
    return _complete(session, row, way, account, invoice)


def _begin(session: TenantSession, invoice: Invoice, way: Way) -> PaymentOrderRow:
    row = PaymentOrderRow(
        id=new_id(), code=f"{secrets.randbelow(_CODES):012d}", provider=way.provider.key, method=way.method,
        invoice_id=invoice.id, rupiah=invoice.outstanding, state="waiting", until=now() + LIVES[way.method],
        created_at=now(), changed_at=now(),
    )  # fmt: skip
    session.add(row)
    session.commit()
    return row


def _complete(
    session: TenantSession, row: PaymentOrderRow, way: Way, account: PaymentAccount, invoice: Invoice
) -> PaymentOrderRow:
    until = row.until.astimezone(account.now.tzinfo)
    asked = PaymentOrder(row.code, row.rupiah, way.method, f"Tagihan {invoice.number}", until)
    try:
        offer = way.provider.create(account, asked)
        row.number, row.qr, row.url = offer.number[:40], offer.qr[:1000], offer.url[:500]
        row.reference = offer.reference[:64]
        _check(offer, row.rupiah)
    except (PaymentFault, ConnectionError):
        row.number = row.qr = row.url = ""
    if not (row.number or row.qr or row.url):
        # It stays waiting: the provider may know it all the same, and its money would have to find its way.
        row.number = row.qr = row.url = ""
        session.commit()
        raise Unavailable(
            _("Cara bayar ini sedang tidak bisa dipakai. Pilih cara lain, atau coba lagi nanti.")
        ) from None
    row.changed_at = now()
    session.commit()
    return row


def _check(offer: PaymentOffer, rupiah: int) -> None:
    if offer.qr:
        own_qris.check(offer.qr[:1000], rupiah)
    if offer.url and not _is_web_address(offer.url):
        raise PaymentFault("penyedia memberi alamat yang tidak aman")


def _is_web_address(text: str) -> bool:
    """Whether a payer may be sent there: https, a host, nobody's name in front of it, no odd letters, short enough to keep."""
    try:
        parts = urlsplit(text)
        named = parts.hostname is not None and "." in parts.hostname
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and " " not in text and len(text) <= 500  # noqa: PLR2004 - the column
    return plain and named and parts.scheme == "https" and "@" not in parts.netloc and "\\" not in text


def order_of(session: TenantSession, invoice: Invoice, order_id: UUID) -> PaymentOrderRow:
    """An order of this very invoice; NotFound."""
    query = select(PaymentOrderRow).where(PaymentOrderRow.id == order_id, PaymentOrderRow.invoice_id == invoice.id)
    found = session.scalars(query).first()
    if found is None:
        raise NotFound
    return found


def picture(text: str) -> bytes:
    """The PNG of a QR, with the quiet zone that readers need."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=_SCALE, border=4)
    return out.getvalue()
