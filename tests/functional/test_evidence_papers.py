"""The council's page, the auditor's anchor, charts, the ministry's table, the monthly message."""

import io
import json
import re
from datetime import UTC, date, datetime
from importlib.resources import files

import psycopg
import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from sqlalchemy import select, text

from balai import audit, clock
from balai.admin.demo import proof, year
from balai.audit import seals
from balai.cli import main
from balai.db import new_id
from balai.evidence import national, nudges
from balai.evidence import settings as evidence_settings
from balai.evidence.models import AuditAnchor
from balai.evidence.pages import papers
from balai.evidence.papers.anchor import note
from balai.evidence.verdicts.services import judge_all
from balai.notify.models import Message
from balai.places import villages
from balai.places.models import PlaceCount
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.evidence import rolled_up
from balai.testing.live import environment_of
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


def test_charts_are_images_that_run_nothing_and_nobody_has_drawn_them_without_end(client, tenant, filled, monkeypatch):
    with clock.frozen(NOW):
        for path in ("/manfaat/grafik/feedback/pengaduan.svg", "/manfaat/grafik/kebutuhan.svg"):
            for width, shown in ((800, path), (328, f"{path}?lebar=hp")):
                answer = client.get(shown)
                assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
                assert re.search(rf'<svg[^>]*width="{width}"', answer.text)
            # As wide as the screen and not shrunk: a letter is as high as it says.
            assert min(float(n) for n in re.findall(r"font-size: ?([\d.]+)px", answer.text)) >= 12
            assert b"<script" not in answer.data
            assert not re.search(rb'(href|src)="http|url\(', answer.data)
        assert client.get("/manfaat/grafik/feedback/tidakada.svg").status_code == 404
        monkeypatch.setattr(papers, "_CHARTS", 1)
        answers = [
            client.get(f"/manfaat/grafik/{name}.svg").status_code for name in ("kebutuhan", "feedback/pengaduan")
        ]
        assert answers == [200, 429]
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


def test_the_printed_command_finds_a_rewrite_that_the_chain_itself_does_not(
    app, settings, client, session, tenant, office, database
):
    for action in ("uji.satu", "uji.dua"):
        audit.record(session, action)
        session.commit()
        audit.seal_pending(session)
        session.commit()
    with clock.frozen(datetime(2026, 11, 12, 2, tzinfo=UTC)):
        for number in range(60):  # more people and changes than a page holds
            member = add_member(session, f"Nama Panjang Sekali {number}", "officer", "leader")
            audit.record(session, "member.roles_changed", subject_kind="member", subject_id=member)
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
    assert "peran diubah" in words
    assert "Murni Pemeriksa" in words
    audit.record(session, "uji.sesudahnya")
    session.commit()
    audit.seal_pending(session)
    session.commit()
    command = re.search(r"balai (audit verify .+)", words)[1].split()
    assert verified(settings, command) == (0, None)
    rewrite_whole_chain(database, app, tenant)
    assert verified(settings, command[:3]) == (0, None)  # the chain alone is consistent again
    code, fault = verified(settings, command)
    assert code == 1
    assert fault == f"the noted head {anchor.head} is not in this chain: it was rewritten after that"
    assert f'href="/kelola/manfaat/jangkar/{anchor.id}.pdf"' in client.get("/kelola/manfaat/jangkar").text
    assert 'href="/kelola/manfaat/jangkar"' in client.get("/kelola/audit").text


def verified(settings, words):
    """Exit code and fault of `balai audit verify`, by the command that the page prints."""
    done = CliRunner().invoke(main, ["--json", *words], env=environment_of(settings))
    (row,) = json.loads(done.stdout.splitlines()[-1])
    return done.exit_code, row["fault"]


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
    assert not re.search(r"<form|<select|<button|<input|aria-sort|href=\"[^\"]*\?", page)
    for path in (
        "pages/ministry.py",
        "national.py",
        "queries.py",
    ):  # nothing there reads what an address or a form says
        source = files("balai.evidence").joinpath(path).read_text()
        assert not re.search(r"\brequest\b|\bargs\b|\bform\b", source)
    rows = session.execute(
        text("SELECT people FROM registry.published_figure WHERE tenant_id = :t"), {"t": tenant.id}
    ).scalars()
    assert set(rows) <= {None, 10}
    with clock.frozen(NOW):
        evidence_settings.save(session, falls_short="10", ministry=False, by=None)
        national.publish(session)
        session.commit()
    assert tenant.region_code not in apex.get("/manfaat").get_data(as_text=True)


def test_ten_people_are_ten_people_whichever_services_they_use(session, tenant, office):
    def use(person, service, year=2026):
        query = text(
            "INSERT INTO fact_case (tenant_id, case_id, service_id, district, channel, pseudonym, year, asked_month)"
            " VALUES (:t, :id, :s, '-', 'web', :p, :y, :m)"
        )
        given = {
            "t": tenant.id,
            "id": new_id(),
            "s": service,
            "p": person,
            "y": year,
            "m": date(year, 12 - (year - 2025) * 6, 1),
        }
        session.execute(query, given)

    with clock.frozen(NOW):
        for person in range(9):
            for service in ("feedback.pengaduan", "feedback.usul"):
                use(f"{person}", service)
                use(f"lama-{person}", service, 2025)  # perhaps the same people: their pseudonyms were other ones
        assert {s: state for s, state, _n in national._states(session)}["administrasi"] == 1
        use("satu lagi", "feedback.usul")
        assert ("administrasi", 2, 10) in national._states(session)


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
