"""Callbacks over real HTTP paths: only the region's own bank is believed, and whatever it says ends in one defined place."""

import base64
import json
import random
import secrets
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import g
from sqlalchemy import func, select

from balai import billing
from balai.billing.models import Payment
from balai.billing.payments import gateways, orders
from balai.billing.payments.models import (
    PaymentEvent,
    PaymentGateway,
    PaymentOrderRow,
    PaymentTold,
    ReconciliationFinding,
)
from balai.billing.payments.providers import snap_line
from balai.clock import frozen, now
from balai.db import new_id
from balai.errors import Invalid, Unavailable
from balai.jobs import worker
from balai.tenancy import tenant_scope
from balai.testing.payments import CLIENT_SECRET, BankSimulator, key_pair


@pytest.fixture(scope="module")
def running():
    with BankSimulator() as bank:
        yield bank


@pytest.fixture
def bank(running, app, tenant, monkeypatch):
    running.home = tenant.slug
    running.orders.clear()
    running.untold.clear()
    running.asked.clear()
    running.delay, running.broken, running.wrong_qr = 0.0, False, False
    running.forget.clear()
    snap_line._tokens.clear()
    monkeypatch.setitem(
        app.extensions, "balai.settings", _allowing(app.extensions["balai.settings"], running.authority)
    )
    return running


def _allowing(settings, authority):
    from dataclasses import replace

    return replace(settings, outbound_allow=authority)


@pytest.fixture
def region(session, bank):
    gateways.save(session, "snap", bank.settings())
    session.commit()


@pytest.fixture
def bill(session):
    def make(amount=100_000):
        return billing.issue(session, billing.InvoiceDraft(
            series="AIR", subject_kind="uji", subject_id=str(uuid4()), payer=billing.Payer("Siti Aminah"),
            lines=[billing.InvoiceLine("Air November", amount, "pendapatan")], due_date=now().date() + timedelta(days=20),
        ))  # fmt: skip

    return make


@pytest.fixture
def post(client):
    def send(told, **changes):
        headers = {**told.headers, **changes}
        return client.post(told.path, data=told.body, headers=headers).status_code

    return send


@pytest.fixture
def booked(app, tenant):
    """Let the worker book what was told."""
    return lambda: worker.drain(app, tenant=tenant)


def known(session, invoice, bank, method="va"):
    row = PaymentOrderRow(
        id=new_id(), code=f"{secrets.randbelow(10**12):012d}", provider="snap", method=method, invoice_id=invoice.id,
        rupiah=invoice.outstanding, until=now() + timedelta(days=1),
    )  # fmt: skip
    session.add(row)
    session.commit()
    bank.know(row.code, row.rupiah, method)
    return row


def counted(session, model):
    session.expire_all()
    return session.scalar(select(func.count()).select_from(model))


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize("method", ["va", "qris"])
def test_an_order_is_made_paid_and_told(session, bank, bill, post, method, booked):
    invoice = bill()
    session.commit()
    order = orders.order(session, invoice, f"snap.{method}")
    assert order.number == (f"98765{order.code}" if method == "va" else "")
    assert bool(order.qr) == (method == "qris")
    assert orders.order(session, invoice, f"snap.{method}").id == order.id  # the open one again
    bank.pay(order.code)
    assert bank.deliver(post, repeat=3) == [200, 200, 200]
    booked()
    session.refresh(invoice)
    assert invoice.state == "paid"
    assert counted(session, Payment) == 1
    assert orders.ways(session, invoice) == []


@pytest.mark.usefixtures("region")
def test_a_qr_alone_pays_nothing(session, bank, bill):
    invoice = bill()
    session.commit()
    orders.order(session, invoice, "snap.qris")
    session.refresh(invoice)
    assert (invoice.state, invoice.outstanding) == ("open", 100_000)
    assert counted(session, Payment) == 0


@pytest.mark.usefixtures("region")
def test_a_qr_over_another_amount_is_shown_to_nobody(session, bank, bill):
    bank.wrong_qr = True
    invoice = bill()
    session.commit()
    with pytest.raises(Unavailable):
        orders.order(session, invoice, "snap.qris")
    assert orders.open_orders(session, invoice) == []


@pytest.mark.usefixtures("region")
def test_a_bank_that_is_down_costs_nothing_and_its_money_is_known(session, bank, bill, post, booked):
    bank.broken = True
    invoice = bill()
    session.commit()
    with pytest.raises(Unavailable):
        orders.order(session, invoice, "snap.va")
    row = session.scalars(select(PaymentOrderRow)).one()
    bank.broken = False
    bank.know(row.code, row.rupiah)  # it had made the number all the same
    bank.pay(row.code)
    assert bank.deliver(post) == [200]
    booked()
    session.refresh(invoice)
    assert invoice.state == "paid"


