"""Pages of citizen and treasurer: who sees what, and what the acts do."""

import io
from datetime import date, timedelta

import pytest
from pypdf import PdfReader
from test_billing_books import noon
from test_billing_payments import draft, pay

from balai import billing
from balai.billing import InvoiceLine, LateFee, Payer, settings
from balai.billing.days import today
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.pages import post_form

K = "/kelola/keuangan"


@pytest.fixture
def bill(session):
    invoice = billing.issue(session, draft(session, payer=Payer("Siti Aminah", "081234567890", sub="warga-1")))
    settings.set_how_to_pay(session, "Loket Kas Daerah, Senin-Jumat 08.00-14.00")
    session.commit()
    return invoice


# --- citizens ---


def test_a_link_opens_the_bill_once_and_for_this_browser_only(client, client_of, tenant, session, bill):
    path = billing.public_path(session, bill)
    assert client.get(f"/tagihan/{bill.number}").status_code == 404
    moved = client.get(path)
    assert (moved.status_code, moved.location) == (303, f"/tagihan/{bill.number}")
    assert moved.headers["Referrer-Policy"] == "no-referrer"
    page = client.get(moved.location).text
    for words in ("Rp60.000", "Perwal 12/2025", "Loket Kas Daerah"):
        assert words in page
    assert bill.number in client.get("/tagihan").text
    assert client_of(tenant).get(f"/tagihan/{bill.number}").status_code == 404


@pytest.mark.parametrize("secret", ["", "0" * 32, "x"], ids=["none", "wrong", "short"])
def test_a_wrong_secret_looks_like_no_bill(client, bill, secret):
    wrong = client.get(f"/tagihan/{bill.number}?kunci={secret}")
    unknown = client.get(f"/tagihan/AIR-2020-000999?kunci={secret}")
    assert wrong.status_code == unknown.status_code == 404


def test_signed_in_i_see_my_own(client, client_of, tenant, bill):
    act_as(client, tenant, sub="warga-1")
    assert bill.number in client.get("/tagihan").text
    assert client.get(f"/tagihan/{bill.number}").status_code == 200
    other = client_of(tenant)
    act_as(other, tenant, sub="warga-2")
    assert bill.number not in other.get("/tagihan").text
    assert other.get(f"/tagihan/{bill.number}").status_code == 404


def test_arrears_are_explained_line_by_line(client, tenant, session):
    rule = LateFee("percent", 200, decree="Perda 3/2024")
    with noon(date(2026, 1, 1)):
        invoice = billing.issue(
            session, draft(session, payer=Payer("Siti", sub="w"), due_date=date(2026, 1, 20), late_fee_rule=rule)
        )
        pay(session, invoice, 10_000)
    with noon(date(2026, 2, 1)):
        billing.apply_late_fees(session)
        billing.credit(session, invoice.id, 5_000, reason="keluarga tidak mampu", decree="SK 7/2026")
    session.commit()
    act_as(client, tenant, sub="w")
    page = client.get(f"/tagihan/{invoice.number}").text
    for words in (
        "Denda terlambat",
        "Perda 3/2024",
        "Rp1.000",
        "Rp50.000",
        "keluarga tidak mampu",
        "SK 7/2026",
        "Rp46.000",
    ):
        assert words in page, words


def test_no_line_of_a_long_bill_is_torn_apart_by_the_end_of_a_page(client, session):
    lines = [InvoiceLine(f"Kios nomor {n} " + "di Pasar Baru " * (n % 9), 1_000 + n, "pendapatan", reason={"dasar": "Perda 1"})
             for n in range(80)]  # fmt: skip
    long = billing.issue(session, draft(session, lines=lines))
    session.commit()
    client.get(billing.public_path(session, long))
    pages = [
        page.extract_text()
        for page in PdfReader(io.BytesIO(client.get(f"/tagihan/{long.number}/surat.pdf").data)).pages
    ]
    assert len(pages) > 3
    for n in range(80):
        (here,) = (text for text in pages if f"Kios nomor {n} " in text)
        assert f"Rp1.0{n:02d}" in here, n
    for number, text in enumerate(pages, start=1):
        assert f"{long.number}, halaman {number} dari {len(pages)}" in text


def test_the_pdf_says_it_all_and_its_code_leads_back(client, tenant, session, bill):
    import zxingcpp

    act_as(client, tenant, sub="warga-1")
    made = client.get(f"/tagihan/{bill.number}/surat.pdf")
    assert made.content_type == "application/pdf"
    paper = PdfReader(io.BytesIO(made.data)).pages[0]
    words = paper.extract_text()
    for word in (bill.number, "Siti Aminah", "Rp60.000", "Loket Kas Daerah"):
        assert word in words
    read = zxingcpp.read_barcodes(paper.images[0].image.convert("L"))
    assert read[0].text.endswith(billing.public_path(session, bill))
    assert client.get(read[0].text.partition("localhost:8000")[2]).status_code == 303


# --- treasurers ---


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("treasurer", {"", "/pendapatan", "/potongan", "/buku", "/tagihan", "/cicilan", "/ekspor", "/cara-bayar"}),
        ("cashier", {"", "/pendapatan", "/potongan", "/buku", "/tagihan", "/cicilan"}),
        ("officer", set()),
        ("helper", set()),
    ],
)
def test_who_sees_the_money(client, tenant, role, allowed):
    act_as(client, tenant, role)
    for path in ("", "/pendapatan", "/potongan", "/buku", "/tagihan", "/cicilan", "/ekspor", "/cara-bayar"):
        assert client.get(K + path).status_code == (200 if path in allowed else 403), path


