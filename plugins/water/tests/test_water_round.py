"""The reader's day: her round on the phone without a signal, warned of a jump, sent once; and without scripts."""

import io
from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import func, select
from test_water_readings import connect, figures, months, said

from balai import files, keys
from balai.tenancy import tenant_scope
from balai.testing.acting import act_as
from balai.testing.looking import look_at, problems, sign_in, watched
from balai.testing.pages import post_form
from balai_water.readings import deciding, periods
from balai_water.readings.models import Reading
from balai_water.readings.recording import record
from balai_water.register import customers
from balai_water.register.models import Connection, Route

if TYPE_CHECKING:
    from flask import Flask

PHONE, PLAIN = "/layanan/water/h/baca", "/kelola/water/baca"
SEP, OCT = date(2026, 9, 1), date(2026, 10, 1)
JSON = {"Accept": "application/json"}
READY = "navigator.serviceWorker.ready.then(() => true)"


def photo():
    body = io.BytesIO()
    Image.radial_gradient("L").resize((1600, 1200)).convert("RGB").save(body, "JPEG", quality=90)
    return body.getvalue()


def lay_out(session, *, doors=3):
    """Doors on one route in October, each with 20 m3 in September; the route waits for its reader."""
    route = Route(key=uuid4().hex[:8], name="Bantul Utara")
    session.add(route)
    session.flush()
    homes = []
    for month in (SEP, OCT):
        periods.open_period(session, month)
    for n in range(doors):
        home = session.get_one(Connection, (session.tenant_id, connect(session)))
        home.route_id, home.route_order = route.id, n
        keys.seal(session, home, "address", f"Jalan Melati {n + 1}")
        homes.append(home.id)
    session.flush()
    record(session, [said(home, SEP, 120) for home in homes])
    periods.move(session, OCT, "reading")
    return route, homes


@pytest.fixture
def utility(regions):
    return regions(plugins=("water",))


def test_without_scripts_and_twice_from_the_phone(client_of, utility, app):
    client = client_of(utility)
    member = act_as(client, utility, "water.reader")
    with app.app_context(), tenant_scope(utility) as session:
        route, homes = lay_out(session)
        route.member_id = member
        other = connect(session)
        session.commit()
    shown = client.get(f"{PLAIN}/rute.json").json
    assert [(s["id"], s["previous"], s["usual"], s["state"]) for s in shown["stops"]] == [
        (str(home), 120, 20, "todo") for home in homes
    ]
    assert shown["stops"][0]["address"] == "Jalan Melati 1"
    assert "Jalan Melati 1" not in client.get(PHONE).text  # what the phone keeps is about nobody

    sent = {"connection": str(homes[0]), "month": "2026-10", "stand": "141", "client_id": str(uuid4())}
    answers = [
        post_form(client, f"{PLAIN}/kirim", sent | {"photo": (io.BytesIO(photo()), "m.jpg")}, headers=JSON)
        for _n in range(2)
    ]
    assert [a.status_code for a in answers] == [200, 200]
    assert answers[0].json == answers[1].json | {"late": False}
    with app.app_context(), tenant_scope(utility) as session:
        assert session.scalar(select(func.count()).select_from(files.File)) == 1
        row = months(session, homes[0])[OCT]
        assert (row.use, row.kind, row.member_id) == (21, "reader", member)
        photo_id, reading = row.photo_id, row.id
    for changes in ({"stand": "x"}, {"stand": "999999"}, {"month": "2026-1x"}):
        wrong = post_form(
            client,
            f"{PLAIN}/kirim",
            sent | {"client_id": str(uuid4())} | changes,
            headers=JSON,
        )
        assert wrong.status_code == 422, changes
    unknown = sent | {"client_id": str(uuid4()), "connection": str(uuid4())}
    assert post_form(client, f"{PLAIN}/kirim", unknown).status_code == 404

    # The form: warned first, saved when she says so, then the next door.
    door = f"{PLAIN}/{homes[1]}"
    page = client.get(door).text
    client_id = page.split('name="client_id" value="')[1].split('"')[0]
    given = {"connection": str(homes[1]), "month": "2026-10", "stand": "220", "client_id": client_id}
    odd = post_form(client, door, given)
    assert odd.status_code == 422
    assert "biasanya sekitar 20" in odd.text
    saved = post_form(client, door, given | {"sure": "ya"})
    assert saved.location == f"{PLAIN}/{homes[2]}"
    assert client.get(f"{PLAIN}/{other}").status_code == 200  # a neighbour's meter that stands on nobody's route

    biller = client_of(utility)
    act_as(biller, utility, "water.biller")
    picture = biller.get(f"/kelola/water/pembacaan/satu/{reading}/foto")
    assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")
    assert client.get(f"/kelola/water/pembacaan/satu/{reading}/foto").status_code == 403
    assert biller.get(f"/berkas/{photo_id}").status_code == 404
    assert biller.get(f"{PLAIN}/rute.json").status_code == 403
    with app.app_context(), tenant_scope(utility) as session:
        deciding.send_back(session, reading, reason="Foto buram", member_id=None)
        session.commit()
    assert "Foto buram" in client.get(f"{PLAIN}/{homes[0]}").text


