"""Messages over a region's own gateway, a real HTTP server: what arrives there, and what its bad days do to nobody else."""

import logging
from base64 import b64encode
from datetime import time, timedelta
from urllib.parse import parse_qs

import pytest
from sqlalchemy import select

from balai import cases, keys, notify
from balai.cases import Reporter
from balai.clock import frozen, now
from balai.db import new_id
from balai.notify import circuit, gateways, hours
from balai.notify.gateways import Config
from balai.notify.models import ChannelState, Delivery, Gateway, Message
from balai.tenancy import tenant_scope
from balai.testing.gateway import GatewaySimulator

SAMPLE = notify.templates()["cases.answered"].sample
SECRET = "sandi-gerbang-12345"


@pytest.fixture(scope="module")
def running():
    with GatewaySimulator() as simulator:
        yield simulator


@pytest.fixture
def gateway(running):
    running.forget()
    return running


@pytest.fixture(scope="module")
def paved(make_app, running):
    return make_app(outbound_allow=running.authority)


@pytest.fixture
def world(paved, tenant, monkeypatch):
    """A session of the tenant, where no hour is quiet, in the application that may call the simulator."""
    monkeypatch.setattr(gateways, "TIMEOUT", 2.0)
    with paved.app_context(), tenant_scope(tenant) as session:
        hours.save(session, quiet=False, quiet_from=time(21), quiet_until=time(6), quiet_mail=False)
        yield session


def install(session, gateway, channel="sms", *, on=True, **changes):
    values = {
        "url": gateway.url,
        "reference": "data.0.id",
        "fields": "to = {nomor}\ntext = {pesan}\nid = {id}",
        **changes,
    }
    row = Gateway(id=new_id(), channel=channel, switched_on=on, config=Config.of(values).as_dict())
    keys.seal(session, row, "secret", SECRET)
    session.add(row)
    session.flush()
    return row


def sms(session, channel="sms", to="0812 3456 7890", template="cases.answered"):
    return notify.send(session, channel=channel, to=to, template=template, data=SAMPLE)


def test_a_reporter_with_a_phone_is_told_by_sms_and_in_the_box(
    world, gateway, file_complaint, tenant, session, paved, jobs_done
):
    install(world, gateway)
    world.commit()
    filed = file_complaint(reporter=Reporter(name="Rina", phone="0812-3456-7890"))
    session.commit()
    jobs_done(paved, tenant=tenant)
    (request,) = gateway.requests
    assert request.json["to"] == "+6281234567890"
    assert filed.code in request.json["text"]
    assert f"kunci={filed.link_secret}" in request.json["text"]
    (boxed,) = notify.box(world, filed.case.id)
    subject, body = notify.text_of(world, boxed)
    assert filed.code in subject
    assert "kunci=" not in body
    sent = world.scalars(select(Message).where(Message.channel == "sms")).one()
    assert (sent.state, sent.reference, str(sent.id)) == ("sent", "ref-1", request.headers["idempotency-key"])


def test_whatsapp_goes_before_sms_and_a_region_without_gateway_reaches_no_phone(world, gateway):
    assert notify.phone_channel(world) is None
    install(world, gateway)
    assert notify.phone_channel(world) == "sms"
    install(world, gateway, "whatsapp")
    assert notify.phone_channel(world) == "whatsapp"


@pytest.mark.parametrize(
    ("changes", "header", "body"),
    [
        ({"auth": "header", "auth_name": "X-Api-Key"}, ("x-api-key", SECRET), {"to": "+6281234567890"}),
        ({"auth": "basic"}, ("authorization", "Basic " + b64encode(SECRET.encode()).decode()), {}),
        (
            {"auth": "body", "fields": "token = {rahasia}\na.0.b = {nomor0}\na.1.b = {nomor62}\nt = {pesan}"},
            ("content-type", "application/json"),
            {"token": SECRET, "a": [{"b": "081234567890"}, {"b": "6281234567890"}]},
        ),
    ],
)
def test_fields_and_secret_go_where_the_provider_wants_them(world, gateway, changes, header, body):
    install(world, gateway, **changes)
    notify.deliver(world, sms(world).id)
    (request,) = gateway.requests
    assert request.headers[header[0]] == header[1]
    assert {key: request.json[key] for key in body} == body


def test_a_form_gateway_gets_a_form(world, gateway):
    install(world, gateway, format="form", fields="nomor = {nomor}\npesan = {pesan}&x=1")
    notify.deliver(world, sms(world).id)
    sent = parse_qs(gateway.requests[0].body.decode())
    assert sent["nomor"] == ["+6281234567890"]
    assert sent["pesan"][0].endswith("&x=1")
    assert "x" not in sent


def test_nobodys_text_can_change_the_shape_of_the_request(world, gateway):
    data = {**SAMPLE, "service": '","to":"+620000","x":"', "code": "{nomor}"}
    install(world, gateway, "whatsapp")
    message = notify.send(world, channel="whatsapp", to="081234567890", template="cases.answered", data=data)
    notify.deliver(world, message.id)
    sent = gateway.requests[0].json
    assert set(sent) == {"to", "text", "id"}
    assert sent["to"] == "+6281234567890"
    assert '","to":"+620000","x":"' in sent["text"]
    assert "{nomor}" in sent["text"]


