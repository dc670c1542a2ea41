"""What a gateway tells afterwards: proven on the raw body, fresh, and the same one twice is one."""

import hashlib
import hmac
import json

import pytest
from sqlalchemy import select

from balai import keys, notify
from balai.clock import now
from balai.db import new_id
from balai.notify import receipts
from balai.notify.gateways import Config
from balai.notify.models import DeliveryReceipt, Gateway, Message
from balai.tenancy import tenant_scope
from balai.web.csrf import exemptions

KEY = "kunci-balik-yang-panjang"


@pytest.fixture
def region(app, tenant):
    """Sets up a gateway with receipts; answers the id of a message that it took as ref-1."""

    def make(receipts_="hmac", target=tenant):
        with app.app_context(), tenant_scope(target) as session:
            config = Config(
                url="https://contoh.id/x", receipts=receipts_, receipt_header="X-Tanda", receipt_time="X-Waktu",
                receipt_id="data.0.id", receipt_status="data.0.status", delivered="DELIVERED, read", failed="failed",
            )  # fmt: skip
            row = Gateway(id=new_id(), channel="sms", switched_on=True, config=config.as_dict())
            keys.seal(session, row, "receipt_secret", KEY)
            session.add(row)
            sample = notify.templates()["cases.done"].sample
            message = notify.send(session, channel="sms", to="081234567890", template="cases.done", data=sample)
            message.state, message.sent_at, message.reference = "sent", now(), "ref-1"
            return message.id

    return make


@pytest.fixture
def state(app, tenant):
    def read(message_id, target=tenant):
        with app.app_context(), tenant_scope(target) as session:
            row = session.scalars(select(Message).where(Message.id == message_id)).one()
            return row.state, row.delivered_at is not None

    return read


def body_of(reference="ref-1", status="delivered"):
    return json.dumps({"data": [{"id": reference, "status": status}]}).encode()


def post(client, body, *, key=KEY, at=None, tanda=None, channel="sms", **headers):
    stamp = str(int(now().timestamp()) if at is None else at)
    signature = hmac.new(key.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    given = {"X-Tanda": signature if tanda is None else tanda, "X-Waktu": stamp, **headers}
    return client.post(f"/kait/pesan/{channel}", data=body, headers=given, content_type="application/json")


def test_a_signed_receipt_says_that_it_arrived(client, region, state):
    message = region()
    assert post(client, body_of()).status_code == 204
    assert state(message) == ("sent", True)


def test_a_failure_stands_on_the_page_of_undelivered_messages(client, region, state, app, tenant):
    message = region()
    assert post(client, body_of(status="failed")).status_code == 204
    assert state(message) == ("undelivered", False)
    with app.app_context(), tenant_scope(tenant) as session:
        assert [m.id for m in notify.unsent(session)] == [message]
    # A late "delivered" wins, a late "failed" doesn't.
    assert post(client, body_of()).status_code == 204
    assert post(client, body_of(status="failed")).status_code == 204
    assert state(message) == ("sent", True)


def test_our_own_id_will_do_as_reference(client, region, state):
    message = region()
    assert post(client, body_of(reference=str(message))).status_code == 204
    assert state(message) == ("sent", True)


def test_the_same_receipt_twice_is_one(client, region, app, tenant):
    region()
    for _n in range(3):
        assert post(client, body_of()).status_code == 204
    with app.app_context(), tenant_scope(tenant) as session:
        assert len(session.scalars(select(DeliveryReceipt)).all()) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"key": "salah"},
        {"tanda": ""},
        {"tanda": "0" * 64},
        {"tanda": "\xff\xfe"},
        {"at": 0},
        {"at": "400s"},
        {"channel": "whatsapp"},
        {"channel": "email"},
        {"channel": "x' OR 1=1"},
    ],
)
def test_what_is_not_proven_changes_nothing(client, region, state, options):
    message = region()
    if options.get("at") == "400s":
        options = {"at": int(now().timestamp()) - 400}
    answer = post(client, body_of(status="failed"), **options)
    assert answer.status_code in {401, 404}
    assert state(message) == ("sent", False)


def test_the_signature_is_over_every_byte(client, region, state):
    message = region()
    body = body_of(status="failed")
    stamp = str(int(now().timestamp()))
    good = hmac.new(KEY.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    answer = client.post("/kait/pesan/sms", data=body + b" ", headers={"X-Tanda": good, "X-Waktu": stamp})
    assert answer.status_code == 401
    answer = client.post("/kait/pesan/sms", data=body, headers={"X-Tanda": good, "X-Waktu": str(int(stamp) + 1)})
    assert answer.status_code == 401
    assert state(message) == ("sent", False)


def test_nothing_is_parsed_before_it_is_proven(client, region, monkeypatch):
    region()
    monkeypatch.setattr(receipts, "decode", lambda *_: pytest.fail("parsed"))
    assert post(client, b"[" * 50_000, key="salah").status_code == 401


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 50_000, b"null", b"[]", b'{"data":"x"}', b'{"data":[{"id":{},"status":[]}]}']
)
def test_a_proven_receipt_that_makes_no_sense_is_taken_and_forgotten(client, region, state, body):
    message = region()
    assert post(client, body).status_code == 204
    assert state(message) == ("sent", False)


def test_a_huge_body_is_refused_unread(client, region):
    region()
    assert post(client, b"x" * (receipts.MOST_BYTES + 1)).status_code == 413


def test_a_gateway_without_signatures_shows_its_secret(client, region, state):
    message = region("secret")
    assert post(client, body_of(), tanda="salah").status_code == 401
    assert post(client, body_of(), tanda=KEY).status_code == 204
    assert state(message) == ("sent", True)


def test_without_receipts_set_up_nothing_is_taken(client, region, state):
    message = region("none")
    assert post(client, body_of()).status_code == 401
    assert state(message) == ("sent", False)


def test_one_regions_secret_opens_nothing_in_another(client, region, state, other_tenant, app):
    region()
    with app.app_context(), tenant_scope(other_tenant) as session:
        row = Gateway(id=new_id(), channel="sms", switched_on=True, config=Config(receipts="hmac").as_dict())
        keys.seal(session, row, "receipt_secret", "lain")
        session.add(row)
        sample = notify.templates()["cases.done"].sample
        strange = notify.send(session, channel="sms", to="081234567890", template="cases.done", data=sample)
        strange.state, strange.reference = "sent", "ref-1"
        strange_id = strange.id
    assert post(client, body_of(status="failed")).status_code == 204
    assert post(client, body_of(reference=str(strange_id), status="failed")).status_code == 204
    assert state(strange_id, other_tenant) == ("sent", False)


def test_a_receipt_faster_than_our_own_commit_counts(client, region, state, app, tenant):
    message = region()
    with app.app_context(), tenant_scope(tenant) as session:
        row = session.scalars(select(Message).where(Message.id == message)).one()
        row.reference = ""
    assert post(client, body_of(reference="ref-9")).status_code == 204
    with app.app_context(), tenant_scope(tenant) as session:
        row = session.scalars(select(Message).where(Message.id == message)).one()
        row.reference = "ref-9"
        receipts.apply_waiting(session, row)
    assert state(message) == ("sent", True)


def test_both_doors_without_form_token_are_named_with_a_reason(app):
    found = {name: why for name, why in exemptions(app).items() if name.startswith("notify.")}
    assert set(found) == {"notify.stop", "notify.receipt"}
    assert all(len(why) > 20 for why in found.values())
