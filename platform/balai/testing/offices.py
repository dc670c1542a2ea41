"""A staffed region for tests: `office` puts an officer at the head of the admin unit, so that services take cases.

Without one, a fresh region's services say that they take nothing (nobody would read it).
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask

    from balai.cases import Filed, Person, Unit
    from balai.db import TenantSession
    from balai.tenancy import Tenant

COMPLAINT = {"bidang": "lampu", "uraian": "Lampu jalan depan balai desa mati sejak tiga hari lalu."}


@dataclass(frozen=True, slots=True)
class Office:
    """The admin unit of a region, and the officer (also admin) who leads it."""

    unit_id: uuid.UUID
    officer_id: uuid.UUID
    tenant_id: int

    def staff(self, *permissions: str, admin: bool = False, member_id: uuid.UUID | None = None) -> "Person":
        """The officer as the rules see them; without arguments they may what the role officer may."""
        from balai.cases import Person

        granted = permissions or ("cases.work", "cases.assign", "cases.file_for", "cases.reveal")
        units = frozenset({self.unit_id}) if member_id is None else frozenset()
        return Person(
            "staff", member_id=member_id or self.officer_id, is_admin=admin, permissions=frozenset(granted), units=units,
            heads=units,
        )  # fmt: skip


def add_member(session: "TenantSession", name: str = "Budi Uji", *roles: str) -> uuid.UUID:
    """A member of staff who exists in this region only."""
    from balai.auth import Member
    from balai.db import new_id

    member = Member(id=new_id(), sub=str(uuid.uuid4()), name=name, roles=list(roles or ("officer",)), active=True)
    session.add(member)
    session.flush()
    return member.id


def open_office(session: "TenantSession", member_id: uuid.UUID | None = None) -> Office:
    """Staff the admin unit; member_id: an existing member (of `people(tenant, "admin")`) instead of a new one."""
    from balai.cases import adopt_admin

    officer = member_id or add_member(session, "Budi Uji", "admin", "officer")
    unit: Unit = adopt_admin(session, officer)
    return Office(unit.id, officer, session.tenant_id)


def fields_for(session: "TenantSession", demands: Iterable[str], words: str = "Kata-kata.") -> dict[str, str]:
    """What a step of a workflow demands, filled in; the receiver is a body on the region's list, added where it is missing."""
    from sqlalchemy import select

    from balai.cases.models import OtherBody

    fields = dict.fromkeys(demands, words)
    if "receiver" in fields:
        body = session.scalars(select(OtherBody).where(OtherBody.name == "Instansi Uji")).first()
        if body is None:
            body = OtherBody(name="Instansi Uji", purpose="urusan lain", phone="022 111")
            session.add(body)
            session.flush()
        fields["receiver"] = f"instansi:{body.id}"
    return fields


@pytest.fixture
def office(session: "TenantSession") -> Office:
    """`tenant`, staffed and committed."""
    opened = open_office(session)
    session.commit()
    return opened


@pytest.fixture
def staffed(app: "Flask") -> "Callable[..., Office]":
    """`staffed(other_tenant)`: staff any region, committed; member_id as in open_office."""
    from balai.tenancy import tenant_scope

    def make(tenant: "Tenant", member_id: uuid.UUID | None = None) -> Office:
        with app.app_context(), tenant_scope(tenant) as opened:
            return open_office(opened, member_id)

    return make


@pytest.fixture
def file_complaint(session: "TenantSession", tenant: "Tenant", office: Office) -> "Callable[..., Filed]":  # noqa: ARG001 - staffs it
    """`file_complaint(visibility="private", ...)`: a complaint in the tenant's first village, not committed."""
    from balai import cases

    def make(data: Mapping[str, Any] | None = None, **options: Any) -> "Filed":
        service = cases.service(session, "feedback.pengaduan")
        options.setdefault("place", cases.Place(f"{tenant.region_code}.01.2001", "depan balai desa"))
        return cases.file_case(session, service, {**COMPLAINT, **(data or {})}, **options)

    return make
