"""Pages of paying and of the treasurer: what each shows, who is kept out, and QR pictures read by an independent reader."""

import io
import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pypdf
import pytest
import qriskit
import zxingcpp
from PIL import Image
from sqlalchemy import select

from balai import audit, billing
from balai.billing.bank.models import BankImport, BankLayout
from balai.billing.cashier import services as cashier
from balai.billing.cashier.models import CashDrawer
from balai.billing.models import Payment, Refund
from balai.billing.payments import gateways, orders
from balai.billing.payments.models import PaymentOrderRow, ReconciliationFinding
from balai.billing.payments.providers import own_qris
from balai.billing.payments.taking import take
from balai.clock import frozen, now
from balai.contracts import PaymentFault, PaymentNotice
from balai.jobs.worker import drain
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.payments import STICKER
from balai.testing.words import plain

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "data" / "qris_vectors.json"
OWN = [{"name": "static", "payload": STICKER.dumps(), "valid": True},
       {"name": "broken", "payload": STICKER.dumps()[:-1] + ("0" if STICKER.dumps()[-1] != "0" else "1"), "valid": False},
       {"name": "short", "payload": STICKER.dumps()[:60], "valid": False}]  # fmt: skip


@pytest.fixture
def bill(session):
    def make(amount=137_500, name="Siti Aminah"):
        made = billing.issue(session, billing.InvoiceDraft(
            series="AIR", subject_kind="uji", subject_id=str(uuid4()), payer=billing.Payer(name),
            lines=[billing.InvoiceLine("Air November", amount, "pendapatan")], due_date=now().date() + timedelta(days=20),
        ))  # fmt: skip
        session.commit()
        return made

    return make


@pytest.fixture
def own_qr(session):
    gateways.save(session, "qrisdaerah", {"payload": STICKER.dumps(), "switched_on": "ya"})
    session.commit()


def link(session, invoice):
    return f"/tagihan/{invoice.number}/bayar?kunci={billing.link_secret(session, invoice.id)}"


def read_back(png):
    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))]


# --- the citizen ---


@pytest.mark.usefixtures("own_qr")
def test_a_citizen_chooses_scans_and_sees_when_it_is_paid(session, client, bill):
    invoice = bill()
    moved = client.get(link(session, invoice))
    assert moved.status_code == 303
    assert "kunci" not in moved.headers["Location"]
    page = client.get(f"/tagihan/{invoice.number}/bayar")
    assert page.status_code == 200
    assert plain(page.text)
    sent = post_form(client, f"/tagihan/{invoice.number}/bayar", {"cara": "qrisdaerah.qris"})
    order = client.get(sent.headers["Location"])
    assert plain(order.text)
    assert "Rp137.500" in order.text
    assert "PEMDA UJI" in order.text
    picture = client.get(sent.headers["Location"] + "/qr.png")
    (text,) = read_back(picture.data)
    scanned = qriskit.parse(text, strict=True)
    row = session.scalars(select(PaymentOrderRow)).one()
    assert (scanned.amount, scanned.get("62.05"), scanned.point_of_initiation) == (137_500, row.code, "dynamic")
    assert client.get(sent.headers["Location"] + "/keadaan").status_code == 204
    # Neither looking nor scanning paid anything.
    session.refresh(invoice)
    assert invoice.state == "open"
    billing.settle(session, invoice.id, 137_500, method="bank", paid_at=now(), reference="x", account="bank")
    session.commit()
    assert client.get(sent.headers["Location"] + "/keadaan").headers["HX-Refresh"] == "true"
    done = client.get(sent.headers["Location"])
    assert "lunas" in done.text
    assert client.get(sent.headers["Location"] + "/qr.png").status_code == 404
    assert "lunas" in client.get(f"/tagihan/{invoice.number}/bayar").text


