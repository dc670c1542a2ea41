"""Reports at known distances from each other, for tests of what lies nearby. Fixture: `report`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from balai.cases import Case, Filed, Place, Reporter
    from balai.db import TenantSession
    from balai.tenancy import Tenant
    from balai.testing.offices import Office

Position = tuple[float, float]
# WGS84 degrees; NEAR is about 60 m from HERE, FAR about 300 m.
HERE: Position = (-6.914744, 107.60981)
NEAR: Position = (-6.915244, 107.60991)
FAR: Position = (-6.917444, 107.60981)


def spot(tenant: "Tenant", at: Position | None = None, landmark: str = "depan balai desa") -> "Place":
    """A place in the region's first village, with or without a position."""
    from balai import cases

    return cases.Place(f"{tenant.region_code}.01.2001", landmark, *(at or (None, None)))


@pytest.fixture
def report(
    session: "TenantSession", tenant: "Tenant", office: "Office", file_complaint: "Callable[..., Filed]"
) -> "Callable[..., Case]":
    """`report(NEAR, published=False, who=Reporter(...), uraian="...")`: a complaint there, published unless told otherwise."""
    from balai import cases

    def make(
        at: Position | None = HERE, published: bool = True, who: "Reporter | None" = None, **options: Any
    ) -> "Case":
        data = {"uraian": options.pop("uraian", "Lampu jalan padam semua di perempatan pasar.")}
        made = file_complaint(data, place=spot(tenant, at), reporter=who, **options).case
        if published:
            cases.publish(session, made.id, person=office.staff())
        return made

    return make
