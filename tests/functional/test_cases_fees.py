"""A service that costs something: filed, billed, paid, and on it goes; and what happens when nobody pays."""

import pytest

from balai import billing, cases
from balai.cases import catalogue, fees
from balai.cases.documents import parse
from balai.clock import now
from balai.testing.acting import act_as

DOCUMENT = """
key: izin-lapangan
version: 1
titles: {id: Izin pakai lapangan}
summary: {id: Pakai lapangan kota untuk acara.}
sector: administrasi
topic: izin
legal_basis: Perda 1/2024
fee: {amount: 75000, per: acara}
visibility: private
fields:
  - {key: acara, type: text, label: Acara apa, required: true}
workflow:
  start: menunggu
  states:
    - {key: menunggu, label: Menunggu pembayaran, slot: penerima, waits_for: citizen}
    - {key: dikerjakan, label: Dikerjakan, slot: penerima, sla_days: 2}
    - {key: selesai, label: Selesai, outcome: done}
    - {key: batal, label: Ditarik, outcome: withdrawn}
  transitions:
    - {key: lunas, from: [menunggu], to: dikerjakan, label: Lunas, by: "event:invoice_settled"}
    - {key: tarik, from: [menunggu], to: batal, label: Tarik permohonan, by: citizen}
    - {key: selesaikan, from: [dikerjakan], to: selesai, label: Selesaikan, demands: [answer]}
"""


@pytest.fixture
def filed(session, tenant, office):
    service = parse(DOCUMENT, owner="daerah")
    catalogue.current_version(session, service)
    made = cases.file_case(
        session, cases.service(session, service.id), {"acara": "Bazar RW"},
        reporter=cases.Reporter(name="Siti Aminah", phone="081234567890", sub="warga-1"),
    )  # fmt: skip
    session.commit()
    return made.case


def the_invoice(session, case):
    (found,) = fees.invoices_of(session, case)
    return found


def test_filed_billed_paid_and_moved_on(app, client, session, tenant, filed, jobs_done):
    jobs_done(app, tenant=tenant)
    session.expire_all()
    invoice = the_invoice(session, filed)
    act_as(client, tenant, sub="warga-1")
    page = client.get(f"/lacak/{filed.code}").text
    assert "Rp75.000" in page
    assert f"/tagihan/{invoice.number}?kunci=" in page
    assert (invoice.total, invoice.state, invoice.subject_kind) == (75_000, "open", "case")
    assert invoice.lines[0]["reason"]["dasar"] == "Perda 1/2024"
    assert [i.id for i in billing.of_payer(session, "warga-1")] == [invoice.id]
    assert filed.state == "menunggu"
    pay = {"method": "kasir", "paid_at": now(), "account": "kas"}
    billing.settle(session, invoice.id, 25_000, reference="1", **pay)
    session.commit()
    jobs_done(app, tenant=tenant)
    session.expire_all()
    assert filed.state == "menunggu"
    billing.settle(session, invoice.id, 50_000, reference="2", **pay)
    session.commit()
    jobs_done(app, tenant=tenant)
    session.expire_all()
    assert filed.state == "dikerjakan"
    assert len(fees.invoices_of(session, filed)) == 1


def test_a_payment_that_was_taken_back_at_once_moves_nothing(app, session, tenant, filed, jobs_done):
    jobs_done(app, tenant=tenant)
    session.expire_all()
    payment = billing.settle(
        session, the_invoice(session, filed).id, 75_000, method="bank", reference="1", paid_at=now(), account="bank"
    )
    billing.reverse_payment(session, payment.id, reason="ditolak bank")
    session.commit()
    jobs_done(app, tenant=tenant)
    session.expire_all()
    assert filed.state == "menunggu"


def test_who_withdraws_owes_nothing(app, session, tenant, filed, jobs_done):
    jobs_done(app, tenant=tenant)
    cases.move_case(session, filed.id, "tarik", person=cases.Person("citizen", holds=frozenset({filed.id})))
    session.commit()
    jobs_done(app, tenant=tenant)
    session.expire_all()
    assert the_invoice(session, filed).state == "cancelled"


def test_a_case_is_billed_once(session, filed):
    first = fees.bill(session, filed.id)
    assert fees.bill(session, filed.id) is None
    billing.cancel(session, first.id, reason="salah")
    assert fees.bill(session, filed.id).number != first.number