def test_a_refused_message_is_given_up_and_the_channel_stays_well(world, gateway):
    install(world, gateway)
    gateway.status = 422
    message = notify.deliver(world, sms(world).id)
    assert (message.state, message.attempts) == ("undelivered", 1)
    assert "422" in message.problem
    assert circuit.resting_until(world, "sms") is None


def test_a_failing_gateway_rests_and_uses_up_nobodys_attempts(world, gateway):
    install(world, gateway)
    gateway.status = 503
    messages = [sms(world) for _n in range(6)]
    for message in messages:
        notify.deliver(world, message.id)
    assert len(gateway.requests) == 3  # then it was left alone
    assert [m.attempts for m in messages] == [1, 1, 1, 0, 0, 0]
    assert {m.state for m in messages} == {"queued"}
    gateway.forget()
    with frozen(now() + timedelta(minutes=2)):
        for message in messages:
            notify.deliver(world, message.id)
    assert {m.state for m in messages} == {"sent"}
    assert world.scalars(select(ChannelState)).one().failures == 0


def test_it_rests_longer_each_time_but_never_more_than_half_an_hour(world):
    rests = []
    with frozen(now()):
        for _n in range(14):
            circuit.failed(world, "sms", "x")
            until = circuit.resting_until(world, "sms")
            rests.append((until - now()).total_seconds() if until else 0)
    assert rests[:5] == [0, 0, 30, 60, 120]
    assert rests == sorted(rests)
    assert rests[-1] == 1800


def test_a_gateway_that_never_comes_back_is_named_after_three_days(world, gateway):
    install(world, gateway)
    message = sms(world)
    circuit.rest(world, "sms", timedelta(hours=1), "x")
    with frozen(now() + timedelta(days=3, hours=1)):
        circuit.rest(world, "sms", timedelta(hours=1), "x")
        notify.deliver(world, message.id)
    assert message.state == "undelivered"


def test_an_overloaded_gateway_says_when_and_is_believed_for_an_hour_at_most(world, gateway):
    install(world, gateway)
    gateway.status, gateway.headers = 429, {"Retry-After": "120"}
    start = now()
    with frozen(start):
        message = notify.deliver(world, sms(world).id)
        assert (message.state, message.attempts) == ("queued", 0)
        assert circuit.resting_until(world, "sms") == now() + timedelta(seconds=120)
    gateway.headers = {"Retry-After": "999999"}
    with frozen(now() + timedelta(minutes=5)):
        notify.deliver(world, message.id)
        assert circuit.resting_until(world, "sms") == now() + timedelta(hours=1)


def test_a_slow_gateway_is_cut_off_and_tried_again(world, gateway):
    install(world, gateway)
    gateway.delay = 5
    message = notify.deliver(world, sms(world).id)
    assert (message.state, message.attempts) == ("queued", 1)
    assert "terlalu lama" in message.problem


def test_while_it_is_off_messages_are_kept_and_go_later(world, gateway):
    row = install(world, gateway, on=False)
    message = notify.deliver(world, sms(world).id)
    assert message.state == "kept"
    assert gateway.requests == []
    row.switched_on = True
    assert [m.id for m in notify.unsent(world, channel="sms")] == [message.id]
    assert notify.resend_all(world, "sms") == 1
    notify.deliver(world, message.id)
    assert message.state == "sent"


def test_a_private_address_that_nobody_allowed_keeps_the_message_and_is_not_called(world, gateway, app, tenant):
    install(world, gateway)
    message = sms(world)
    world.commit()
    with app.app_context(), tenant_scope(tenant) as session:
        notify.deliver(session, message.id)
    world.expire_all()
    assert message.state == "kept"
    assert gateway.requests == []


def test_no_number_no_text_and_no_secret_in_logs_deliveries_or_problems(world, gateway, caplog):
    caplog.set_level(logging.DEBUG)
    install(world, gateway)
    for status in (200, 422, 503):
        gateway.status = status
        notify.deliver(world, sms(world).id)
    said = caplog.text + "".join(d.detail for d in world.scalars(select(Delivery)))
    said += "".join(m.problem for m in world.scalars(select(Message)))
    for hidden in ("81234567890", SECRET, SAMPLE["words"], SAMPLE["code"]):
        assert hidden not in said


def test_a_dead_gateway_never_stops_a_case(world, gateway, file_complaint, office, session, tenant, paved, jobs_done):
    install(world, gateway)
    world.commit()
    gateway.status = 500
    case = file_complaint(reporter=Reporter(phone="081234567890")).case
    cases.move_case(session, case.id, "selesaikan", person=office.staff(), fields={"answer": "Sudah."})
    session.commit()
    jobs_done(paved, tenant=tenant)
    session.expire_all()
    assert not case.is_open
    assert {m.state for m in world.scalars(select(Message).where(Message.channel == "sms"))} == {"queued"}
    assert len(notify.box(world, case.id)) == 2
