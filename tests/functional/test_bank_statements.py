"""Bank files in the books: as a whole or not at all, each line once, and undone without a trace in any balance."""

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import select

from balai import billing
from balai.billing.bank import services
from balai.billing.bank.models import BankImport, BankLayout, BankLine
from balai.billing.bank.statements import Layout
from balai.billing.models import Payment
from balai.clock import now
from balai.db import new_id
from balai.errors import Conflict, Invalid

HEAD = "Tanggal;Keterangan;Debit;Kredit\r\n"


@pytest.fixture
def layout(session):
    row = BankLayout(
        id=new_id(), label="BPD", config=Layout(day="Tanggal", credit="Kredit", words="Keterangan").as_dict()
    )
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def bill(session):
    def make(amount=100_000, name="Siti Aminah"):
        return billing.issue(session, billing.InvoiceDraft(
            series="AIR", subject_kind="uji", subject_id=str(uuid4()), payer=billing.Payer(name),
            lines=[billing.InvoiceLine("Air November", amount, "pendapatan")], due_date=now().date() + timedelta(days=20),
        ))  # fmt: skip

    return make


def file_of(*rows):
    day = (now() - timedelta(days=1)).strftime("%d/%m/%Y")
    return (HEAD + "".join(f"{day};{words};;{rupiah}\r\n" for words, rupiah in rows)).encode()


def take(session, layout, data, *, faulty=False):
    row = services.check(session, layout.id, "mutasi.csv", data, member=None)
    services.confirm(session, row.id, without_faulty=faulty)
    return services.take_in(session, row.id)


def balances(session, database, tenant):
    session.commit()
    with psycopg.connect(database.owner_url) as owner:
        rows = owner.execute(
            "SELECT account, sum(amount) FROM ledger_line WHERE tenant_id = %s GROUP BY 1 HAVING sum(amount) <> 0",
            (tenant.id,),
        )
        return {account: int(total) for account, total in rows}


def test_looking_books_nothing_taking_in_books_everything(session, tenant, layout, bill, database):
    whole, part, gone = bill(100_000), bill(50_000), bill(70_000)
    billing.cancel(session, gone.id, reason="salah")
    data = file_of(
        (f"TRF {whole.number}", "100.000,00"), (f"bayar {part.number.replace('-', '')}", "20.000"), ("SETORAN TUNAI", "7.500"),
        (gone.number, "70.000"), (f"{part.number} lebih", "31.000"),
    )  # fmt: skip
    row = services.check(session, layout.id, "mutasi.csv", data, member=None)
    assert (row.lines, row.known, row.settled, row.queued, row.rupiah) == (5, 0, 4, 1, 228_500)
    assert balances(session, database, tenant) == {"piutang": 150_000, "pendapatan": -150_000}
    services.confirm(session, row.id, without_faulty=False)
    services.take_in(session, row.id)
    assert services.take_in(session, row.id).state == "imported"  # a second time changes nothing
    for invoice in (whole, part, gone):
        session.refresh(invoice)
    assert (whole.state, part.state, gone.state) == ("paid", "paid", "cancelled")
    assert balances(session, database, tenant) == {
        "bank": 228_500, "pendapatan": -150_000, "belum_dikenali": -77_500, "titipan": -1_000,
    }  # fmt: skip


def test_the_same_file_and_overlapping_files_bring_each_line_once(session, tenant, layout, bill, database):
    one, two = bill(10_000), bill(20_000)
    morning = file_of((one.number, "10.000"), ("SETORAN", "5.000"))
    take(session, layout, morning)
    with pytest.raises(Conflict):
        services.check(session, layout.id, "lagi.csv", morning, member=None)
    evening = file_of((one.number, "10.000"), ("SETORAN", "5.000"), ("SETORAN", "5.000"), (two.number, "20.000"))
    row = take(session, layout, evening)
    assert (row.lines, row.known, row.settled, row.queued) == (4, 2, 1, 1)
    assert balances(session, database, tenant) == {"bank": 40_000, "pendapatan": -30_000, "belum_dikenali": -10_000}


