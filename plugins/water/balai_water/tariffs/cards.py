"""A customer's own terms, such as a social card: kept on the connection, used in place of the group's."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import null

from balai.api import FieldError, Invalid, NotFound, TenantSession, gettext, record_audit
from balai_water.register.models import Connection, ConnectionEvent
from balai_water.tariffs.reading import MOST_CHARGE, MOST_LABEL, MOST_RATE, MOST_TEXT, MOST_USE, Card


def card_of(stored: Mapping[str, Any] | None) -> Card | None:
    """The card that a connection carries, from what is stored of it."""
    if not stored:
        return None
    return Card(
        label=str(stored.get("label", "")), decree=str(stored.get("decree", "")), group=stored.get("group") or None,
        cubic_metres=int(stored.get("cubic_metres") or 0), rate=int(stored.get("rate") or 0), fixed=stored.get("fixed"),
    )  # fmt: skip


def stored_card(card: Card) -> dict[str, Any]:
    """A card as it is stored."""
    made: dict[str, Any] = {"label": card.label, "decree": card.decree}
    for name in ("group", "cubic_metres", "rate", "fixed"):
        value = getattr(card, name)
        if value is not None and (value or name == "fixed"):
            made[name] = value
    return made


def check_card(card: Card, groups: Mapping[str, str]) -> None:
    """Raises Invalid: without a name or decree, an unknown group, figures that can't be meant, a card that changes nothing."""
    faults = []
    if not card.label.strip() or len(card.label) > MOST_LABEL:
        faults.append(FieldError("label", gettext("Tulis nama kartunya, misalnya Kartu Air Sehat.")))
    if not card.decree.strip() or len(card.decree) > MOST_TEXT:
        faults.append(FieldError("decree", gettext("Tulis nomor keputusannya.")))
    if card.group is not None and card.group not in groups:
        faults.append(FieldError("group", gettext("Golongan ini tidak ada di tarif yang berlaku.")))
    for name, value, most in (
        ("cubic_metres", card.cubic_metres, MOST_USE), ("rate", card.rate, MOST_RATE), ("fixed", card.fixed or 0, MOST_CHARGE),
    ):  # fmt: skip
        if not 0 <= value <= most:
            faults.append(FieldError(name, gettext("Tulis bilangan utuh dari 0 sampai %(most)s.", most=most)))
    if card.group is None and not card.cubic_metres and card.fixed is None:
        faults.append(
            FieldError("cubic_metres", gettext("Isi keringanannya: golongan lain, air murah, atau beban tetap."))
        )
    if faults:
        raise Invalid(faults)


def find_connection(session: TenantSession, connection_id: UUID, *, lock: bool = False) -> Connection:
    """A connection; NotFound."""
    found = session.get(Connection, (session.tenant_id, connection_id), with_for_update=lock or None)
    if found is None:
        raise NotFound
    return found


def set_card(
    session: TenantSession, connection_id: UUID, card: Card | None, *, groups: Mapping[str, str], reason: str,
    member_id: UUID | None,
) -> Connection:  # fmt: skip
    """Give a connection its own terms, or take them back (None); from the next bill on. Raises NotFound, Invalid."""
    connection = find_connection(session, connection_id, lock=True)
    if card is not None:
        check_card(card, groups)
    if not reason.strip() or len(reason) > MOST_TEXT:
        raise Invalid.field("reason", gettext("Tulis alasannya, paling banyak %(most)s huruf.", most=MOST_TEXT))
    before, after = connection.card, stored_card(card) if card else None
    # NULL, not JSON's null: connections with the same terms are counted together.
    connection.card = after if after is not None else null()
    session.add(
        ConnectionEvent(
            connection_id=connection.id, kind="card_changed", from_state=connection.state, to_state=connection.state,
            reason=reason.strip(), member_id=member_id, data={"before": before, "after": after},
        )
    )  # fmt: skip
    record_audit(session, "water.card_changed", subject_kind="water_connection", subject_id=connection.id,
                 data={"label": card.label if card else ""})  # fmt: skip
    session.flush()
    return connection