def test_a_household_reads_its_own_meter(client_of, utility, app):
    client, home = client_of(utility), "/layanan/water/h/rumah"
    with app.app_context(), tenant_scope(utility) as session:
        _route, homes = lay_out(session, doors=2)
        customer = customers.add(session, {"name": "Siti Aminah", "phone": "0812 3456 7890"})
        connection = session.get_one(Connection, (session.tenant_id, homes[0]))
        connection.customer_id = customer.id
        number = connection.number
        session.commit()
    page = f"/layanan/water/h/meter/{homes[0]}"
    assert client.get(page).status_code == 404
    assert client.get("/layanan/water/h/meter").location == home
    post_form(client, home, {"nomor": number, "telepon": "081234567890"})
    assert client.get(f"/layanan/water/h/meter/{homes[1]}").status_code == 404
    assert "Angka bulan lalu" in client.get(page).text
    sent = {
        "client_id": str(uuid4()),
        "stand": "220",
        "month": "2026-09",
        "connection": str(homes[1]),
        "read_at": "2030-01-01",
    }
    assert "biasanya sekitar" in post_form(client, page, sent).text
    sent["photo"] = (io.BytesIO(photo()), "m.jpg")
    assert post_form(client, page, sent | {"sure": "ya"}).status_code == 303
    with app.app_context(), tenant_scope(utility) as session:
        row = months(session, homes[0])[OCT]
        assert (row.stand, row.kind, row.state) == (220, "self", "check")
        assert row.photo_id is not None
        assert months(session, homes[1]).keys() == {SEP}
        record(session, [said(homes[0], OCT, 141, day=2)])
        assert figures(session, homes[0])[OCT] == (21, "accepted")
        session.commit()
    again = post_form(client, page, {"client_id": str(uuid4()), "stand": "142"})
    assert "angka petugas yang dipakai" in client.get(again.location).text
    assert "sudah kami terima: 141" in client.get(page).text


