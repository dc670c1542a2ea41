"""Tariffs from draft to history: pages, adoption, what the database refuses, a customer's card."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from test_water_tariff_reading import CSV, RULES

from balai.errors import Invalid
from balai.testing.acting import act_as
from balai.testing.pages import post_form
from balai.testing.words import plain
from balai_water.register.models import Connection, ConnectionEvent, Customer
from balai_water.tariffs import cards, services
from balai_water.tariffs.models import TariffDraft, TariffVersion

PATH = "/kelola/water/tarif"


@pytest.fixture
def utility(regions):
    return regions(plugins=("feedback", "water"))


@pytest.fixture
def books(app, utility):
    """A session of the utility."""
    from flask import g

    with app.app_context():
        g.tenant = utility
        opened = app.extensions["balai.db"].session(utility.id)
        yield opened
        opened.close()


def adopt(session, valid_from, rules=RULES, decree="SK 1"):
    draft = services.save_draft(session, None, rules)
    return services.adopt(
        session, draft.id, decree=decree, decreed_on=date(2026, 1, 2), valid_from=valid_from, today=date(2026, 12, 1),
        member_id=None,
    )  # fmt: skip


def test_from_a_pasted_table_to_a_tariff_that_nobody_changes(client_of, utility, books):
    client = client_of(utility)
    act_as(client, utility, "water.biller")
    assert "Belum ada tarif" in client.get(PATH).text

    refused = post_form(client, f"{PATH}/tempel", {"isi": CSV.replace(";10;20;", ";12;20;")})
    assert refused.status_code == 422
    assert "Baris 3, Dari m3" in refused.text
    assert ";12;20;" in refused.text  # what was typed stays

    kept = post_form(client, f"{PATH}/tempel", {"isi": CSV})
    assert kept.status_code == 303
    draft = books.scalars(select(TariffDraft)).one()
    assert kept.location == f"{PATH}/rancangan/{draft.id}"
    editor = client.get(kept.location).text
    assert 'value="1480"' in editor
    assert plain(editor)

    at = kept.location
    wrong = post_form(client, at, {"baris": "1", "blok": "1", "g0-key": "A", "g0-label": "A", "g0-rate-0": "seribu"})
    assert wrong.status_code == 422
    assert 'value="seribu"' in wrong.text
    assert "Baris 1, harga blok 1" in wrong.text
    assert post_form(client, at, {"baris": "1", "blok": "1", "langkah": "baris"}).text.count('name="g3-key"') == 1
    saved = {"baris": "1", "blok": "2", "batas-0": "10", "g0-key": "A", "g0-label": "A", "g0-rate-0": "1.000"}
    assert post_form(client, at, saved | {"g0-rate-1": "2000"}).status_code == 303
    assert post_form(client, f"{at}/tetapkan", {"decree": "", "decreed_on": "x", "valid_from": ""}).status_code == 422
    given = {"decree": "SK Bupati 12/2026", "decreed_on": "2026-01-02", "valid_from": "2026-01-15"}
    done = post_form(client, f"{at}/tetapkan", given)
    assert done.status_code == 303
    page = client.get(done.location).text
    assert "pemakaian Februari 2026" in page
    assert "SK Bupati 12/2026" in client.get(PATH).text
    assert client.get(at).status_code == 404

    books.rollback()
    assert [g.key for g in services.tariff_on(books, date(2026, 2, 1)).groups.values()] == ["A"]
    with pytest.raises(services.NoTariff):
        services.tariff_on(books, date(2026, 1, 1))
    with pytest.raises(ProgrammingError, match="permission denied"):
        books.execute(text("UPDATE water_tariff SET decree = 'x'"))
    books.rollback()

    again = post_form(client, f"{done.location}/cabut", {"reason": ""})
    assert again.status_code == 422
    assert post_form(client, f"{done.location}/cabut", {"reason": "Salah ketik."}).status_code == 303
    assert "Belum ada tarif" in client.get(PATH).text
    assert services.groups_on(books, date(2026, 3, 1)) == {}


def test_one_version_a_day_and_the_latest_counts(books):
    first = adopt(books, date(2026, 1, 1))
    with pytest.raises(Invalid):
        adopt(books, date(2026, 1, 1), decree="SK 2")
    later = adopt(books, date(2026, 3, 2), decree="SK 3")
    assert services.version_on(books, date(2026, 3, 1)).id == first.id
    assert services.version_on(books, date(2026, 4, 1)).id == later.id
    services.withdraw(books, later.id, reason="Batal", member_id=None)
    assert services.version_on(books, date(2026, 4, 1)).id == first.id
    assert adopt(books, date(2026, 3, 2), decree="SK 4").edition == 2
    with pytest.raises(Invalid):
        services.save_draft(books, None, {"groups": []})


def test_only_who_bills_may_change_and_nobody_from_elsewhere_sees(client_of, utility, other_tenant, books):
    version = adopt(books, date(2026, 1, 1))
    draft = services.save_draft(books, None, RULES)
    books.commit()
    client = client_of(utility)
    act_as(client, utility, "water.clerk")
    assert client.get(f"{PATH}/{version.id}").status_code == 200
    for path in (f"/rancangan/{draft.id}", "/tempel", "/rancangan/baru", f"/rancangan/{draft.id}/tetapkan"):
        assert client.get(PATH + path).status_code == 403
    assert post_form(client, f"{PATH}/{version.id}/cabut", {"reason": "x"}).status_code == 403
    assert books.scalars(select(TariffVersion)).one().id == version.id


def test_a_card_is_given_checked_and_taken_back(client_of, utility, books):
    adopt(books, date(2026, 1, 1))
    customer = Customer(id=uuid4())
    books.add(customer)
    books.flush()
    row = Connection(id=uuid4(), number="0001", customer_id=customer.id, group_key="RT-A", region="20.01.01.2001")
    books.add(row)
    books.commit()
    client, path = client_of(utility), f"/kelola/water/kartu/{row.id}"
    act_as(client, utility, "water.biller")
    assert plain(client.get(path).text)
    good = {
        "label": "Kartu Air Sehat",
        "decree": "Pergub 37",
        "cubic_metres": "10",
        "rate": "",
        "fixed": "0",
        "reason": "Miskin",
    }
    for change in ({"label": ""}, {"group": "X"}, {"rate": "1,5"}, {"cubic_metres": "", "fixed": ""}, {"reason": ""}):
        assert post_form(client, path, good | change).status_code == 422
    assert post_form(client, path, good).status_code == 303
    books.refresh(row)
    assert row.card == {"label": "Kartu Air Sehat", "decree": "Pergub 37", "cubic_metres": 10, "fixed": 0}
    assert cards.card_of(row.card).fixed == 0
    assert post_form(client, path, {"langkah": "cabut", "reason": "Pindah"}).status_code == 303
    books.refresh(row)
    assert row.card is None
    assert [e.kind for e in books.scalars(select(ConnectionEvent))] == ["card_changed"] * 2
    assert client.get(f"/kelola/water/kartu/{uuid4()}").status_code == 404
