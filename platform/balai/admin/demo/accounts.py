"""People of the demo: accounts that can sign in at once, with a password of their own, and no mail."""

from sqlalchemy import select

from balai import keys
from balai.auth import Member, members
from balai.auth.directory import Directory, directory
from balai.db import TenantSession
from balai.tenancy import Tenant


def ensure_account(tenant: Tenant, *, email: str, name: str, password: str) -> str:
    """The Keycloak account with this address and password, ready to sign in; its id. Idempotent."""
    people: Directory = directory()
    found = people.find_person(email)
    sub = found.sub if found else people.create_person(email, name, inviter=tenant)
    there = people.account.get(f"/users/{sub}")
    people.account.put(f"/users/{sub}", there | {"emailVerified": True, "requiredActions": []})
    body = {"type": "password", "value": password, "temporary": False}
    people.account.put(f"/users/{sub}/reset-password", body)
    return sub


def ensure_member(session: TenantSession, *, email: str, name: str, roles: set[str]) -> Member:
    """The active member with this address; the account must exist, so that no mail is sent."""
    index = keys.blind_index(session, "email", email)
    known = session.scalars(select(Member).where(Member.email_index == index, Member.active)).first()
    return known or members.invite_member(session, email, name, roles).member