@pytest.mark.browser
def test_a_day_without_a_signal(live_app: "Flask", live_url, new_context, utility) -> None:
    page = watched(new_context().new_page(), ignoring=("404", "ERR_INTERNET_DISCONNECTED", "Failed to load resource"))
    member = sign_in(page, live_app, utility, "water.reader")
    with live_app.app_context(), tenant_scope(utility) as session:
        route, homes = lay_out(session)
        route.member_id = member
        numbers = [session.get_one(Connection, (session.tenant_id, home)).number for home in homes]
        session.commit()
    page.goto(live_url(utility, PHONE))
    page.evaluate(READY)
    page.get_by_role("heading", name=numbers[0]).wait_for()
    page.wait_for_function("navigator.serviceWorker.controller && caches.match(location.pathname + '?luring=ya')")
    look_at(page, "baca-meter")

    page.context.set_offline(True)
    page.reload()
    page.get_by_role("heading", name=numbers[0]).wait_for()
    page.get_by_text("Jalan Melati 1").first.wait_for()
    page.fill("#f-stand", "220")
    page.get_by_role("button", name="Simpan, lanjut").click()
    page.get_by_text("biasanya sekitar 20 m³").wait_for()
    look_at(page, "baca-meter-lonjakan")
    page.fill("#f-stand", "141")
    page.locator("#f-photo").set_input_files({"name": "m.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    page.locator("[data-preview] img").wait_for()
    page.get_by_role("button", name="Simpan, lanjut").click()
    page.get_by_role("heading", name=numbers[1]).wait_for()
    page.fill("#f-stand", "142")
    page.get_by_role("button", name="Simpan, lanjut").click()
    page.get_by_role("heading", name=numbers[2]).wait_for()
    page.get_by_text("2 menunggu sinyal").wait_for()
    page.reload()
    page.get_by_role("heading", name=numbers[2]).wait_for()
    page.get_by_text("2 dari 3").wait_for()
    # Two copies of one stand, as two tabs would send them.
    page.evaluate("balaiOutbox.all().then(all => { self.copy = all.at(-1); })")

    page.context.set_offline(False)
    page.get_by_text("Semuanya sudah terkirim").wait_for()
    page.evaluate("balaiOutbox.put({...self.copy, state: 'waiting', hold: 0}).then(() => balaiOutbox.flush())")
    with live_app.app_context(), tenant_scope(utility) as session:
        rows = {row.connection_id: row for row in session.scalars(select(Reading).where(Reading.month == OCT))}
        assert {home: rows[home].use for home in rows} == {homes[0]: 21, homes[1]: 22}
        assert rows[homes[0]].photo_id is not None
    assert problems(page) == []


@pytest.mark.browser
def test_how_the_pages_look(live_app: "Flask", live_url, browser_page, utility) -> None:
    page = watched(browser_page, ignoring=("404", "422"))
    member = sign_in(page, live_app, utility, "water.reader", "water.biller", "water.clerk")
    with live_app.app_context(), tenant_scope(utility) as session:
        route, homes = lay_out(session, doors=4)
        route.member_id = member
        own = session.get_one(Connection, (session.tenant_id, homes[3]))
        own.customer_id = customers.add(session, {"name": "Siti Aminah", "phone": "0812 3456 7890"}).id
        number = own.number
        record(
            session, [said(homes[0], OCT, 180, day=2), said(homes[1], OCT, 141, day=2), said(homes[2], OCT, 90, day=2)]
        )
        seen = months(session, homes[0])[OCT].id
        deciding.send_back(session, months(session, homes[2])[OCT].id, reason="Foto buram", member_id=member)
        session.commit()
    for name, path in (
        ("bulan", ""), ("bulan-satu", "/2026-10"), ("bulan-antrean", "/2026-10/antrean?sebab=high"),
        ("bulan-bacaan", f"/satu/{seen}"),
    ):  # fmt: skip
        look_at(page, name, live_url(utility, f"/kelola/water/pembacaan{path}"))
    look_at(page, "baca-daftar", live_url(utility, PLAIN))
    look_at(page, "baca-pintu", live_url(utility, f"{PLAIN}/{homes[2]}"))
    page.goto(live_url(utility, "/layanan/water/h/rumah"))
    page.fill("#f-nomor", number)
    page.fill("#f-telepon", "081234567890")
    page.locator("main form button[type=submit]").first.click()
    page.get_by_role("link", name="Kirim angka meter").click()
    page.get_by_role("heading", name="Kirim angka meter").wait_for()
    look_at(page, "kirim-angka")
    page.goto(live_url(utility, "/kelola/water/pembacaan/2026-09"))
    for step in ("Mulai dibaca", "Selesai dibaca, periksa"):
        page.get_by_role("button", name=step).click()
        page.wait_for_load_state()
    page.get_by_role("button", name="Tutup bulan ini").click()
    page.get_by_text("Bulan ini ditutup pada").wait_for()
    look_at(page, "bulan-ditutup")
