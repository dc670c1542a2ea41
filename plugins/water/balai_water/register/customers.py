"""Customers: written sealed, found by phone, account or words of the name, shown masked to whoever needn't know.

| who | name and address | phone, email, NIK |
|---|---|---|
| water.view | initials, hidden | masked |
| water.serve | whole | masked |
| with cases.reveal, for a reason that is recorded | whole | whole |
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from balai.api import (
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Principal,
    TenantSession,
    blind_index,
    gettext,
    mask_email,
    mask_nik,
    mask_phone,
    record_audit,
    reveal,
    seal,
)
from balai_water.register.models import Connection, Customer, CustomerWord, HouseholdLink

PARTS: Final = ("name", "phone", "email", "nik")
HIDDEN: Final = "[disamarkan]"
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_LEAST_REASON, _MOST_REASON = 5, 300


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as a page shows them: texts, masked or whole; address: of the connection in question."""

    name: str
    phone: str = ""
    email: str = ""
    nik: str = ""
    address: str = ""
    hidden: bool = True


def words_of(name: str) -> set[str]:
    """The words by which a name is found: small letters, at least two of them."""
    return set(_WORD.findall(unicodedata.normalize("NFKC", name).casefold()))


def customer_of(session: TenantSession, customer_id: UUID) -> Customer:
    """The customer; NotFound."""
    found = session.get(Customer, (session.tenant_id, customer_id))
    if found is None:
        raise NotFound
    return found


def check(session: TenantSession, given: Mapping[str, str]) -> dict[str, str]:
    """name, phone, email, nik of a form, brought into shape; Invalid with what is wrong."""
    values = {part: " ".join(str(given.get(part) or "").split()) for part in PARTS}
    faults = []
    if not 2 <= len(values["name"]) <= 120:  # noqa: PLR2004 - a name
        faults.append(FieldError("name", gettext("Tulis nama pelanggan.")))
    messages = {
        "phone": gettext("Nomor ini bukan nomor telepon."),
        "email": gettext("Alamat ini bukan alamat email."),
        "nik": gettext("NIK terdiri dari 16 angka."),
    }
    for part, message in messages.items():
        if values[part]:
            try:
                blind_index(session, part, values[part])
            except ValueError:
                faults.append(FieldError(part, message))
    if faults:
        raise Invalid(faults)
    return values


def add(session: TenantSession, given: Mapping[str, str]) -> Customer:
    """A new customer of checked or typed values; Invalid. Nothing is flushed that isn't right."""
    customer = Customer()
    _write(session, customer, check(session, given))
    return customer


def change(session: TenantSession, customer_id: UUID, given: Mapping[str, str]) -> Customer:
    """Correct a customer's details. A part that is given as None stays; Invalid, NotFound.

    Another phone number: whoever got in by the old one proves anew that it is theirs.
    """
    customer = customer_of(session, customer_id)
    phone = customer.phone_index
    known = {part: reveal(session, customer, part) or "" for part in PARTS}
    wanted = known | {part: value for part, value in given.items() if part in PARTS and value is not None}
    _write(session, customer, check(session, wanted))
    if phone is not None and customer.phone_index != phone:
        customer.sub_index = None
        session.execute(delete(HouseholdLink).where(HouseholdLink.customer_id == customer.id))
    changed = sorted(part for part in PARTS if (wanted[part] or "") != known[part])
    record_audit(
        session,
        "water.customer_changed",
        subject_kind="water_customer",
        subject_id=customer.id,
        data={"changed": changed},
    )
    return customer


def _write(session: TenantSession, customer: Customer, values: Mapping[str, str]) -> None:
    for part in PARTS:
        seal(session, customer, part, values[part] or None)
    customer.phone_index = blind_index(session, "phone", values["phone"]) if values["phone"] else None
    session.add(customer)
    session.flush()
    session.execute(delete(CustomerWord).where(CustomerWord.customer_id == customer.id))
    indexes = {blind_index(session, "water.word", word) for word in words_of(values["name"])}
    session.add_all(CustomerWord(customer_id=customer.id, word=index) for index in sorted(indexes))
    session.flush()


def person(session: TenantSession, customer: Customer, connection: Connection | None, viewer: Principal) -> Person:
    """The customer as this member sees them without saying why."""
    known = {part: reveal(session, customer, part) or "" for part in PARTS}
    address = (reveal(session, connection, "address") or "") if connection is not None else ""
    serves = viewer.may("water.serve")
    return Person(
        known["name"] if serves else initials(known["name"]),
        mask_phone(known["phone"]),
        mask_email(known["email"]) if known["email"] else "",
        mask_nik(known["nik"]),
        address if serves or not address else HIDDEN,
        hidden=bool(known["phone"] or known["email"] or known["nik"] or not serves),
    )


def names(session: TenantSession, customers: Iterable[Customer], viewer: Principal) -> dict[UUID, str]:
    """Names for a list, whole for whoever serves customers."""
    serves = viewer.may("water.serve")
    found = {customer.id: reveal(session, customer, "name") or "" for customer in customers}
    return found if serves else {key: initials(name) for key, name in found.items()}


def initials(name: str) -> str:
    """`S*** A***`."""
    return " ".join(f"{word[0]}***" for word in name.split())


def unmask(session: TenantSession, connection: Connection, viewer: Principal, reason: str) -> Person:
    """All of it, for a stated reason that is recorded. Forbidden without cases.reveal, Invalid without a reason."""
    if not viewer.may("cases.reveal"):
        raise Forbidden(gettext("Anda tidak punya hak melihat data pelanggan."))
    why = " ".join(reason.split())
    if not _LEAST_REASON <= len(why) <= _MOST_REASON:
        raise Invalid.field("reason", gettext("Tulis untuk apa data ini dibuka, misalnya: menelepon soal kebocoran."))
    customer = customer_of(session, connection.customer_id)
    known: dict[str, Any] = {part: reveal(session, customer, part) or "" for part in PARTS}
    record_audit(
        session, "water.customer_revealed", subject_kind="water_connection", subject_id=connection.id,
        data={"number": connection.number, "reason": why},
    )  # fmt: skip
    return Person(**known, address=reveal(session, connection, "address") or "", hidden=False)


def find_by_phone(session: TenantSession, phone: str) -> list[Customer]:
    """Customers with this phone number, however it is written."""
    try:
        index = blind_index(session, "phone", phone)
    except ValueError:
        return []
    return list(session.scalars(select(Customer).where(Customer.phone_index == index).order_by(Customer.id)))
