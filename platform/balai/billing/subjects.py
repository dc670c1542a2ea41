"""Whose bill it is may be nobody's business: rooms above say which of their subjects are kept from whoever handles money.

Money is counted all the same; the payer's name, and what would lead back to the matter, stay out of staff's pages and answers.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from balai import keys
from balai.billing.models import Invoice
from balai.db import TenantSession
from balai.web.i18n import gettext as _

# (session, ids of subjects) -> those of them that are kept back.
Guard = Callable[[TenantSession, Collection[str]], Collection[str]]
_guards: Final[dict[str, Guard]] = {}
_holds: Final[dict[str, Guard]] = {}


def guard(kind: str, kept_back: Guard, *, held: Guard) -> None:
    """Say once, when the room is imported, which subjects of this kind are kept back, and of which nothing may be deleted."""
    _guards[kind], _holds[kind] = kept_back, held


def guarded(session: TenantSession, rows: Iterable[Invoice]) -> set[UUID]:
    """Ids of those invoices whose payers are kept back."""
    return _among(session, rows, _guards)


def held(session: TenantSession, rows: Iterable[Invoice]) -> set[UUID]:
    """Ids of those invoices of which nothing may be deleted, whatever anybody asks."""
    return _among(session, rows, _holds)


def _among(session: TenantSession, rows: Iterable[Invoice], asked: Mapping[str, Guard]) -> set[UUID]:
    by_kind: dict[str, list[Invoice]] = {}
    for row in rows:
        if row.subject_kind in asked:
            by_kind.setdefault(row.subject_kind, []).append(row)
    found: set[UUID] = set()
    for kind, some in by_kind.items():
        kept = asked[kind](session, {row.subject_id for row in some})
        found |= {row.id for row in some if row.subject_id in kept}
    return found


def hidden_name() -> str:
    """What stands in a name's place."""
    return _("Disamarkan")


def name_for_staff(session: TenantSession, invoice: Invoice, *, hidden: bool | None = None) -> str:
    """The payer's name as staff may read it, "" when it is no longer kept. hidden: as `guarded` said, where it was asked."""
    if hidden is None:
        hidden = bool(guarded(session, [invoice]))
    return hidden_name() if hidden else keys.reveal(session, invoice, "payer_name") or ""


def lines_for_staff(invoice: Invoice, *, hidden: bool) -> list[dict[str, Any]]:
    """An invoice's lines; of one that is kept back without the reasons, which name the matter."""
    return [line | {"reason": {}} if hidden else line for line in invoice.lines]