@pytest.mark.usefixtures("region")
def test_shuffled_repeated_and_dropped_callbacks_pay_each_invoice_once(session, bank, bill, post, booked):
    dice = random.Random(7)  # noqa: S311 - the same order in each run
    invoices = [bill(10_000 * (n + 1)) for n in range(12)]
    rows = [known(session, invoice, bank, dice.choice(["va", "qris"])) for invoice in invoices]
    told = [bank.pay(row.code) for row in rows]
    bank.deliver(post, repeat=3, shuffle=dice, drop=0.3)
    booked()
    for lost in told:
        assert post(lost) == 200
    booked()
    for invoice in invoices:
        session.refresh(invoice)
        assert invoice.state == "paid"
    assert counted(session, Payment) == 12


# --- who isn't the region's bank ---


@pytest.fixture
def told(session, bank, bill, region):
    row = known(session, bill(), bank)
    return bank.pay(row.code)


def nothing_happened(session):
    return all(counted(session, model) == 0 for model in (Payment, PaymentEvent, PaymentTold))


def swapped(told, **parts):
    from dataclasses import replace

    return replace(told, **parts)


def test_without_or_with_another_signature(session, told, post):
    assert post(told, **{"X-SIGNATURE": ""}) == 401
    assert post(told, **{"X-SIGNATURE": "x" * 5000}) == 401
    assert post(told, **{"X-SIGNATURE": base64.b64encode(b"\x00" * 256).decode()}) == 401
    assert post(swapped(told, body=told.body + b" ")) == 401
    assert post(swapped(told, body=told.body.replace(b"100000.00", b"900000.00"))) == 401
    assert post(swapped(told, path=told.path.replace("payment", "status"))) == 401
    assert nothing_happened(session)


def test_signed_by_somebody_else(session, told, post, bank):
    assert post(bank.signed("/v1.0/transfer-va/payment", told.body, key="other")) == 401
    assert nothing_happened(session)


def test_two_signatures_are_none(session, told, client):
    headers = [*told.headers.items(), ("X-SIGNATURE", "AAAA")]
    assert client.post(told.path, data=told.body, headers=headers).status_code == 401
    assert nothing_happened(session)


@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24 * 400])
def test_old_and_future_ones_are_refused(session, told, post, bank, minutes):
    stale = bank.signed("/v1.0/transfer-va/payment", told.body, at=now() + timedelta(minutes=minutes))
    assert post(stale) == 401
    assert nothing_happened(session)


@pytest.mark.parametrize("stamp", ["", "x", "0001-01-01T00:00:00+14:00", "2026-11-24T10:00:00", "9" * 200, "٢٠٢٦"])
def test_odd_times(session, told, client, stamp):
    headers = {**told.headers, "X-TIMESTAMP": stamp.encode().decode("latin-1")}
    assert client.post(told.path, data=told.body, headers=headers).status_code == 401


def test_replayed_within_the_window_it_is_the_first_one_again(session, told, post, booked):
    assert [post(told), post(told)] == [200, 200]
    booked()
    assert post(told) == 200
    booked()
    assert counted(session, Payment) == counted(session, PaymentEvent) == 1


def test_our_clock_gone_back_refuses_and_the_banks_repeat_is_taken_later(session, told, post, bank, booked):
    with frozen(now() - timedelta(hours=1)):
        assert post(told) == 401
    assert post(told) == 200
    booked()
    assert counted(session, Payment) == 1


def test_the_bank_of_another_region_is_nobody_here(session, told, app, other_tenant, client_of, bank):
    with app.app_context(), tenant_scope(other_tenant) as foreign:
        g.tenant = other_tenant
        gateways.save(foreign, "snap", bank.settings(provider_key=key_pair("other")[1]))
    abroad = client_of(other_tenant)
    assert abroad.post(told.path, data=told.body, headers=told.headers).status_code == 401
    # Signed by the bank that it has in common with us, for our address: not believed there.
    with app.app_context(), tenant_scope(other_tenant) as foreign:
        g.tenant = other_tenant
        gateways.save(foreign, "snap", bank.settings(private_key="", client_secret=""))
    assert abroad.post(told.path, data=told.body, headers=told.headers).status_code == 401
    with app.app_context(), tenant_scope(other_tenant) as foreign:
        g.tenant = other_tenant
        gateways.save(
            foreign, "snap", bank.settings(provider_key=key_pair("other")[1], private_key="", client_secret="")
        )
    # And with its own bank's signature it still reaches only its own region.
    bank.home = other_tenant.slug
    theirs = bank.signed("/v1.0/transfer-va/payment", told.body, key="other")
    assert abroad.post(theirs.path, data=theirs.body, headers=theirs.headers).status_code == 200
    worker.drain(app, tenant=other_tenant)
    assert nothing_happened(session)
    with app.app_context(), tenant_scope(other_tenant) as foreign:
        assert foreign.scalars(select(Payment.unmatched)).all() == [100_000]


def test_where_nothing_is_set_up_it_looks_the_same(app, told, other_tenant, client_of, client):
    refused = client.post(told.path, data=told.body, headers={**told.headers, "X-SIGNATURE": ""})
    elsewhere = client_of(other_tenant).post(told.path, data=told.body, headers=told.headers)
    assert (elsewhere.status_code, elsewhere.data) == (refused.status_code, refused.data)
    unknown = client.post("/kait/billing/lain", data=told.body, headers=told.headers)
    assert unknown.status_code == 401