@pytest.mark.usefixtures("own_qr")
def test_an_old_a_changed_and_a_cancelled_one_say_so(session, client, bill):
    invoice = bill()
    client.get(link(session, invoice))
    where = post_form(client, f"/tagihan/{invoice.number}/bayar", {"cara": "qrisdaerah.qris"}).headers["Location"]
    with frozen(now() + timedelta(minutes=40)):
        assert "sudah habis" in client.get(where).text
        assert client.get(where + "/qr.png").status_code == 404
    billing.settle(session, invoice.id, 37_500, method="bank", paid_at=now(), reference="x", account="bank")
    session.commit()
    assert "sudah berubah" in client.get(where).text
    billing.reverse_payment(session, session.scalars(select(Payment.id)).one(), reason="x")
    billing.cancel(session, invoice.id, reason="salah")
    session.commit()
    assert "dibatalkan" in client.get(where).text


def test_without_the_link_there_is_nothing(session, client, client_of, other_tenant, bill):
    invoice = bill()
    assert client.get(f"/tagihan/{invoice.number}/bayar").status_code == 404
    client.get(f"/tagihan/{invoice.number}/bayar?kunci=AAAAAAAAAAAAAAAA")
    assert client.get(f"/tagihan/{invoice.number}/bayar").status_code == 404
    abroad = client_of(other_tenant)
    abroad.get(link(session, invoice))
    assert abroad.get(f"/tagihan/{invoice.number}/bayar").status_code == 404
    for odd in ("x", "AIR-2026-1", "AIR-2026-000001%00", "../x"):
        assert client.get(f"/tagihan/{odd}/bayar").status_code == 404


def test_without_providers_it_says_how_to_pay_at_the_counter(session, client, bill):
    invoice = bill()
    client.get(link(session, invoice))
    text = client.get(f"/tagihan/{invoice.number}/bayar").text
    assert "loket" in text
    assert invoice.number in text
    assert post_form(client, f"/tagihan/{invoice.number}/bayar", {"cara": "snap.va"}).status_code == 422


# --- QRIS ---


def vectors():
    shared = json.loads(VECTORS.read_text())["vectors"] if VECTORS.is_file() else []
    return [pytest.param(v, id=v["name"]) for v in shared] + [pytest.param(v, id=f"own-{v['name']}") for v in OWN]


@pytest.mark.parametrize("vector", vectors())
def test_vectors_of_stickers(vector):
    if not vector["valid"]:
        with pytest.raises(PaymentFault):
            own_qris.read_sticker({"payload": vector["payload"]})
        return
    sticker = own_qris.read_sticker({"payload": f"  {vector['payload']}\n"})
    text = sticker.to_dynamic(25_000, reference="123456789012").dumps()
    assert own_qris.check(text, 25_000) == text
    assert read_back(orders.picture(text)) == [text]
    with pytest.raises(PaymentFault):
        own_qris.check(text, 25_001)


@pytest.mark.parametrize(
    "vector", [v for v in vectors() if v.values[0].get("tip") or v.values[0].get("amount")] or [None]
)
def test_codes_with_a_fee_on_top_are_refused(vector):
    if vector is None:
        pytest.skip("the folder of shared samples is not beside this checkout")
    amount = int(vector["amount"])
    if vector.get("tip"):
        with pytest.raises(PaymentFault):
            own_qris.check(vector["payload"], amount)
    else:
        assert own_qris.check(vector["payload"], amount) == vector["payload"]


# --- the treasurer ---

PAGES = ["/kelola/keuangan/bank", "/kelola/keuangan/antrean", "/kelola/keuangan/rekonsiliasi", "/kelola/keuangan/penyedia",
         "/kelola/keuangan/penyedia/snap", "/kelola/keuangan/bank/susunan/baru"]  # fmt: skip


@pytest.mark.parametrize("path", [*PAGES, "/kelola/kasir", "/kelola/kasir/laci", "/kelola/kasir/pembatalan"])
def test_whoever_may_not_is_kept_out(client, tenant, path):
    act_as(client, tenant, "officer")
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_a_cashier_is_no_treasurer(client, tenant, path):
    act_as(client, tenant, "cashier")
    assert client.get(path).status_code == 403


@pytest.fixture
def treasurer(client, tenant):
    act_as(client, tenant, "treasurer")
    return client


