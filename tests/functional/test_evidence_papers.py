"""The council's page, the auditor's anchor, charts, the ministry's table, the monthly message."""

import hashlib
import io
import re
from datetime import UTC, date, datetime

import psycopg
import pytest
from pypdf import PdfReader
from sqlalchemy import select, text

from balai import audit, clock
from balai.admin.demo import proof, year
from balai.audit import seals
from balai.evidence import national, nudges
from balai.evidence import settings as evidence_settings
from balai.evidence.models import AuditAnchor
from balai.evidence.papers.anchor import note
from balai.evidence.verdicts.services import judge_all
from balai.notify.models import Message
from balai.places import villages
from balai.places.models import PlaceCount
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.evidence import rolled_up
from balai.testing.offices import add_member
from balai.testing.pages import post_form

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def filled(session, tenant, office):
    with clock.frozen(NOW):
        session.add(PlaceCount(code=tenant.region_code, subject="penduduk", year=2025, size=300_000, source="uji"))
        proof._enter(session, "biaya", [{**row, "tahun": 2026} for row in proof.given()["costs"]])
        proof._enter(session, "aplikasi", [{**row, "tahun": 2026} for row in proof.given()["apps"]])
        year.write(session, year.tell(4, {"feedback.pengaduan": 35, "feedback.usul": 3}, villages(session), NOW))
        rolled_up(session)
        judge_all(session)
        session.commit()


