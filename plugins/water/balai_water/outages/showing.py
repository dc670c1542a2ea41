"""Outages as pages show them: words for states, what stands on the map, masked contacts, the message beforehand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from balai.api import (
    TenantSession,
    in_language,
    lazy_gettext,
    mask_email,
    mask_name,
    mask_phone,
    message_text,
    now,
    opener,
    phone_channel,
    reveal,
)
from balai_water.notices.queries import Line
from balai_water.outages.models import Outage
from balai_water.outages.queries import First
from balai_water.outages.selection import Selection
from balai_water.outages.words import KIND_WORDS, PRIORITY_WORDS, REASON_WORDS, place_words, values_of
from balai_water.register.models import Customer

WORDS: Final = {
    "kind": KIND_WORDS,
    "reason": REASON_WORDS,
    "priority": PRIORITY_WORDS,
    "state": {
        "draft": lazy_gettext("belum dikirim"),
        "announced": lazy_gettext("berjalan"),
        "ended": lazy_gettext("sudah mengalir"),
        "cancelled": lazy_gettext("dibatalkan"),
    },
    "notice": {
        "announced": lazy_gettext("Pengumuman"),
        "changed": lazy_gettext("Perubahan"),
        "spared": lazy_gettext("Tidak jadi terkena"),
        "ended": lazy_gettext("Sudah mengalir"),
        "cancelled": lazy_gettext("Pembatalan"),
    },
    "message": {
        None: lazy_gettext("tidak ada nomor HP atau email"),
        "queued": lazy_gettext("menunggu giliran"),
        "kept": lazy_gettext("tertahan: jalurnya belum siap"),
        "sent": lazy_gettext("terkirim"),
        "undelivered": lazy_gettext("tidak sampai"),
        "dropped": lazy_gettext("tidak dikirim"),
        "unwanted": lazy_gettext("tidak mau dikabari"),
    },
}
# Institutions are called by their name; behind any other mark may be a sick person at home.
_INSTITUTIONS: Final = frozenset({"hospital", "clinic", "school"})


def is_late(outage: Outage) -> bool:
    """Whether water should have been back by now."""
    return outage.state == "announced" and outage.ends_at is not None and outage.ends_at < now()


def is_coming(outage: Outage) -> bool:
    """Whether it hasn't begun."""
    return outage.state == "announced" and outage.starts_at > now()


def group_of(outage: Outage) -> str:
    """now, coming or over."""
    if outage.state != "announced":
        return "over"
    return "coming" if is_coming(outage) else "now"


def first(session: TenantSession, found: Sequence[First]) -> list[dict[str, Any]]:
    """Those who are told first, by name where they are institutions."""
    query = select(Customer).where(Customer.id.in_([one.customer_id for one in found]))
    customers = {customer.id: customer for customer in session.scalars(query)}
    rows = []
    for one in found:
        customer = customers.get(one.customer_id)
        name = (reveal(session, customer, "name") if customer else None) or ""
        shown = name if one.priority in _INSTITUTIONS else mask_name(name)
        rows.append({"one": one, "name": shown})
    return rows


def message(session: TenantSession, outage: Outage, places: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """(subject, text) as they will be sent to the phone, or by email where the region reaches no phones."""
    with in_language("id"):
        values = {**values_of(session, outage), "tempat": place_words(places), "nomor": "…"}
    return message_text(session, f"water.outage_{outage.kind}", values, channel=phone_channel(session) or "email")


def areas(outages: Iterable[tuple[Outage, Selection, Sequence[Mapping[str, Any]]]]) -> list[dict[str, Any]]:
    """What a map draws: areas as they were drawn, and rough middles of villages."""
    shown: list[dict[str, Any]] = []
    for outage, picked, places in outages:
        running = outage.state in {"draft", "announced"} and not is_coming(outage)
        if picked.shapes:
            label = place_words(places)
            shown.append({"rings": [list(shape) for shape in picked.shapes], "label": label, "now": running})
        else:
            shown += [{"middle": p["middle"], "label": p["name"], "now": running} for p in places if p["middle"]]
    return shown


def masked(session: TenantSession, lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Notices with the address to which they went, masked."""
    opened = opener(session, Customer.__tablename__)
    rows = []
    for line in lines:
        email = line.channel == "email" or (line.channel is None and not line.phone)
        sealed = line.email if email else line.phone
        to = opened(sealed, "email" if email else "phone", line.customer_id) if sealed else ""
        rows.append({"line": line, "to": (mask_email(to) if email else mask_phone(to)) if to else ""})
    return rows
