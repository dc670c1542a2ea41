"""What holds for every provider that calls back, whatever it signs and how: the same suite for a bank that speaks SNAP and for a
company with a page of its own, which signs three fields inside the body.
"""

import json
import secrets
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from balai import billing
from balai.audit import entries
from balai.billing.models import Payment
from balai.billing.payments import gateways, orders, reconciling
from balai.billing.payments.models import PaymentEvent, PaymentOrderRow, PaymentTold, ReconciliationFinding
from balai.billing.payments.providers import hosted, snap_line
from balai.clock import frozen, now
from balai.contracts import PaymentAccount, PaymentCall, PaymentFault
from balai.db import new_id
from balai.errors import Invalid, Unavailable
from balai.jobs import worker
from balai.testing.bills import some_bill
from balai.testing.hosted_pages import SERVER_KEY, PageSimulator
from balai.testing.payments import CLIENT_SECRET, BankSimulator

KINDS = {"snap": (BankSimulator, "va", CLIENT_SECRET), "halaman": (PageSimulator, "link", SERVER_KEY)}


@pytest.fixture(scope="module")
def running():
    with ExitStack() as stack:
        yield {key: stack.enter_context(kind()) for key, (kind, _method, _secret) in KINDS.items()}


@pytest.fixture(params=sorted(KINDS))
def key(request):
    return request.param


@pytest.fixture
def company(running, key, app, tenant, session, monkeypatch):
    """The provider, as this region has switched it on."""
    found = running[key]
    found.home, found.broken = tenant.slug, False
    for past in (found.orders, found.untold, found.asked):
        past.clear()
    snap_line._tokens.clear()
    allowing = replace(app.extensions["balai.settings"], outbound_allow=found.authority)
    monkeypatch.setitem(app.extensions, "balai.settings", allowing)
    gateways.save(session, key, found.settings())
    session.commit()
    return found


@pytest.fixture
def post(client):
    return lambda told, **more: client.post(told.path, data=told.body, headers=told.headers | more).status_code


@pytest.fixture
def booked(app, tenant):
    return lambda: worker.drain(app, tenant=tenant)


def ordered(session, key, company, amount=100_000):
    """A bill and an order of it that the provider knows."""
    invoice = some_bill(session, amount)
    code = f"{secrets.randbelow(10**12):012d}"
    method = KINDS[key][1]
    session.add(PaymentOrderRow(id=new_id(), code=code, provider=key, method=method, invoice_id=invoice.id, rupiah=amount,
                                until=now() + timedelta(days=1)))  # fmt: skip
    session.commit()
    company.know(code, amount, method)
    return invoice, code


def counted(session, model):
    session.expire_all()
    return session.scalar(select(func.count()).select_from(model))


def findings(session):
    return sorted(session.scalars(select(ReconciliationFinding.kind)))


def test_ordered_paid_told_and_told_again(session, key, company, post, booked):
    invoice = some_bill(session, 100_000)
    session.commit()
    order = orders.order(session, invoice, f"{key}.{KINDS[key][1]}")
    assert order.number or order.url == f"https://bayar.contoh.id/v/{order.code}"
    assert orders.order(session, invoice, f"{key}.{KINDS[key][1]}").id == order.id  # the open one again
    told = company.pay(order.code)
    assert company.deliver(post, repeat=3) == [200, 200, 200]
    booked()
    session.refresh(invoice)
    assert (invoice.state, counted(session, Payment)) == ("paid", 1)
    assert post(told) == 200
    booked()
    assert counted(session, Payment) == 1
    assert findings(session) == []


def test_who_does_not_know_the_key_is_nobody(session, key, company, post, client):
    _invoice, code = ordered(session, key, company)
    told = company.pay(code)
    odd = [
        replace(told, body=told.body.replace(b"100000.00", b"900000.00")),
        replace(told, body=told.body.replace(code.encode(), b"123456789012")),
        replace(told, body=b""), replace(told, body=b"{}"), replace(told, body=b"\xff" * 40),
        replace(told, path=told.path.replace(f"/{company.home}", "/lain")),
        replace(told, path=told.path.replace(f"/{company.home}", "")),
    ]  # fmt: skip
    assert [post(other) for other in odd] == [401] * len(odd)
    assert client.post(told.path, data=b"x" * 40_000, headers=told.headers).status_code == 413
    assert all(counted(session, model) == 0 for model in (Payment, PaymentEvent, PaymentTold))


