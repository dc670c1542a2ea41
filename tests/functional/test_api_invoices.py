"""`/api/v1/invoices`: who reads what, and the acts of the console for systems of the region's own."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from balai import audit, billing
from balai.billing.days import today
from balai.billing.models import Invoice
from balai.clock import now
from balai.testing.bills import some_bill
from balai.testing.identity import bearer_for

PATH = "/api/v1/invoices"


@pytest.fixture
def body(session):
    return {
        "series": "REKLAME", "subject_kind": "luar.reklame", "subject_id": "papan-7",
        "payer": {"name": "CV Sinar", "phone": "0812 3456 7890", "email": "cv@contoh.id"},
        "lines": [
            {"text": "Pajak reklame", "amount": 250_000, "account": "pendapatan", "quantity": "2.5", "unit": "m2",
             "reason": {"dasar": "Perda 4/2024"}},
            {"text": "Keringanan", "amount": -50_000, "account": "potongan", "reason": {"dasar": "SK 7"}},
        ],
        "due_date": (today(session) + timedelta(days=30)).isoformat(),
        "late_fee": {"kind": "percent", "rate": 100, "decree": "Perda 4/2024"},
    }  # fmt: skip


def test_issued_read_credited_paid_and_cancelled(app, tenant, client, session, body):
    boss, cashier = bearer_for(app, tenant, "treasurer"), bearer_for(app, tenant, "cashier")
    key = {"Idempotency-Key": uuid4().hex}
    made = client.post(PATH, json=body, headers={**boss, **key})
    assert (made.status_code, made.json["total"]) == (201, 200_000)
    assert client.post(PATH, json=body, headers={**boss, **key}).json == made.json
    number = made.json["number"]
    assert made.headers["Location"].endswith(f"{PATH}/{number}")
    assert [e.data["number"] for e in audit.entries(session, action="billing.issued")] == [number]
    # The rights are those of the console.
    assert client.post(PATH, json=body, headers=cashier).status_code == 403
    assert client.post(PATH, json=body).status_code == 401
    for act, words in (("cancel", {"reason": "x"}), ("credit", {"reason": "x", "amount": 1})):
        assert client.post(f"{PATH}/{number}/{act}", json=words, headers=cashier).status_code == 403

    seen = client.get(f"{PATH}/{number.lower().replace('-', ' ')}", headers=cashier).json
    assert (seen["status"], seen["rest"], seen["subject_id"]) == ("open", 200_000, "papan-7")
    assert seen["lines"][0] | {"text": ""} == {
        "text": "", "amount": 250_000, "account": "pendapatan", "quantity": "2.5", "unit": "m2", "unit_price": None,
        "reason": {"dasar": "Perda 4/2024"},
    }  # fmt: skip
    assert seen["payer"]["name"] == "CV Sinar"
    assert "3456" not in seen["payer"]["phone"]
    assert "cv@contoh.id" not in seen["payer"]["email"]

    less = client.post(
        f"{PATH}/{number}/credit", json={"reason": "banjir", "amount": 20_000, "decree": "SK 9"}, headers=boss
    )
    assert (less.json["credited"], less.json["rest"]) == (20_000, 180_000)
    too_much = client.post(f"{PATH}/{number}/credit", json={"reason": "x", "amount": 180_001}, headers=boss)
    assert (too_much.status_code, too_much.json["errors"][0]["field"]) == (422, "/amount")
    row = billing.by_number(session, number)
    billing.settle(session, row.id, 80_000, method="kasir", paid_at=now(), reference="1", account="kas")
    session.commit()
    paid = client.get(f"{PATH}/{number}/payments", headers=cashier).json["items"]
    assert [(p["amount"], p["method"], p["taken_back"]) for p in paid] == [(80_000, "kasir", False)]
    gone = client.post(f"{PATH}/{number}/cancel", json={"reason": "papan roboh"}, headers=boss)
    assert (gone.json["status"], gone.json["rest"], [m["kind"] for m in gone.json["history"]]) == (
        "cancelled", 0, ["billed", "credit", "paid", "taken_back", "cancel"],
    )  # fmt: skip
    assert client.post(f"{PATH}/{number}/cancel", json={"reason": "lagi"}, headers=boss).status_code == 409
    assert client.get(f"{PATH}/{number}/payments", headers=cashier).json["items"][0]["amount"] == 0


def test_lists_are_found_by_what_they_are_for_and_end(app, tenant, client, session):
    boss = bearer_for(app, tenant, "treasurer")
    numbers = [some_bill(session, series=s, subject_kind="uji", subject_id=i).number
               for s, i in (("AIR", "a"), ("AIR", "b"), ("SAMPAH", "a"))]  # fmt: skip
    session.commit()

    def listed(**query):
        return [i["number"] for i in client.get(PATH, query_string=query, headers=boss).json["items"]]

    assert listed() == numbers[::-1]
    assert listed(subject_kind="uji", subject_id="a") == [numbers[2], numbers[0]]
    assert listed(series="AIR", state="open") == [numbers[1], numbers[0]]
    assert listed(overdue="true") == listed(state="paid") == []
    page = client.get(PATH, query_string={"limit": 2}, headers=boss)
    assert 'rel="next"' in page.headers["Link"]
    assert listed(limit=2, cursor=page.json["next"]) == [numbers[0]]
    assert client.get(PATH, query_string={"cursor": "x"}, headers=boss).status_code == 422


def test_a_citizen_reads_their_own_and_whoever_holds_the_paper_that_one(
    app, tenant, other_tenant, client, client_of, session
):
    mine = some_bill(session, payer=billing.Payer("Siti Aminah", "081234567890", sub="sub-siti"))
    others = some_bill(session)
    session.commit()
    siti = bearer_for(app, tenant, sub="sub-siti")
    assert [i["number"] for i in client.get(PATH, headers=siti).json["items"]] == [mine.number]
    seen = client.get(f"{PATH}/{mine.number}", headers=siti).json
    assert (seen["payer"]["phone"], seen["subject_id"]) == ("081234567890", "")
    for headers in (siti, {}, {"Link-Secret": "0" * 32}):
        for tail in ("", "/payments"):
            assert client.get(f"{PATH}/{others.number}{tail}", headers=headers).status_code == 404
    secret = {"Link-Secret": billing.link_secret(session, others.id)}
    assert client.get(f"{PATH}/{others.number}", headers=secret).json["number"] == others.number
    assert client.get(f"{PATH}/{mine.number}", headers=secret).status_code == 404
    assert client.get(PATH).status_code == 401
    # Elsewhere there is none of it.
    abroad, boss = client_of(other_tenant), bearer_for(app, other_tenant, "treasurer")
    assert abroad.get(f"{PATH}/{others.number}", headers={**boss, **secret}).status_code == 404
    assert abroad.get(PATH, headers=boss).json["items"] == []
    for act, words in (("cancel", {"reason": "x"}), ("credit", {"reason": "x", "amount": 1})):
        assert abroad.post(f"{PATH}/{others.number}/{act}", json=words, headers=boss).status_code == 404


def test_what_nobody_may_send(app, tenant, client, session, body):
    boss = bearer_for(app, tenant, "treasurer")
    line = body["lines"][0]
    for change, field in (
        ({"subject_kind": "case"}, "/subject_kind"), ({"subject_kind": "water.bill"}, "/subject_kind"),
        ({"unit": str(uuid4())}, "/unit"), ({"tenant_id": 1}, "/tenant_id"), ({"series": "air"}, "/series"),
        ({"due_date": "9999-12-31"}, "/due_date"), ({"due_date": "2001-01-01"}, "/due_date"),
        ({"lines": [line | {"account": "pendapatan.tidakada"}]}, "/lines"), ({"lines": [line | {"account": "kas"}]}, "/lines/0"),
        ({"lines": [line | {"amount": -1}]}, "/lines/0"), ({"lines": [line | {"amount": 2.5}]}, "/lines/0/amount"),
        ({"lines": [line | {"text": "a\x00b"}]}, "/lines/0/text"), ({"payer": {"name": " "}}, "/payer/name"),
        ({"payer": {"name": "A", "phone": "x"}}, "/payer/phone"),
    ):  # fmt: skip
        refused = client.post(PATH, json=body | change, headers=boss)
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, field), change
    assert session.scalars(select(Invoice)).all() == []
