"""A service that an officer drew keeps what every service promises, as one that a plugin ships."""

import pytest
from sqlalchemy import select

from balai import cases
from balai.cases.drawing import flows
from balai.cases.drawing.models import Drawing
from balai.testing.acting import act_as
from balai.testing.offices import Office
from balai.testing.pages import post_form
from balai.testing.services import Hall, keeps_its_promises

ROOT = "/kelola/layanan/susun"


@pytest.mark.parametrize("audience", ["public", "staff"])
@pytest.mark.parametrize("flow", [f.key for f in flows.FLOWS])
def test_a_drawn_service_keeps_its_promises(app, client, client_of, tenant, session, staffed, audience, flow):
    me = act_as(client, tenant, "officer", name="Budi Petugas")
    office: Office = staffed(tenant, me)
    leader = client_of(tenant)
    act_as(leader, tenant, "leader", name="Ibu Sekda")
    begun = post_form(client, ROOT, {"title": "Layanan uji coba", "audience": audience, "flow": flow})
    assert begun.status_code == 303, begun.text[:2000]
    here = begun.location
    for field in (
        {"label": "Keperluan", "type": "text", "required": "ya"},
        {"label": "Tanggal", "type": "date", "required": "ya"},
        {
            "label": "Nomor HP",
            "type": "phone",
            "purpose": "menghubungi Anda",
            "basis": "Perda 1/2020",
            "retention": "90",
        },
    ):
        assert post_form(client, f"{here}/formulir", field).status_code in {303, 422}
    assert post_form(client, f"{here}/terbit/minta", {"note": "Sudah dicoba."}).status_code == 303
    assert post_form(leader, f"{here}/terbit/terbitkan").status_code == 303
    drawing = session.scalars(select(Drawing)).one()
    with app.test_request_context(base_url=f"http://{tenant.slug}.localhost:8000/"):
        from flask import g

        g.tenant = tenant
        service = cases.service(session, drawing.service_id)
        keeps_its_promises(Hall(app, session, client_of(tenant), tenant, office), service)