def test_two_files_checked_before_either_is_taken_in(session, tenant, layout, database):
    first = services.check(session, layout.id, "a.csv", file_of(("A", "1.000")), member=None)
    second = services.check(session, layout.id, "b.csv", file_of(("A", "1.000"), ("B", "2.000")), member=None)
    for row in (first, second):
        services.confirm(session, row.id, without_faulty=False)
    for row in (second, first):
        services.take_in(session, row.id)
    assert (second.known, first.known) == (0, 1)
    assert balances(session, database, tenant) == {"bank": 3_000, "belum_dikenali": -3_000}


def test_several_invoices_in_one_line_are_split_when_the_sum_is_theirs(session, layout, bill):
    one, two = bill(10_000), bill(20_000)
    take(session, layout, file_of((f"{one.number} dan {two.number}", "30.000")))
    for invoice in (one, two):
        session.refresh(invoice)
        assert invoice.state == "paid"


def test_undoing_a_file_leaves_no_trace_in_any_balance_and_it_may_come_again(session, tenant, layout, bill, database):
    invoice = bill(10_000)
    data = file_of((invoice.number, "10.000"), ("SETORAN", "5.000"))
    before = balances(session, database, tenant)
    row = take(session, layout, data)
    services.undo(session, row.id, reason="berkas salah", member=None)
    assert balances(session, database, tenant) == before
    session.refresh(invoice)
    assert invoice.outstanding == 10_000
    with pytest.raises(Conflict):
        services.undo(session, row.id, reason="lagi", member=None)
    take(session, layout, data)
    session.refresh(invoice)
    assert invoice.state == "paid"


def test_money_that_was_given_back_keeps_the_file(session, layout):
    row = take(session, layout, file_of(("SETORAN", "5.000")))
    payment = session.scalars(select(Payment)).one()
    billing.refund(session, payment.id, 5_000, reason="bukan untuk kami")
    with pytest.raises(Conflict, match="dikembalikan"):
        services.undo(session, row.id, reason="x", member=None)


def test_a_file_with_lines_that_cannot_be_read_needs_a_yes(session, layout):
    data = file_of(("A", "1.000"), ("B", "1.000,5"))
    row = services.check(session, layout.id, "a.csv", data, member=None)
    with pytest.raises(Invalid):
        services.confirm(session, row.id, without_faulty=False)
    services.confirm(session, row.id, without_faulty=True)
    services.take_in(session, row.id)
    assert session.scalars(select(BankLine.rupiah)).all() == [1_000]


def test_what_fails_in_the_middle_leaves_nothing(session, tenant, layout, bill, database, monkeypatch):
    one, two = bill(10_000), bill(20_000)
    row = services.check(
        session, layout.id, "a.csv", file_of((one.number, "10.000"), (two.number, "20.000")), member=None
    )
    services.confirm(session, row.id, without_faulty=False)
    session.commit()
    before, import_id, book = balances(session, database, tenant), row.id, services._book
    seen = []

    def fails(*given):
        seen.append(given)
        if len(seen) == 2:
            raise RuntimeError("power cut")
        return book(*given)

    monkeypatch.setattr(services, "_book", fails)
    with pytest.raises(RuntimeError):
        services.take_in(session, import_id)
    session.rollback()
    assert balances(session, database, tenant) == before
    monkeypatch.setattr(services, "_book", book)
    services.take_in(session, import_id)
    assert session.scalars(select(BankImport.state)).all() == ["imported"]
    assert balances(session, database, tenant) == {"bank": 30_000, "pendapatan": -30_000}


def test_who_paid_stands_nowhere_in_the_clear(session, layout, database):
    take(session, layout, file_of(("TRF DARI MEGAWATI CONTOHWATI 0812-3456-7890", "5.000")))
    session.commit()
    with psycopg.connect(database.owner_url) as owner:
        for table in ("bank_line", "bank_import", "payment", "ledger_transaction", "audit_entry"):
            rows = owner.execute(f"SELECT t::text FROM {table} t").fetchall()
            assert not any("CONTOHWATI" in row[0] for row in rows), table
    assert session.scalars(select(BankImport.content)).all() == [None]  # the file itself is gone
