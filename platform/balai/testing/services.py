"""What every service must keep to, whoever wrote its document: `keeps_its_promises`, and `ServiceContract` for a plugin's tests.

    from balai.testing.services import ServiceContract

    class TestServices(ServiceContract):
        plugin = "water"

Each step of the workflow is taken at least once by whoever may take it, from a case of its own; on the way the form, the API, the
tracking page, the inbox, the export and the chain view are asked about it.
"""

import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from balai.testing.identity import bearer_for
from balai.testing.offices import fields_for
from balai.testing.wholeness import assert_whole
from balai.testing.words import plain

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from balai.cases import Case
    from balai.contracts import Field, Service, Transition
    from balai.db import TenantSession
    from balai.tenancy import Tenant
    from balai.testing.offices import Office

_WORDS = "Ini jawaban uji yang cukup panjang untuk setiap kotak isian."


@dataclass(frozen=True, slots=True)
class Hall:
    """A region with one office, and everything that a service is asked through."""

    app: "Flask"
    session: "TenantSession"
    client: "FlaskClient"
    tenant: "Tenant"
    office: "Office"


def answer_to(field: "Field", region: str) -> Any:
    """A fitting answer to one question."""
    limits = field.limits
    longest = int(limits.get("max_length", 200))
    return {
        "text": _WORDS[:longest],
        "longtext": _WORDS[:longest],
        "number": int(limits.get("min", 1)) or 1,
        "money": int(limits.get("min", 1000)) or 1000,
        "date": date(2026, 3, 2).isoformat(),
        "choice": field.options[0][0] if field.options else "",
        "multichoice": [field.options[0][0]] if field.options else [],
        "region": region,
        "nik": "3273014505890003",
        "phone": "0812 9876 5432",
        "email": "uji@contoh.id",
        "consent": True,
    }.get(field.type)


def answers_for(service: "Service", region: str) -> dict[str, Any]:
    """Answers to every question that a person types, as far as the ones before let it be asked."""
    from balai.cases.forms import data_fields

    data: dict[str, Any] = {}
    for field in data_fields(service):
        asked = all(str(data.get(key)) in wanted for key, wanted in field.show_if.items())
        value = answer_to(field, region)
        if asked and value is not None:
            data[field.key] = value
    return data


def keeps_its_promises(hall: Hall, service: "Service") -> None:
    """Every promise, one after the other; an assertion names the one that is broken."""
    _form_and_refusals(hall, service)
    for path in paths(service):
        _walk(hall, service, path)
    _lists(hall, service)


def paths(service: "Service") -> "Iterator[list[Transition]]":
    """For each step the shortest way from the start that ends with it."""
    flow = service.workflow
    ways: dict[str, list[Transition]] = {flow.start: []}
    waiting = deque([flow.start])
    while waiting:
        state = waiting.popleft()
        for step in flow.leaving(state):
            if step.target not in ways:
                ways[step.target] = [*ways[state], step]
                waiting.append(step.target)
    for step in flow.transitions:
        for source in step.source:
            if source in ways:
                yield [*ways[source], step]
                break


def _file(hall: Hall, service: "Service") -> "Case":
    from balai import cases

    region = f"{hall.tenant.region_code}.01.2001"
    data, files = answers_for(service, region), {}
    for field in service.fields:
        if field.type in {"file", "photo"} and field.required and not field.show_if:
            files[field.key] = [_upload(hall, field)]
    placed = any(f.type in {"place", "region"} for f in service.fields)
    place = cases.Place(region, "depan balai desa") if placed else None
    reporter = None
    if service.audience == "public":
        reporter = cases.Reporter(name="Siti Uji", phone="0812 1111 2222", email="siti@contoh.id")
    # At the counter: many alike from one sender are what the gate against floods is for, and not what is asked here.
    return cases.file_case(
        hall.session, service, data, channel="counter", place=place, files=files, reporter=reporter
    ).case


def _upload(hall: Hall, field: "Field") -> uuid.UUID:
    import io

    from PIL import Image

    from balai import files

    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(picture, "JPEG")
    picture.seek(0)
    file, _token = files.store_draft(hall.session, picture, filename="uji.jpg", kinds=files.CITIZEN, field=field.key)
    return file.id