def test_a_file_from_upload_to_undoing(app, session, tenant, treasurer, bill):
    invoice = bill(100_000)
    made = post_form(treasurer, "/kelola/keuangan/bank/susunan/baru", {
        "label": "BPD", "kind": "csv", "day": "Tanggal", "credit": "Kredit", "words": "Ket", "decimal": "",
    })  # fmt: skip
    assert made.status_code == 303
    layout = session.scalars(select(BankLayout)).one()
    day = (now() - timedelta(days=1)).strftime("%d/%m/%Y")
    data = f"Tanggal;Ket;Kredit\r\n{day};=cmd {invoice.number};100.000,00\r\n{day};SETORAN JOKO;55.000\r\n".encode()
    sent = post_form(
        treasurer, "/kelola/keuangan/bank", {"susunan": str(layout.id), "berkas": (io.BytesIO(data), "mutasi.csv")}
    )
    page = treasurer.get(sent.headers["Location"])
    assert "Belum ada yang dicatat" in page.text
    assert "Tagihannya disebut" in page.text
    assert post_form(treasurer, sent.headers["Location"], {}).status_code == 303
    drain(app, tenant=tenant)
    assert "Tercatat seluruhnya" in treasurer.get(sent.headers["Location"]).text
    # The file went in by a job; who said so is on record all the same.
    (said,), (done,) = (audit.entries(session, action=f"billing.statement_{act}") for act in ("confirmed", "imported"))
    assert said.actor_kind == "staff"
    member = session.scalars(select(BankImport.by_member)).one()
    assert done.data["confirmed_by"] == str(member)
    session.commit()
    again = post_form(
        treasurer, "/kelola/keuangan/bank", {"susunan": str(layout.id), "berkas": (io.BytesIO(data), "lagi.csv")}
    )
    assert again.status_code == 422
    assert "sudah pernah" in again.text
    assert post_form(treasurer, sent.headers["Location"], {"langkah": "batal", "reason": ""}).status_code == 422
    assert post_form(treasurer, sent.headers["Location"], {"langkah": "batal", "reason": "salah"}).status_code == 303
    session.expire_all()
    assert session.scalars(select(BankImport.state)).all() == ["undone"]
    session.refresh(invoice)
    assert invoice.outstanding == 100_000


def test_money_without_a_place_is_split_given_back_and_handed_over_by_two(session, treasurer, bill, client_of, tenant):
    client = client_of(tenant)
    one, two = bill(60_000, "Joko Susilo"), bill(30_000, "Rina Sari")
    payment = billing.receive(session, 100_000, method="bank", paid_at=now(), reference="b1", account="bank")
    session.commit()
    where = f"/kelola/keuangan/antrean/{payment.id}"
    assert "Rp100.000" in treasurer.get("/kelola/keuangan/antrean").text
    for step in ({"number": one.number}, {"number": two.number.lower(), "amount": "30.000"}):
        assert post_form(treasurer, where, {"langkah": "tagihan", **step}).status_code == 303
    assert post_form(treasurer, where, {"langkah": "tagihan", "number": "AIR-2026-999999"}).status_code == 422
    assert post_form(treasurer, where, {"langkah": "kembali", "back": "10.001", "reason": "x"}).status_code == 422
    assert post_form(treasurer, where, {"langkah": "kembali", "back": "10.000", "reason": "lebih"}).status_code == 303
    refund = session.scalars(select(Refund)).one()
    session.commit()
    assert "Yang harus dikembalikan" in treasurer.get("/kelola/keuangan/antrean").text
    # Who wrote it down doesn't hand it over: neither by the page, which says so, nor past it.
    assert "Menunggu orang lain" in treasurer.get("/kelola/keuangan/antrean").text
    back = f"/kelola/keuangan/antrean/kembali/{refund.id}", {"account": "bank", "reference": "TRF-1"}
    post_form(treasurer, *back)
    session.expire_all()
    assert session.scalars(select(Refund.state)).one() == "owed"
    assert "diserahkan orang lain" in treasurer.get("/kelola/keuangan/antrean").text
    session.commit()
    act_as(client, tenant, "treasurer", name="Rina Bendahara")
    assert "Menunggu orang lain" not in client.get("/kelola/keuangan/antrean").text
    post_form(client, *back)
    session.expire_all()
    assert session.scalars(select(Refund.state)).one() == "paid"
    row = session.scalars(select(Payment)).one()
    assert (row.applied, row.unmatched, row.refunded) == (90_000, 0, 10_000)


