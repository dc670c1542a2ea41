"""The household in front of a page: an account that has proven whose connection it is, or a browser that has, or both.

The proof is the connection's number and the phone number that the utility holds: whoever knows one of them alone learns nothing,
not even whether it exists. The browser keeps a secret of its own in a cookie; it opens the connection as long as it stays that
customer's, so that whoever moves out sees nothing of whoever moves in.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import Response, request
from sqlalchemy import delete, select

from balai.api import (
    Invalid,
    TenantSession,
    blind_index,
    current_principal,
    current_tenant,
    gettext,
    limit_use,
    new_id,
    record_audit,
)
from balai_water.register.models import Connection, Customer, HouseholdLink

COOKIE: Final = "__Host-balai-air"
MOST: Final = 8
DAYS: Final = 180
# Tries of one address in ten minutes, and in a day over all addresses at one number (a phone number has eight unknown digits)
# and with one phone (connections are numbered one after the other).
_TRIES, _TRIES_A_DAY = 10, 30


@dataclass(frozen=True, slots=True)
class Held:
    """A connection that the visitor has proven to be theirs, and whose it is."""

    connection: Connection
    customer: Customer


def held(session: TenantSession) -> list[Held]:
    """Every connection that the visitor may see, by number."""
    found = {h.connection.id: h for h in (*_of_account(session), *_of_browser(session))}
    return sorted(found.values(), key=lambda h: h.connection.number)


def customers(session: TenantSession) -> set[UUID]:
    """Customers whose bills the visitor may see."""
    return {h.customer.id for h in held(session)} | _account_customers(session)


def _account_customers(session: TenantSession) -> set[UUID]:
    who = current_principal()
    if who is None:
        return set()
    return set(session.scalars(select(Customer.id).where(Customer.sub_index == blind_index(session, "sub", who.sub))))


def _of_account(session: TenantSession) -> list[Held]:
    mine = _account_customers(session)
    return _pairs(session, Customer.id.in_(mine)) if mine else []


def _of_browser(session: TenantSession) -> list[Held]:
    known = _cookies()
    if not known:
        return []
    links = session.scalars(select(HouseholdLink).where(HouseholdLink.id.in_(list(known))))
    proven = {
        (link.connection_id, link.customer_id)
        for link in links
        if hmac.compare_digest(link.secret_hash, _hash(known[link.id]))
    }
    found = _pairs(session, Connection.id.in_([connection for connection, _customer in proven])) if proven else []
    return [h for h in found if (h.connection.id, h.customer.id) in proven]


def _pairs(session: TenantSession, condition: object) -> list[Held]:
    query = (
        select(Connection, Customer)
        .join(Customer, (Customer.tenant_id == Connection.tenant_id) & (Customer.id == Connection.customer_id))
        .where(condition)  # type: ignore[arg-type]
    )
    return [Held(row[0], row[1]) for row in session.execute(query)]


def _cookies() -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for part in request.cookies.get(COOKIE, "").split("~")[:MOST]:
        key, _dot, secret = part.partition(".")
        if len(key) == len(secret) == 32 and all(c in "0123456789abcdef" for c in key + secret):  # noqa: PLR2004 - 128 bits in hex
            found[UUID(hex=key)] = secret
    return found


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def prove(session: TenantSession, number: str, phone: str) -> tuple[Connection, str]:
    """(connection, value of the cookie) for whoever knows both numbers; Invalid with one and the same answer for whatever is
    wrong. A signed-in account keeps the connection as well. TooMany after too many tries, counted also when they fail.
    """
    limit_use("water.household", allowed=_TRIES, seconds=600)
    _count("water.household.number", number.strip()[:40])
    wrong = Invalid.field(
        "nomor",
        gettext(
            "Nomor sambungan dan nomor HP ini tidak cocok dengan catatan kami. Periksa keduanya, atau tanyakan di loket."
        ),
    )
    try:
        index = blind_index(session, "phone", phone)
    except ValueError:
        raise wrong from None
    _count("water.household.phone", index)
    query = (
        select(Connection, Customer)
        .join(Customer, (Customer.tenant_id == Connection.tenant_id) & (Customer.id == Connection.customer_id))
        .where(Connection.number == number.strip(), Customer.phone_index == index)
    )
    row = session.execute(query).first()
    if row is None:
        raise wrong
    connection, customer = row[0], row[1]
    who = current_principal()
    if who is not None and customer.sub_index is None:
        customer.sub_index = blind_index(session, "sub", who.sub)
    secret = secrets.token_hex(16)
    link = HouseholdLink(
        id=new_id(), connection_id=connection.id, customer_id=customer.id, secret_hash=_hash(secret)
    )  # fmt: skip
    session.add(link)
    record_audit(session, "water.household_opened", subject_kind="water_connection", subject_id=connection.id)
    session.flush()
    kept = {link.id: secret} | _cookies()
    return connection, "~".join(f"{key.hex}.{value}" for key, value in list(kept.items())[:MOST])


def _count(name: str, given: str) -> None:
    tenant = current_tenant()
    limit_use(name, f"{tenant.id if tenant else 0}|{given}", allowed=_TRIES_A_DAY, seconds=86_400)


def remember(response: Response, value: str) -> Response:
    """Let this browser hold what it has proven."""
    response.set_cookie(COOKIE, value, max_age=DAYS * 86400, path="/", secure=True, httponly=True, samesite="Lax")
    return response


def forget(session: TenantSession, response: Response) -> Response:
    """This browser and this account hold nothing any more: for phones that are lent or sold."""
    known = _cookies()
    links = session.scalars(select(HouseholdLink).where(HouseholdLink.id.in_(list(known)))).all() if known else []
    gone = [link.id for link in links if hmac.compare_digest(link.secret_hash, _hash(known[link.id]))]
    if gone:
        session.execute(delete(HouseholdLink).where(HouseholdLink.id.in_(gone)))
    who = current_principal()
    if who is not None:
        index = blind_index(session, "sub", who.sub)
        for customer in session.scalars(select(Customer).where(Customer.sub_index == index)):
            customer.sub_index = None
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return response