def _walk(hall: Hall, service: "Service", path: "list[Transition]") -> None:
    from balai import cases
    from balai.cases.people import SYSTEM

    case = _file(hall, service)
    assert_whole(hall.session, case)
    for step in path:
        person = {
            "staff": hall.office.staff(
                step.permission, "cases.work", "cases.assign", admin=True, member_id=hall.office.officer_id
            ),
            "citizen": cases.Person("citizen", holds=frozenset({case.id})),
        }.get(step.by, SYSTEM)
        told = f"{service.id}: {step.key}"
        if person is SYSTEM:
            _take_by_itself(hall, case, service, step)
        else:
            cases.move_case(hall.session, case.id, step.key, person=person, fields=_demanded(hall, service, step))
        assert case.state == step.target or case.state.startswith("2_"), told
        assert_whole(hall.session, case)
        _told_to_people(hall, service, case, told)


def _take_by_itself(hall: Hall, case: "Case", service: "Service", step: "Transition") -> None:
    """Timers and events: what the clock or another room does."""
    from balai.cases.moving import apply_step, lock
    from balai.cases.people import SYSTEM

    apply_step(hall.session, lock(hall.session, case.id), service, step, SYSTEM)


def _demanded(hall: Hall, service: "Service", step: "Transition") -> dict[str, Any]:
    region = f"{hall.tenant.region_code}.01.2001"
    own = {f.key: answer_to(f, region) for f in service.fields if f.key in step.demands}
    return {**fields_for(hall.session, [d for d in step.demands if d not in own], _WORDS), **own}


def _told_to_people(hall: Hall, service: "Service", case: "Case", told: str) -> None:
    """The tracking page says where it is, in words for citizens."""
    if service.audience != "public":
        return
    hall.session.commit()
    page = hall.client.get(f"/lacak/{case.code}")
    assert page.status_code == 200, told  # noqa: PLR2004 - what HTTP calls fine
    assert plain(page.text), told


def _form_and_refusals(hall: Hall, service: "Service") -> None:
    if service.audience != "public":
        return
    form = hall.client.get(f"/layanan/{service.owner}/{service.key}")
    assert form.status_code == 200, service.id  # noqa: PLR2004
    assert plain(form.text), service.id
    for field in service.fields:
        assert field.label in form.text, f"{service.id}: the form doesn't ask {field.key}"
    described = hall.client.get(f"/api/v1/services/{service.id}")
    assert described.status_code == 200, service.id  # noqa: PLR2004
    empty = hall.client.post("/api/v1/cases", json={"service": service.id, "data": {}})
    assert empty.status_code == 422, empty.get_data(as_text=True)  # noqa: PLR2004 - cannot be processed
    told: Any = empty.json
    named = {fault["field"].rpartition("/")[2] for fault in told["errors"]}
    must = {
        f.key
        for f in service.fields
        if f.required and not f.show_if and f.type not in {"place", "region", "file", "photo"}
    }
    assert must <= named, f"{service.id}: {must - named} are missing and not named"


def _lists(hall: Hall, service: "Service") -> None:
    """Personal answers are sealed; the case is in the inbox, in the export and, once ended, in the chain view."""
    from balai.auth import Member
    from balai.cases.exports import services as exports
    from balai.cases.queries import Filters

    case = _file(hall, service)
    hall.session.commit()
    for field in service.fields:
        if field.personal is not None:
            assert field.key not in case.data, f"{service.id}: {field.key} lies open"
    member = hall.session.get(Member, (hall.tenant.id, hall.office.officer_id))
    token = bearer_for(hall.app, hall.tenant, "officer", "admin", sub=member.sub)  # type: ignore[union-attr]
    if case.visibility != "secret":
        listed = hall.client.get(f"/api/v1/cases?service={service.id}&limit=1", headers=token)
        found: Any = listed.json
        assert [item["code"] for item in found["items"]] == [case.code], service.id
        sheet = exports.sheet(hall.session, hall.office.staff(admin=True), Filters(queue="all", service_id=service.id))
        assert case.code in next(iter(sheet.rows)), service.id


class ServiceContract:
    """Subclass it as `TestServices` with the plugin's name: every service that the plugin brings is walked through."""

    plugin: ClassVar[str]

    def test_every_service_keeps_its_promises(
        self,
        app: "Flask",
        regions: Any,
        client_of: Any,
        staffed: Any,
        subtests: pytest.Subtests,
    ) -> None:
        """Form, refusals, every step, tracking page, inbox, export, sealed answers."""
        from balai import plugins
        from balai.tenancy import tenant_scope

        tenant = regions(plugins=(self.plugin,))
        office = staffed(tenant)
        found = plugins.manager(app).get(self.plugin)
        assert found is not None
        assert found.brought.services
        with (
            app.test_request_context(base_url=f"http://{tenant.slug}.localhost:8000/"),
            tenant_scope(tenant) as session,
        ):
            hall = Hall(app, session, client_of(tenant), tenant, office)
            for service in found.brought.services:
                with subtests.test(service=service.id):
                    keeps_its_promises(hall, service)