def test_our_own_money_is_no_payment(session, treasurer):
    payment = billing.receive(session, 500_000, method="bank", paid_at=now(), reference="b1", account="bank")
    session.commit()
    where = f"/kelola/keuangan/antrean/{payment.id}"
    assert post_form(treasurer, where, {"langkah": "sendiri", "source": "rahasia", "note": "x"}).status_code == 422
    assert (
        post_form(treasurer, where, {"langkah": "sendiri", "source": "penyedia", "note": "setoran"}).status_code == 303
    )
    session.expire_all()
    assert session.scalars(select(Payment.reversed)).one() == 500_000


def test_a_finding_has_its_end(session, treasurer, bill):
    invoice = bill(10_000)
    order = PaymentOrderRow(
        code="123456789012", provider="snap", method="va", invoice_id=invoice.id, rupiah=10_000, until=now()
    )
    session.add(order)
    session.flush()
    take(session, "snap", PaymentNotice(order.code, "paid", 10_000, "R1", now()), source="asked")
    take(session, "snap", PaymentNotice(order.code, "refunded", 10_000, "R1", now()), source="asked")
    session.commit()
    finding = session.scalars(select(ReconciliationFinding)).one()
    where = f"/kelola/keuangan/rekonsiliasi/{finding.id}"
    assert "Dikembalikan penyedia" in treasurer.get("/kelola/keuangan/rekonsiliasi").text
    assert post_form(treasurer, where, {"action": "reverse", "note": ""}).status_code == 422
    assert post_form(treasurer, where, {"action": "nonsense", "note": "x"}).status_code == 422
    assert post_form(treasurer, where, {"action": "reverse", "note": "bank mengembalikan"}).status_code == 303
    assert post_form(treasurer, where, {"action": "checked", "note": "x"}).status_code == 422
    session.refresh(invoice)
    assert invoice.outstanding == 10_000
    assert "bank mengembalikan" in treasurer.get(where).text


@pytest.mark.parametrize("size", ["", "?kertas=a6"])
def test_a_receipt_as_pdf(session, client, client_of, tenant, office, bill, size):
    from balai.billing.cashier import services
    from balai.cases.models import UnitMember

    member = act_as(client, tenant, "cashier")
    session.add(UnitMember(unit_id=office.unit_id, member_id=member, since=now()))
    invoice = bill(80_000, "Łukasz “Joko” Susilo")
    session.flush()
    services.open_drawer(session, member, opening=0)
    receipt = services.take_cash(session, member, [(invoice.id, 50_000)], handed=50_000, receipt_id=uuid4())
    session.commit()
    made = client.get(f"/kelola/kasir/struk/{receipt.id}.pdf{size}")
    (page,) = pypdf.PdfReader(io.BytesIO(made.data)).pages
    text = page.extract_text()
    assert all(part in text for part in (invoice.number, "Rp50.000", "sisa Rp30.000", "1-00001"))
    assert round(float(page.mediabox.width) / 72 * 25.4) == (105 if size else 80)
    stranger = client_of(tenant)
    act_as(stranger, tenant, "cashier")
    assert stranger.get(f"/kelola/kasir/struk/{receipt.id}.pdf").status_code == 404


def test_secrets_never_come_back_into_the_page(treasurer):
    sent = post_form(
        treasurer, "/kelola/keuangan/penyedia/snap", {"client_secret": "sangat-rahasia", "url": "nonsense"}
    )
    assert sent.status_code == 422
    assert "sangat-rahasia" not in sent.text


@pytest.mark.parametrize("typed", ["", "   ", "Rp", "-1", "1.5", "dua ratus"])
def test_a_drawer_is_closed_with_a_count_never_with_a_blank(session, client, tenant, staffed, typed):
    member = act_as(client, tenant, "cashier")
    staffed(tenant, member)
    cashier.open_drawer(session, member, opening=0)
    session.commit()
    refused = post_form(client, "/kelola/kasir/tutup", {"counted": typed, "note": "lupa"})
    assert refused.status_code == 422
    session.expire_all()
    assert session.scalars(select(CashDrawer.closed_at)).all() == [None]
    session.commit()
    assert post_form(client, "/kelola/kasir/tutup", {"counted": "0", "note": ""}).status_code == 303