def test_huge_bodies_are_not_read(told, client):
    assert client.post(told.path, data=b"x" * 40_000, headers=told.headers).status_code == 413


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"null", b'"x"', b"\xff\xfe", b"[" * 20_000, b'{"trxId":"\\u0000","paymentRequestId":"1"}',
     b'{"trxId":{}}',
     '{"trxId":"１２","paymentRequestId":"✓"}'.encode(), b'{"trxId":"123456789012"}'],
)  # fmt: skip
def test_proven_and_unreadable_is_kept_and_told_once(session, told, post, bank, body):
    odd = bank.signed("/v1.0/transfer-va/payment", body)
    assert [post(odd), post(odd)] == [400, 400]
    assert counted(session, Payment) == 0
    assert session.scalars(select(PaymentEvent.verdict)).all() == ["unreadable"]
    assert session.scalars(select(ReconciliationFinding.kind)).all() == ["unreadable"]


@pytest.mark.parametrize("amount", ["100000.50", "-1.00", "1e9", "١٠٠.00", "99999999999999999.00", ""])
def test_amounts_that_are_no_whole_rupiah(session, told, post, bank, amount, booked):
    code = session.scalars(select(PaymentOrderRow.code)).one()
    assert post(bank.callback(code, amount, "R9")) == 200
    booked()
    assert counted(session, Payment) == 0
    assert session.scalars(select(PaymentEvent.verdict)).all() == ["refused"]


def test_a_number_that_isnt_its_orders_is_unreadable(session, told, post, bank):
    code = session.scalars(select(PaymentOrderRow.code)).one()
    odd = bank.callback(code, 100_000, "R9")
    odd = bank.signed("/v1.0/transfer-va/payment", odd.body.replace(f"98765{code}".encode(), b"98765000000000000"))
    assert post(odd) == 400


def test_what_is_told_about_another_merchant_is_none_of_ours(session, told, post, bank):
    """A bank has one key for all its merchants: what names somebody else is kept to be looked at, and pays nothing."""
    code = session.scalars(select(PaymentOrderRow.code)).one()
    bank.orders[code].method = "qris"
    words = json.loads(bank.callback(code, 100_000, "R9").body)
    for n, more in enumerate(({"merchantId": "MID-2"}, {"additionalInfo": {"merchantId": "MID-2"}})):
        odd = json.dumps(words | more | {"n": n}).encode()
        assert post(bank.signed("/v1.0/qr/qr-mpm-notify", odd)) == 400
    va = json.loads(told.body) | {"partnerServiceId": "   11111"}
    assert post(bank.signed("/v1.0/transfer-va/payment", json.dumps(va).encode())) == 400
    assert counted(session, Payment) == 0
    good = json.dumps(words | {"merchantId": "MID-1"}).encode()
    assert post(bank.signed("/v1.0/qr/qr-mpm-notify", good)) == 200


def test_other_news_is_taken_and_changes_nothing(session, told, post, bank):
    assert post(bank.signed("/v1.0/something/new", b"{}")) == 200
    assert nothing_happened(session)


# --- secrets ---


def test_secrets_go_in_and_never_come_out(session, bank, region, database):
    import psycopg

    from balai.audit import entries

    shown = gateways.shown(session, "snap")
    assert shown.kept == {"client_secret", "private_key"}
    assert shown.is_complete
    assert CLIENT_SECRET not in repr(shown)
    assert CLIENT_SECRET not in repr(gateways.account(session, shown.provider))
    with psycopg.connect(database.owner_url) as owner:
        everything = owner.execute("SELECT g::text FROM payment_gateway g").fetchall()
    assert CLIENT_SECRET not in repr(everything)
    assert "PRIVATE KEY" not in repr(everything)
    assert all(CLIENT_SECRET not in repr(e.data) for e in entries(session))
    gateways.save(session, "snap", {**bank.settings(client_secret="", private_key=""), "switched_on": ""})
    assert gateways.shown(session, "snap").kept == {"client_secret", "private_key"}
    gateways.save(
        session,
        "snap",
        {**bank.settings(client_secret="", private_key="", switched_on=""), "client_secret_clear": "ya"},
    )
    assert gateways.shown(session, "snap").kept == {"private_key"}


@pytest.mark.parametrize(
    "changes",
    [{"url": "http://10.0.0.1/x"}, {"url": "ftp://x"}, {"client_secret": "", "switched_on": "ya"}, {"private_key": "x"},
     {"provider_key": "-----BEGIN PUBLIC KEY-----\nxx"}, {"channel_id": "12a"}, {"client_id": "a\x00b"},
     {"partner_id": "x" * 300}],
)  # fmt: skip
def test_what_cannot_work_is_said_when_it_is_typed_in(session, bank, changes):
    with pytest.raises(Invalid):
        gateways.save(session, "snap", bank.settings(**changes))
    assert counted(session, PaymentGateway) == 0
