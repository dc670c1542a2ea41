"""Garbage to every operation of the document: never a 5xx, every refusal a problem document, every answer as documented."""

import json
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from balai.testing.identity import bearer_for
from balai.testing.offices import COMPLAINT

NASTY = st.sampled_from(
    ["", " ", "\x00", "a\x00b", "'", '"; DROP TABLE cases; --', "../../etc/passwd", "%s", "{{7*7}}", "\u202e", "💥" * 40, "-1",
     "0", "1e400", "9" * 400, "null", "true", "[]", "{}", "A" * 5000, "3273-AAAAA-AAAAA-A", str(uuid.UUID(int=0)), "32.73\n",
     "2026-13-45T99:99:99Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "\ud800", "İ", "ﬀ"],
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(max_size=20)
    | NASTY
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | NASTY, inner, max_size=4),
    max_leaves=12,
)


def shaped(schema, document):  # noqa: PLR0911 - one per kind of schema
    """Values that mostly fit a schema: garbage in one place gets further than garbage everywhere."""
    if "$ref" in schema:
        return shaped(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    if "anyOf" in schema:
        return st.one_of(*(shaped(part, document) for part in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"]) | SCALARS
    kind = schema.get("type")
    if kind == "object":
        fixed = {k: shaped(v, document) for k, v in schema.get("properties", {}).items()}
        if not fixed:
            return st.dictionaries(st.text(max_size=8), JSON, max_size=4) | st.just(COMPLAINT)
        required = {k: v for k, v in fixed.items() if k in schema.get("required", ())}
        optional = {k: v for k, v in fixed.items() if k not in required}
        return st.fixed_dictionaries(required, optional=optional)
    if kind == "array":
        return st.lists(shaped(schema.get("items", {}), document), max_size=3) | JSON
    return {
        "string": NASTY
        | st.text(max_size=30)
        | st.sampled_from(["feedback.pengaduan", "teruskan", "on", "x@contoh.id"]),
        "integer": st.integers(-3, 103) | st.integers(),
        "number": st.floats() | st.integers(),
        "boolean": st.booleans(),
    }.get(kind, JSON) | (SCALARS if kind else st.nothing())


@pytest.fixture(scope="module")
def world(app, regions, client_of, staffed):
    """A staffed region with one case, its document, and people of every kind."""
    tenant = regions()
    number = staffed(tenant)
    client = client_of(tenant)
    place = {"region": f"{tenant.region_code}.01", "landmark": "dekat jembatan"}
    citizen = bearer_for(app, tenant)
    filed = client.post(
        "/api/v1/cases", json={"service": "feedback.pengaduan", "data": COMPLAINT, "place": place}, headers=citizen
    ).json
    people = [{}, citizen, bearer_for(app, tenant, "officer"), bearer_for(app, tenant, "admin", "leader"),
              bearer_for(app, tenant, "treasurer")]  # fmt: skip
    return client, client.get("/api/v1/openapi.json").json, people, (filed["code"], number)


@pytest.fixture(scope="module")
def staffed(app):
    from balai.tenancy import tenant_scope
    from balai.testing.bills import some_bill
    from balai.testing.offices import open_office

    def make(tenant):
        with app.app_context(), tenant_scope(tenant) as session:
            open_office(session)
            return some_bill(session).number

    return make


@pytest.fixture(scope="module")
def client_of(app):
    from functools import partial

    def make(tenant):
        client = app.test_client()
        client.open = partial(client.open, base_url=f"http://{tenant.slug}.localhost:8000/")
        return client

    return make


def operations(document):
    return [
        (
            path,
            method,
            {**item[method], "parameters": [*item.get("parameters", ()), *item[method].get("parameters", ())]},
        )
        for path, item in document["paths"].items()
        for method in ("get", "post", "put", "delete")
        if method in item
    ]


def draw_request(data, document, operation, code):
    path, method, described = operation
    query, headers = {}, {}
    for parameter in described["parameters"]:
        if parameter["in"] == "path":
            known = st.sampled_from(code) | st.just("feedback.pengaduan") | st.just("feedback") | st.uuids().map(str)
            value = data.draw(known | NASTY.filter(lambda text: text and "\ud800" not in text))
            path = path.replace(
                f"{{{parameter['name']}}}", value.replace("/", "%2F").replace("?", "%3F").replace("#", "%23")
            )
        elif parameter["in"] == "query" and data.draw(st.booleans()):
            query[parameter["name"]] = data.draw(NASTY | st.text(max_size=20) | st.integers().map(str))
    for name in ("Idempotency-Key", "If-Match", "Link-Secret", "If-None-Match"):
        if data.draw(st.integers(0, 3)) == 0:
            headers[name] = data.draw(st.sampled_from(["x" * 20, '"1"', '"999999999999"', "*", "W/", ",,,", "é" * 9]))
    sent = {"query_string": {k: v.encode("utf-8", "replace").decode() for k, v in query.items()}}
    if "requestBody" in described:
        sent |= draw_body(data, document, described)
    return method, path, headers, sent


def draw_body(data, document, described):
    content = described["requestBody"]["content"]
    schema = content.get("application/json", {}).get("schema", {})
    kind = data.draw(st.sampled_from(["shaped", "shaped", "shaped", "json", "bytes", "type"]))
    if kind == "bytes":
        return {"data": data.draw(st.binary(max_size=60)), "content_type": "application/json"}
    if kind == "type":
        kinds = ["text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "application/xml", ""]
        return {"data": b"--x\r\n\r\nhi\r\n--x--", "content_type": data.draw(st.sampled_from(kinds))}
    value = data.draw(shaped(schema, document) if kind == "shaped" else JSON)
    return {"data": json.dumps(value).encode(), "content_type": "application/json"}


def check(answer, document, described):
    assert answer.status_code < 500, answer.get_data(as_text=True)
    if answer.status_code >= 400:
        assert answer.content_type == "application/problem+json"
        assert answer.json["status"] == answer.status_code
        schema = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    elif answer.status_code in {204, 304}:
        assert answer.data == b""
        return
    else:
        content = described["responses"][str(answer.status_code)]["content"]["application/json"]
        schema = {**content["schema"], "components": document["components"]}
    Draft202012Validator(schema).validate(answer.json)


@pytest.mark.parametrize("group", ["regions", "areas", "plugins", "services", "cases", "files", "reports", "invoices"])
@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_garbage_gets_a_clear_refusal(world, group, data):
    client, document, people, code = world
    wanted = [o for o in operations(document) if o[2]["tags"] == [group]]
    operation = data.draw(st.sampled_from(wanted))
    method, path, headers, sent = draw_request(data, document, operation, code)
    person = data.draw(st.sampled_from(people))
    answer = client.open(path, method=method.upper(), headers={**headers, **person}, **sent)
    check(answer, document, operation[2])


def test_every_operation_is_fuzzed_or_named(world):
    _client, document, _people, _code = world
    # members calls Keycloak for everything that gets past the checks; test_api_members covers it against a real one.
    assert {o[2]["tags"][0] for o in operations(document)} == {
        "regions", "areas", "plugins", "services", "cases", "files", "reports", "members", "invoices",
    }  # fmt: skip