def test_a_treasurer_credits_and_cancels(client, tenant, session, bill):
    act_as(client, tenant, "treasurer", name="Bu Bendahara")
    path = f"{K}/tagihan/{bill.number}"
    assert post_form(client, f"{path}/potongan", {"amount": "x", "reason": "y"}).status_code == 422
    assert post_form(client, f"{path}/potongan", {"amount": "10.000", "reason": " "}).status_code == 422
    assert (
        post_form(
            client, f"{path}/potongan", {"amount": "10.000", "reason": "=HYPERLINK", "decree": "SK 1"}
        ).status_code
        == 303
    )
    session.expire_all()
    assert bill.outstanding == 50_000
    shown = client.get(f"{K}/potongan").text
    assert "Bu Bendahara" in shown
    assert "=HYPERLINK" in shown
    assert post_form(client, f"{path}/batal", {"cancel_reason": "salah orang"}).status_code == 303
    assert post_form(client, f"{path}/batal", {"cancel_reason": "lagi"}).status_code == 422
    assert client.post(f"{path}/batal", data={"cancel_reason": "tanpa token"}).status_code == 403


def test_a_cashier_asks_for_parts_and_the_treasurer_answers(client, client_of, tenant, session, bill):
    act_as(client, tenant, "cashier")
    path = f"{K}/tagihan/{bill.number}"
    first = today(session) + timedelta(days=3)
    assert post_form(client, f"{path}/cicilan", {"first": "", "count": "3", "parts_reason": "x"}).status_code == 422
    assert (
        post_form(
            client, f"{path}/cicilan", {"first": first.isoformat(), "count": "1", "parts_reason": "x"}
        ).status_code
        == 422
    )
    assert (
        post_form(
            client, f"{path}/cicilan", {"first": first.isoformat(), "count": "3", "parts_reason": "x"}
        ).status_code
        == 303
    )
    plan = billing.invoices.waiting_plan(session, bill.id)
    assert [p["amount"] for p in plan.parts] == [20_000, 20_000, 20_000]
    assert post_form(client, f"{K}/cicilan/{plan.id}", {"langkah": "setuju"}).status_code == 403
    boss = client_of(tenant)
    act_as(boss, tenant, "treasurer")
    assert post_form(boss, f"{K}/cicilan/{plan.id}", {"langkah": "tolak"}).status_code == 422
    assert post_form(boss, f"{K}/cicilan/{plan.id}", {"langkah": "setuju"}).status_code == 303
    session.expire_all()
    assert bill.next_due_on == first


def test_the_file_for_the_finance_system(client, tenant, session, bill):
    billing.credit(session, bill.id, 1_000, reason="=1+1")
    session.commit()
    act_as(client, tenant, "treasurer")
    layout = {
        "columns": "kode: Kode\ndebit: Debet\nkredit: Kredit\nketerangan: Uraian",
        "codes": "pendapatan: 4.1.02",
        "delimiter": ";",
    }
    for wrong in ({"columns": ""}, {"columns": "salah: X"}, {"columns": "tanpa titik dua"}, {"delimiter": "x"}):
        assert post_form(client, f"{K}/ekspor/kolom", layout | wrong).status_code == 422
    assert post_form(client, f"{K}/ekspor/kolom", layout).status_code == 303
    day = today(session).isoformat()
    made = post_form(client, f"{K}/ekspor", {"dari": day, "sampai": day})
    lines = made.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "Kode;Debet;Kredit;Uraian"
    assert {*lines[1:]} == {"piutang;60000;0;", "4.1.02;0;60000;", "potongan;1000;0;'=1+1", "piutang;0;1000;'=1+1"}
    assert post_form(client, f"{K}/ekspor", {"dari": "2026-05-02", "sampai": "2026-05-01"}).status_code == 422


def test_closing_and_proof(client, tenant, session, bill):
    act_as(client, tenant, "treasurer")
    yesterday = (today(session) - timedelta(days=1)).isoformat()
    assert post_form(client, f"{K}/buku/tutup", {"through": yesterday}).status_code == 422
    assert post_form(client, f"{K}/buku/tutup", {"through": "kemarin", "yakin": "ya"}).status_code == 422
    assert (
        post_form(client, f"{K}/buku/tutup", {"through": today(session).isoformat(), "yakin": "ya"}).status_code == 422
    )
    assert post_form(client, f"{K}/buku/tutup", {"through": yesterday, "yakin": "ya"}).status_code == 303
    assert post_form(client, f"{K}/buku/tutup", {"through": yesterday, "yakin": "ya"}).status_code == 422
    assert "Semua cocok" in post_form(client, f"{K}/buku/periksa").text


def test_another_regions_bill_is_unknown(app, client, tenant, other_tenant):
    with app.app_context(), tenant_scope(other_tenant) as other:
        theirs = billing.issue(other, draft(other, series="RAHASIA"))
        plan = billing.ask_instalments(
            other, theirs.id, [(today(other), 30_000), (today(other) + timedelta(days=9), 30_000)], reason="x"
        )
        link = billing.public_path(other, theirs)
    act_as(client, tenant, "treasurer")
    for path in (f"{K}/tagihan/{theirs.number}", f"/tagihan/{theirs.number}", link):
        assert client.get(path).status_code == 404
    for path in (
        f"{K}/cicilan/{plan.id}",
        f"{K}/tagihan/{theirs.number}/batal",
        f"{K}/tagihan/{theirs.number}/potongan",
    ):
        assert post_form(client, path, {"langkah": "setuju", "cancel_reason": "x"}).status_code in (404, 422)
    assert "RAHASIA" not in client.get(f"{K}/tagihan").text