def test_wrong_sums_second_payments_and_late_ones_have_a_place(session, key, company, post, booked):
    (short, a), (twice, b), (dead, c) = (ordered(session, key, company) for _n in range(3))
    company.pay(a, 60_000)
    company.pay(b)
    billing.cancel(session, dead.id, reason="uji")
    session.commit()
    company.pay(c)
    company.deliver(post)
    booked()
    company.pay(b)
    company.deliver(post)
    booked()
    session.expire_all()
    assert (short.outstanding, twice.state, dead.state) == (40_000, "paid", "cancelled")
    places = sorted((p.applied, p.held, p.unmatched) for p in session.scalars(select(Payment)))
    assert places == [(0, 0, 100_000), (0, 100_000, 0), (60_000, 0, 0), (100_000, 0, 0)]
    assert set(findings(session)) == {"amount", "double", "unknown"}


def night(session):
    """The comparison of the night that follows."""
    with frozen(now() + timedelta(days=1)):
        (run,) = reconciling.begin(session)
        while reconciling.step(session, run.id):
            session.commit()
        session.commit()
    session.expire_all()


def test_a_callback_that_never_came_is_found_at_night(session, key, company):
    invoice, code = ordered(session, key, company)
    company.pay(code, silent=True)
    night(session)
    assert (invoice.state, findings(session)) == ("paid", ["missing"])


def test_a_payment_that_the_provider_does_not_know_is_found_at_night(session, key, company, post, booked):
    invoice, code = ordered(session, key, company)
    company.pay(code)
    company.deliver(post)
    booked()
    company.orders[code].payments.clear()
    night(session)
    assert (invoice.state, findings(session)) == ("paid", ["not_there"])


def test_a_payment_that_the_provider_takes_back_is_told_to_a_person(session, key, company, post, booked):
    invoice, code = ordered(session, key, company)
    company.pay(code)
    company.deliver(post)
    booked()
    company.orders[code].refunded = True
    night(session)
    assert invoice.state == "paid"  # only a person undoes it
    assert findings(session) == ["refunded"]


def test_secrets_go_in_and_never_come_out(session, key, company):
    secret = KINDS[key][2]
    shown = gateways.shown(session, key)
    assert shown.is_complete
    assert secret not in repr((shown, gateways.account(session, shown.provider)))
    assert all(secret not in repr(e.data) for e in entries(session))
    name = "client_secret" if key == "snap" else "server_key"
    with pytest.raises(Invalid):
        gateways.save(session, key, company.settings(**{name: "", f"{name}_clear": "ya"}))


# --- what only the company with a page of its own can get wrong ---


@pytest.fixture
def page(running, app, tenant, session, monkeypatch):
    found = running["halaman"]
    found.home, found.broken = tenant.slug, False
    found.orders.clear()
    found.asked.clear()
    allowing = replace(app.extensions["balai.settings"], outbound_allow=found.authority)
    monkeypatch.setitem(app.extensions, "balai.settings", allowing)
    gateways.save(session, "halaman", found.settings())
    session.commit()
    return found


def test_a_callback_only_wakes_what_counts_is_the_answer(session, page, post, booked):
    """`transaction_status` isn't signed and an old callback stays valid: neither pays anything."""
    invoice, code = ordered(session, "halaman", page)
    lie = page.callback(code, 100_000, "T1", status="settlement")
    assert post(lie) == 200
    booked()
    session.refresh(invoice)
    assert (invoice.state, counted(session, Payment)) == ("open", 0)
    assert [path for path in page.asked if code in path] == [f"/v2/{code}/status"]
    page.pay(code, 70_000, silent=True)
    assert post(lie) == 200  # the very same bytes, and true by now
    booked()
    session.refresh(invoice)
    assert invoice.outstanding == 30_000
    assert invoice.applied == 70_000


