"""The payer in front of a page: signed in, holding links of invoices in a cookie, or both.

A link's secret arrives once in an address (`?kunci=`) and is exchanged at once for this cookie: no script and no sibling region
reads it.
"""

from typing import Final
from uuid import UUID

from flask import Response, redirect, request
from sqlalchemy import select

from balai import auth, db, web
from balai.billing import invoices
from balai.billing.issuing import index_of
from balai.billing.models import Invoice
from balai.db import TenantSession
from balai.errors import NotFound

COOKIE: Final = "__Host-balai-tagihan"
MOST: Final = 20
DAYS: Final = 180
LOOKS: Final = 600  # in ten minutes: 128 bits can't be guessed, this keeps machines from trying


def secrets() -> dict[str, str]:
    """Invoice id (hex) -> link secret, newest first, as the browser sent them."""
    found: dict[str, str] = {}
    for part in request.cookies.get(COOKIE, "").split("~")[:MOST]:
        key, _dot, secret = part.partition(".")
        if len(key) == 32 and len(secret) == 32 and all(c in "0123456789abcdef" for c in key):  # noqa: PLR2004 - 128 bits in hex
            found[key] = secret
    return found


def remember(response: Response, invoice: Invoice, secret: str) -> Response:
    """Let this browser hold an invoice from now on."""
    kept = {invoice.id.hex: secret} | {key: value for key, value in secrets().items() if key != invoice.id.hex}
    value = "~".join(f"{key}.{kept[key]}" for key in list(kept)[:MOST])
    response.set_cookie(COOKIE, value, max_age=DAYS * 86400, path="/", secure=True, httponly=True, samesite="Lax")
    return response


def sub() -> str | None:
    """The account that is signed in."""
    principal = auth.current()
    return principal.sub if principal else None


def may_see(invoice: Invoice) -> bool:
    """Whether the visitor is its payer, or holds its link."""
    mine = sub()
    return (mine is not None and invoice.payer_index == index_of(db.session(), mine)) or invoices.opens(
        invoice, secrets().get(invoice.id.hex)
    )


def held(session: TenantSession) -> list[Invoice]:
    """Invoices that this browser holds links of, newest first."""
    known = secrets()
    if not known:
        return []
    query = select(Invoice).where(Invoice.id.in_([UUID(hex=key) for key in known])).order_by(Invoice.id.desc())
    return [invoice for invoice in session.scalars(query) if invoices.opens(invoice, known[invoice.id.hex])]


def exchange(number: str, path: str) -> Response | None:
    """The answer to an address with a link's secret in it: on to `path` without it, the cookie set; None when there is none."""
    secret = request.args.get("kunci")
    if secret is None:
        return None
    web.allow("tagihan", allowed=LOOKS, seconds=600)
    invoice = invoices.by_number(db.session(), number)
    if invoice is None or not invoices.opens(invoice, secret):
        raise NotFound
    answer: Response = redirect(path, 303)  # type: ignore[assignment]
    # On this answer only: a page that sends no referrer posts its forms with `Origin: null`.
    answer.headers["Referrer-Policy"] = "no-referrer"
    return remember(answer, invoice, secret)


def opened(number: str) -> Invoice:
    """The invoice of a number that the visitor may see; NotFound otherwise, so that nobody learns which numbers there are."""
    invoice = invoices.by_number(db.session(), number)
    if invoice is None or not may_see(invoice):
        raise NotFound
    return invoice
