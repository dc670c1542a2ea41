"""The treasurer's and the citizen's pages of payments in Debian's Chromium, on a phone and at a desk.

BALAI_SCREENS=<folder> keeps the pictures.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from balai import billing
from balai.billing.bank import services
from balai.billing.bank.models import BankLayout
from balai.billing.bank.statements import Layout
from balai.billing.payments import gateways
from balai.billing.payments.queries import add_finding, begin_run
from balai.clock import now
from balai.db import new_id
from balai.tenancy import Tenant, tenant_scope
from balai.testing.looking import look_at, sign_in
from balai.testing.payments import STICKER
from balai.testing.words import plain

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser
Address = Callable[..., str]


def bill(session, name, amount):
    return billing.issue(session, billing.InvoiceDraft(
        series="AIR", subject_kind="uji", subject_id=name, payer=billing.Payer(name),
        lines=[billing.InvoiceLine("Air November", amount, "pendapatan")], due_date=now().date() + timedelta(days=20),
    ))  # fmt: skip


@pytest.fixture
def furnished(live_app: "Flask", tenant: Tenant):
    """A bank file that was looked at and one that was taken in, money without a place, findings, a QRIS of the region's own."""
    with live_app.app_context(), tenant_scope(tenant) as session:
        one, two = bill(session, "Siti Aminah", 137_500), bill(session, "Joko Susilo", 55_000)
        layout = BankLayout(id=new_id(), label="BPD Kas Daerah", config=Layout(words="Ket").as_dict())
        session.add(layout)
        session.flush()
        day = (now() - timedelta(days=1)).strftime("%d/%m/%Y")
        head = "Tanggal;Ket;Kredit\r\n"
        files = [
            f"{head}{day};SETORAN JOKO SUSILO;55.000\r\n",
            f"{head}{day};{one.number};7.500\r\n{day};X;1,5\r\n{day};Y;9.000\r\n",
        ]
        rows = [
            services.check(session, layout.id, f"mutasi-{n}.csv", text.encode(), member=None)
            for n, text in enumerate(files)
        ]
        services.confirm(session, rows[0].id, without_faulty=False)
        services.take_in(session, rows[0].id)
        payment = billing.receive(session, 90_000, method="snap", paid_at=now(), reference="R1", account="penyedia")
        billing.refund(session, payment.id, 40_000, reason="bayar dua kali")
        for kind in ("missing", "refunded", "unreadable"):
            add_finding(
                session, "snap", kind, order_code="123456789012", reference="R1", theirs=90_000, payment_id=payment.id
            )
        begin_run(session, "snap", now().date())
        gateways.save(session, "qrisdaerah", {"payload": STICKER.dumps(), "switched_on": "ya"})
        return {"file": rows[1].id, "taken": rows[0].id, "payment": services_payment(session), "number": two.number,
                "key": billing.link_secret(session, two.id)}  # fmt: skip


def services_payment(session):
    from sqlalchemy import select

    from balai.billing.bank.models import BankLine

    return session.scalars(select(BankLine.payment_id)).one()


def test_the_treasurers_pages(
    new_context: "Callable[..., BrowserContext]", live_app, live_url: Address, tenant, furnished
) -> None:
    page = new_context(viewport={"width": 1280, "height": 860}).new_page()
    sign_in(page, live_app, tenant, "treasurer")
    base = "/kelola/keuangan"
    for name, path in (
        ("bank", "/bank"), ("bank-berkas", f"/bank/{furnished['file']}"), ("bank-tercatat", f"/bank/{furnished['taken']}"),
        ("bank-susunan", "/bank/susunan/baru"), ("antrean", "/antrean"), ("antrean-satu", f"/antrean/{furnished['payment']}"),
        ("temuan", "/rekonsiliasi"), ("penyedia", "/penyedia"), ("penyedia-halaman", "/penyedia/halaman"),
    ):  # fmt: skip
        look_at(page, name, live_url(tenant, base + path))
    page.goto(live_url(tenant, f"{base}/rekonsiliasi"))
    page.get_by_role("link", name="Dikembalikan penyedia").click()
    look_at(page, "temuan-satu")
    # By hand: the money of the bank's line to the bill that it fits.
    page.goto(live_url(tenant, f"{base}/antrean/{furnished['payment']}"))
    assert "Namanya mirip" in page.locator("main").inner_text()
    page.get_by_role("button", name="Pakai untuk ini").first.click()
    page.wait_for_selector(".flashes")
    assert furnished["number"] in page.locator(".flashes").inner_text()


def test_a_citizen_pays_from_a_phone(
    new_context: "Callable[..., BrowserContext]", live_app, live_url: Address, tenant, furnished
) -> None:
    page = new_context().new_page()
    page.goto(live_url(tenant, f"/tagihan/{furnished['number']}/bayar?kunci={furnished['key']}"))
    assert "kunci" not in page.url
    look_at(page, "bayar-pilih")
    assert plain(page.content())
    page.get_by_role("button", name="Lanjut").click()
    page.wait_for_selector("img[alt^='Kode QRIS']")
    look_at(page, "bayar-qris")
    assert plain(page.content())
    with live_app.app_context(), tenant_scope(tenant) as session:
        invoice = billing.invoices.by_number(session, furnished["number"])
        billing.settle(
            session, invoice.id, invoice.outstanding, method="bank", paid_at=now(), reference="x", account="bank"
        )
    page.wait_for_selector("text=Tagihan ini lunas", timeout=30_000)  # it asked by itself
    look_at(page, "bayar-lunas")