def test_asked_while_the_company_is_down_it_is_asked_again(session, page, post):
    invoice, code = ordered(session, "halaman", page)
    page.broken = True
    assert post(page.pay(code)) == 200
    with pytest.raises(ConnectionError):  # and the queue tries again
        reconciling.ask_about(session, "halaman", code)
    page.broken = False
    reconciling.ask_about(session, "halaman", code)
    reconciling.ask_about(session, "halaman", "999999999999")  # somebody else's: nothing
    session.commit()
    session.expire_all()
    assert (invoice.state, findings(session)) == ("paid", [])


def test_what_was_signed_and_what_a_reader_of_json_sees_must_be_the_same(session, page, post):
    _invoice, code = ordered(session, "halaman", page)
    good = page.callback(code, 100_000, "T1").body
    for trick in (
        b'{"x":' + good + b"}",
        good[:-1] + b',"order\\u005fid":"999999999999"}',
        good[:-1] + b',"gross\\u005famount":"1.00"}',
        b"[" + good + b"]",
        good + b"}",
        good.replace(b'"status_code": "200"', b'"more": {"status_code": "200"}'),
    ):
        assert post(page.signed("", trick)) == 400, trick
    for refused in (
        good[:-1] + b',"order_id":"999999999999"}',
        good.replace(b'"order_id": "', b'"order_id": "0'),
        good.replace(b'"gross_amount": "100000.00"', b'"gross_amount": 100000.00'),
    ):
        assert post(page.signed("", refused)) == 401, refused
    assert counted(session, Payment) == 0


def account_saying(told, status=200):
    class Reply:
        body = json.dumps(told).encode()

    Reply.status = status
    return PaymentAccount({"url": "https://a.contoh", "server_key": SERVER_KEY}, now(), lambda *_a: Reply)


@pytest.mark.parametrize(
    ("change", "expected"),
    [({}, ("paid", 100_000)), ({"fraud_status": "challenge"}, ("pending", 100_000)), ({"currency": "USD"}, ("paid", None)),
     ({"transaction_status": "expire"}, ("expired", 100_000)), ({"transaction_status": "chargeback"}, ("refunded", 100_000)),
     ({"status_code": "404"}, None), ({"transaction_status": "aneh"}, PaymentFault), ({"signature_key": "0" * 128}, PaymentFault),
     ({"gross_amount": "1.00"}, PaymentFault), ({"signature_key": None}, PaymentFault)],
)  # fmt: skip
def test_answers(change, expected):
    told = PageSimulator().words("123456789012", "100000.00", "T1", "settlement", now()) | change
    account = account_saying(told)
    if expected is PaymentFault:
        with pytest.raises(PaymentFault):
            hosted.ask(account, "123456789012", "", "link")
    else:
        notice = hosted.ask(account, "123456789012", "", "link")
        assert (notice and (notice.state, notice.rupiah)) == expected


def test_without_a_key_nothing_is_proven():
    body = json.dumps(PageSimulator().words("123456789012", "100000.00", "T1", "settlement", now(), key="")).encode()
    account = PaymentAccount({"server_key": ""}, now(), lambda *_a: None)
    assert not hosted.verify(account, PaymentCall("POST", "/x", {}, body))


@pytest.mark.parametrize(
    "address",
    ["http://bayar.contoh.id/v/%s", "javascript:alert(1)//%s", "https://", "https://contoh.id@jahat.id/%s",
     "//bayar.contoh.id/%s",
     "https://bayar.contoh.id/\n%s", "https://lokal/%s", "https://bayar.contoh.id/" + "x" * 500 + "%s", "https://bay\\ar.id/%s",
     "https://[::1/%s"],
)  # fmt: skip
def test_no_odd_address(address):
    assert not orders._is_web_address(address.replace("%s", "123456789012"))


def test_nobody_is_sent_to_an_odd_address(session, page, monkeypatch):
    monkeypatch.setattr(page, "page", "http://bayar.contoh.id/%s")
    invoice = some_bill(session, 50_000)
    session.commit()
    with pytest.raises(Unavailable):
        orders.order(session, invoice, "halaman.link")
    assert orders.open_orders(session, invoice) == []