def test_the_councils_page_is_one_page_with_the_same_figures(client, tenant, filled):
    act_as(client, tenant, "leader")
    with clock.frozen(NOW):
        answer = client.get("/kelola/manfaat/dewan.pdf")
        page = client.get("/kelola/manfaat").get_data(as_text=True).replace("\xa0", "")
    assert answer.content_type == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.data))
    assert len(reader.pages) == 1
    width, height = (float(x) for x in reader.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (595, 842)
    words = " ".join(reader.pages[0].extract_text().split()).replace("\xa0", "")
    saved = re.search(r"(Rp[\d.]+) setahun bisa dihemat", page)[1]
    assert f"Bisa dihemat setahun: {saved}." in words
    for shown in (
        "Hentikan",
        "Perbaiki",
        "Teruskan",
        "Pusat Kendali Kota",
        "Rp2.400.000.000",
        "hanya demi gelar",
        "Air bersih",
    ):
        assert shown in words


def test_the_paper_of_a_region_without_anything_is_one_page_too(client, tenant, office):
    act_as(client, tenant, "auditor")
    answer = client.get("/kelola/manfaat/dewan.pdf")
    assert len(PdfReader(io.BytesIO(answer.data)).pages) == 1


def test_charts_are_images_that_run_nothing(client, tenant, filled):
    with clock.frozen(NOW):
        for path in ("/manfaat/grafik/feedback/pengaduan.svg", "/manfaat/grafik/kebutuhan.svg"):
            answer = client.get(path)
            assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
            assert b"<script" not in answer.data
            assert not re.search(rb'(href|src)="http|url\(', answer.data)
        assert client.get("/manfaat/grafik/feedback/tidakada.svg").status_code == 404
        page = client.get("/manfaat/layanan/feedback/pengaduan").get_data(as_text=True)
        assert 'alt="Grafik bulan demi bulan' in page
        assert "<table" in page


def rewrite_whole_chain(database, app, tenant):
    """As the owner of the database: change an entry and seal everything again, consistently."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            "UPDATE audit_entry SET action = 'member.invited' WHERE tenant_id = %s AND action = 'uji.satu'",
            (tenant.id,),
        )
        with app.app_context(), tenant_scope(tenant) as session:
            session.expire_all()
            previous = seals.GENESIS
            for seal in list(seals.queries.seals(session)):
                session.expunge(seal)
                seal.previous = previous
                previous = seals.batch_hash(seal, seals.queries.batch(session, seal.id))
                owner.execute(
                    "UPDATE audit_seal SET previous = %s, hash = %s WHERE tenant_id = %s AND id = %s",
                    (seal.previous, previous, tenant.id, seal.id),
                )
            session.rollback()


def test_the_anchor_shows_a_rewrite_that_the_chain_itself_does_not(app, client, session, tenant, office, database):
    for action in ("uji.satu", "uji.dua"):
        audit.record(session, action)
        session.commit()
        audit.seal_pending(session)
        session.commit()
    with clock.frozen(datetime(2026, 12, 2, 2, tzinfo=UTC)):
        act_as(client, tenant, "auditor", name="Murni Pemeriksa")
        assert post_form(client, "/kelola/manfaat/jangkar").status_code == 303
        anchor = session.scalars(select(AuditAnchor)).one()
        assert anchor.month == date(2026, 11, 1)
        assert note(session).id == anchor.id  # once a month
        session.commit()
        paper = client.get(f"/kelola/manfaat/jangkar/{anchor.id}.pdf")
    reader = PdfReader(io.BytesIO(paper.data))
    assert len(reader.pages) == 1
    words = reader.pages[0].extract_text()
    assert anchor.head in words
    assert "Murni Pemeriksa" in words
    assert audit.verify(session, anchor=anchor.head).ok
    session.rollback()
    rewrite_whole_chain(database, app, tenant)
    session.expire_all()
    assert audit.verify(session).ok  # the chain alone is consistent again
    verdict = audit.verify(session, anchor=anchor.head)
    assert not verdict.ok
    assert "rewritten" in verdict.fault
    assert hashlib.sha256(anchor.head.encode()).hexdigest() != anchor.head


def main_of(answer):
    page = answer.get_data(as_text=True)
    return page[page.index("<main") : page.index("</main>")]


def test_the_ministry_sees_words_of_regions_that_agreed_in_the_order_of_codes(
    app, client_of, session, tenant, other_tenant, filled
):
    apex = client_of(None)
    with clock.frozen(NOW):
        assert national.publish(session) == 0
        for mine in (session,):
            evidence_settings.save(mine, falls_short="10", ministry=True, by=None)
            assert national.publish(mine) == 6
            mine.commit()
        with tenant_scope(other_tenant) as other:
            evidence_settings.save(other, falls_short="10", ministry=True, by=None)
            national.publish(other)
        page = main_of(apex.get("/manfaat"))
    codes = re.findall(r'<span class="muted small">([\d.]+)</span>', page)
    assert {tenant.region_code, other_tenant.region_code} <= set(codes)
    assert codes == sorted(codes)
    assert "dipakai" in page
    plain = re.sub(r"<[^>]+>", " ", page[page.index("<tbody>") : page.index("</tbody>")])
    assert re.findall(r"\b\d{3,}\b", plain.replace(tenant.region_code, "")) == []  # words, no figures
    for query in ("?urut=dipakai", "?sort=air", "?filter=aktif", "?bidang=air"):
        assert main_of(apex.get(f"/manfaat{query}")) == page
    assert "<form" not in page
    rows = session.execute(
        text("SELECT people FROM registry.published_figure WHERE tenant_id = :t"), {"t": tenant.id}
    ).scalars()
    assert set(rows) <= {None, 10}
    with clock.frozen(NOW):
        evidence_settings.save(session, falls_short="10", ministry=False, by=None)
        national.publish(session)
        session.commit()
    assert tenant.region_code not in apex.get("/manfaat").get_data(as_text=True)


def test_the_leader_hears_once_a_month_what_to_stop_and_what_is_missing(session, tenant, filled):
    add_member(session, "Endang", "leader")
    with clock.frozen(NOW):
        assert nudges.tell_leaders(session, tenant, "https://contoh/kelola/manfaat") == 1
    message = session.scalars(select(Message).where(Message.template == nudges.TEMPLATE)).one()
    from balai.notify.services import text_of

    subject, body = text_of(session, message)
    assert "untuk dihentikan" in subject
    assert "Pusat Kendali Kota (Rp2.400.000.000)" in body.replace("\xa0", "")
    assert "Belum Anda jawab" in body
