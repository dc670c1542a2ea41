"""Payers' own data: found, copied, corrected, deleted as far as the law lets, and never shown where a matter is secret."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from test_cases_fees import DOCUMENT

from balai import audit, billing, cases, keys
from balai.billing import personal
from balai.billing.cashier import finding
from balai.billing.payments import placing
from balai.cases import Case, catalogue, fees
from balai.cases.documents import parse
from balai.cases.personal import marks, people, rights
from balai.clock import now
from balai.errors import Invalid, NotFound
from balai.testing.acting import act_as
from balai.testing.bills import some_bill
from balai.testing.identity import bearer_for
from balai.testing.pages import post_form
from balai.testing.words import plain

PHONE, EMAIL = "+6281298765432", "siti@contoh.id"
SITI = billing.Payer("Siti Rahayu", "0812-9876-5432", EMAIL, sub="sub-siti")


def paid(session, bill):
    billing.settle(session, bill.id, bill.rest, method="kasir", paid_at=now(), reference=bill.number, account="kas")
    return bill


def test_an_officer_finds_copies_corrects_and_deletes_bills(client, session, tenant, staffed):
    member = act_as(client, tenant, "officer", name="Budi Petugas")
    staffed(tenant, member)
    done, running = paid(session, some_bill(session, payer=SITI)), some_bill(session, payer=SITI)
    over = some_bill(session, payer=SITI)
    billing.settle(session, over.id, 70_000, method="kasir", paid_at=now(), reference="lebih", account="kas")
    stranger = some_bill(session)
    service = cases.service(session, "privasi.hapus-data")
    reporter = cases.Reporter(name="Siti Rahayu", phone=PHONE, email=EMAIL)
    asked = cases.file_case(session, service, {"uraian": "Semua data saya, tolong."}, reporter=reporter).case
    session.commit()
    here, known = f"/kelola/data-pribadi/permintaan/{asked.code}", {"own": "ya", "reason": "Datang dengan KTP."}
    page = post_form(client, f"{here}/cari", known).text
    assert "3 tagihan" in page
    assert PHONE not in page
    copy = json.loads(post_form(client, f"{here}/salinan", known).text)
    assert {b["nomor"] for b in copy["tagihan"]} == {done.number, running.number, over.number}
    assert copy["tagihan"][0]["pembayar"]["email"] == EMAIL
    assert stranger.number not in json.dumps(copy)
    fixed = {**known, "target": f"{running.number}|payer.name", "value": "  Siti  Rahayu Ningsih "}
    assert post_form(client, f"{here}/perbaiki", fixed).status_code == 200
    wrong = {**known, "target": f"{running.number}|payer.phone", "value": "bukan nomor"}
    assert post_form(client, f"{here}/perbaiki", wrong).status_code == 422
    session.expire_all()
    assert billing.payer_of(session, running).name == "Siti Rahayu Ningsih"
    session.commit()
    told = post_form(client, f"{here}/hapus", {**known, "sure": "ya"}).text
    assert "dihapus dari 1 tagihan" in told
    assert "2 tagihan belum selesai" in told
    session.expire_all()
    left = billing.payer_of(session, done)
    assert (left.name, left.phone, left.email, left.index) == ("Siti Rahayu", None, None, None)
    assert billing.payer_of(session, running).phone == SITI.phone
    assert billing.payer_of(session, over).phone == SITI.phone  # ten thousand of it are hers
    deeds = audit.entries(session, action="privacy.deleted")
    assert [(e.data["bills"], e.data["open_bills"]) for e in deeds] == [(1, 2)]
    assert [f for f in billing.check_books(session).findings if f.wrong] == []


def test_an_account_sees_takes_along_and_unlinks_its_own(client, session, tenant):
    done, other = paid(session, some_bill(session, payer=SITI)), some_bill(session)
    session.commit()
    act_as(client, tenant, sub="sub-siti")
    page = client.get("/privasi/data-saya").text
    assert done.number in page
    assert other.number not in page
    assert plain(page)
    assert done.number in client.get("/privasi/data-saya/salinan.json").text
    assert "wajib disimpan 10 tahun" in client.get("/privasi/data-saya/hapus").text
    post_form(client, "/privasi/data-saya/hapus", {"yakin": "ya"})
    assert "nama dan jumlahnya wajib disimpan" in client.get("/privasi/data-saya").text
    assert billing.of_payer(session, "sub-siti") == []
    session.expire_all()
    assert billing.payer_of(session, done).name == "Siti Rahayu"


def test_only_what_is_a_payers_can_be_put_right(session):
    bill = some_bill(session, payer=billing.Payer("Siti"))
    for part in ("phone", "link_hash", "index", "total"):
        with pytest.raises(NotFound):
            personal.correct(session, bill.id, part, "0812 3456 7890", request="x")
    for value in ("", "  ", "a\x00b", "x" * 301):
        with pytest.raises(Invalid):
            personal.correct(session, bill.id, "name", value, request="x")


# --- secret and restricted matters ---


@pytest.fixture
def matter(session, office):
    """A case that costs something, with its bill."""
    service = parse(DOCUMENT, owner="daerah")
    catalogue.current_version(session, service)
    reporter = cases.Reporter(name="Siti Aminah", phone="081234567890", sub="warga-1")
    made = cases.file_case(session, cases.service(session, service.id), {"acara": "Bazar"}, reporter=reporter)
    bill = fees.bill(session, made.case.id)
    session.commit()
    return made.case, bill


@pytest.mark.parametrize("how", ["secret", "restricted"])
def test_whoever_handles_money_reads_neither_name_nor_code(app, session, client, tenant, matter, how):
    case, bill = matter
    act_as(client, tenant, "treasurer", name="Rina Bendahara")
    where = f"/kelola/keuangan/tagihan/{bill.number}"
    open_page = client.get(where).text
    assert "Siti Aminah" in open_page
    assert case.code in open_page
    if how == "secret":
        case.visibility = "secret"
    else:
        marks.mark(session, case, "restricted", "permintaan pemilik data")
    payment = billing.receive(session, 75_000, method="bank", paid_at=now(), reference="b1", account="bank")
    session.commit()
    page = client.get(where).text
    assert "Disamarkan" in page
    assert plain(page)
    offered = client.get(f"/kelola/keuangan/antrean/{payment.id}").text
    assert bill.number in offered
    api = client.get(f"/api/v1/invoices/{bill.number}", headers=bearer_for(app, tenant, "treasurer")).text
    listed = client.get("/api/v1/invoices", headers=bearer_for(app, tenant, "treasurer")).text
    for shown in (page, offered, api, listed):
        for private in ("Siti", "Aminah", case.code, str(case.id), "4567"):
            assert private not in shown
    assert [h.name for h in finding.find(session, bill.number)] == ["Disamarkan"]
    assert finding.find(session, "Siti Aminah") == []
    assert [c.name for c in placing.candidates(session, placing.loose(session, payment.id))] == ["Disamarkan"]
    # The payer reads all of it, and pays as ever.
    paper = client.get(
        f"/tagihan/{bill.number}?kunci={billing.link_secret(session, bill.id)}", follow_redirects=True
    ).text
    assert case.code in paper
    # Nobody but the person finds the bill of a secret case.
    found = people.find_person(session, {"phone": keys.normalise("phone", "081234567890")})
    assert [b.id for b in found.bills] == ([] if how == "secret" else [bill.id])
    assert [b.id for b in people.find_person(session, {}, sub="warga-1", secret=True).bills] == [bill.id]


def test_what_is_held_stays(session, matter):
    case, bill = matter
    billing.cancel(session, bill.id, reason="uji")
    marks.mark(session, case, "hold", "sengketa")
    found = people.find_person(session, {}, sub="warga-1", secret=True)
    done = rights.delete(session, found, reason="permintaan", request="akun")
    assert bill.number in done.held
    assert billing.payer_of(session, bill).phone
    assert session.scalars(select(Case.closed_at).where(Case.id == case.id)).one() is None


def test_old_bills_of_held_cases_keep_their_payer(session, matter):
    from balai.clock import frozen

    case, bill = matter
    billing.cancel(session, bill.id, reason="uji")
    marks.mark(session, case, "hold", "sengketa")
    with frozen(now() + timedelta(days=3700)):
        assert personal.due(session) == 1
        assert personal.forget_old(session) == (0, 1)
        (mark, _code), *_more = marks.marked(session, "hold")
        marks.unmark(session, mark.id)
        assert personal.forget_old(session) == (1, 1)
        assert personal.forget_old(session) == (0, 0)
