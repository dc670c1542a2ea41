"""schemathesis reads a region's OpenAPI document and sends what it allows and what it forbids, as each kind of person."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from balai.tenancy import tenant_scope
from balai.testing.bills import some_bill
from balai.testing.identity import bearer_for
from balai.testing.offices import COMPLAINT, open_office
from balai.testing.probe import client_on

# members: whatever passes the checks there calls Keycloak; tests/identity has a real one.
GROUPS = ("regions", "areas", "plugins", "services", "cases", "files", "reports", "invoices")
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, unsupported_method,
]  # fmt: skip
FEW = settings(
    max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip


@pytest.fixture(scope="module")
def world(app, regions):
    """A staffed region with a case, its document as schemathesis reads it, and the headers of people of every kind."""
    tenant = regions()
    with app.app_context(), tenant_scope(tenant) as session:
        open_office(session)
        number = some_bill(session).number
    client = client_on(app, tenant)
    place = {"region": f"{tenant.region_code}.01", "landmark": "dekat jembatan"}
    citizen = bearer_for(app, tenant)
    body = {"service": "feedback.pengaduan", "data": COMPLAINT, "place": place}
    code = client.post("/api/v1/cases", json=body, headers=citizen).json["code"]
    document = client.get("/api/v1/openapi.json").json
    schema = schemathesis.openapi.from_dict(document)
    schema.app = app
    people = [{}, citizen, bearer_for(app, tenant, "officer"), bearer_for(app, tenant, "admin", "leader"),
              bearer_for(app, tenant, "treasurer")]  # fmt: skip
    operations = [found.ok() for found in schema.get_all_operations()]
    return f"http://{tenant.slug}.localhost:8000", operations, people, {"code": code, "number": number}


@pytest.mark.parametrize(
    ("group", "mode"),
    # Nothing about services can be asked in a way that their description forbids.
    [(group, "allowed") for group in GROUPS] + [(group, "forbidden") for group in GROUPS if group != "services"],
)
@FEW
@given(data=st.data())
def test_the_document_is_kept(world, group, mode, data):
    host, operations, people, known = world
    wanted = [o for o in operations if group in o.tags]
    assert wanted, f"no operation has the tag {group}"
    operation = data.draw(st.sampled_from(wanted), label="operation")
    kind = schemathesis.GenerationMode.POSITIVE if mode == "allowed" else schemathesis.GenerationMode.NEGATIVE
    try:
        strategy = operation.as_strategy(generation_mode=kind)
        case = data.draw(strategy, label="case")
    except schemathesis.errors.InvalidSchema as nothing:
        pytest.fail(str(nothing))
    for name in known.keys() & (case.path_parameters or {}).keys():
        if mode == "allowed" and data.draw(st.booleans(), label="known"):
            case.path_parameters[name] = known[name]
    # An empty filter counts as left out (docs/api.md), whatever its schema says.
    assume("" not in (case.query or {}).values())
    headers = data.draw(st.sampled_from(people), label="person")
    answer = case.call(base_url=host, headers=headers)
    checks = [*CHECKS, negative_data_rejection] if mode == "forbidden" else CHECKS
    case.validate_response(answer, checks=checks)


def test_every_group_takes_part(world):
    _host, operations, _people, _code = world
    assert {tag for operation in operations for tag in operation.tags} == {*GROUPS, "members"}
