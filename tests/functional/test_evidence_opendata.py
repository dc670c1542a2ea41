"""Open data: the catalogue says what is there, files hold it, verdicts follow again from them, and small numbers stay out."""

import csv
import io
from datetime import UTC, date, datetime
from itertools import groupby
from typing import NamedTuple

import pytest
from sqlalchemy import select

from balai import clock
from balai.admin.demo import proof, year
from balai.evidence.models import KnownApp
from balai.evidence.verdicts import rules
from balai.evidence.verdicts.services import judge_all
from balai.interop import queries
from balai.places import villages
from balai.places.models import PlaceCount
from balai.testing.evidence import rolled_up

NOW = datetime(2026, 10, 2, 3, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def fill(session, tenant):
    with clock.frozen(NOW):
        session.add(PlaceCount(code=tenant.region_code, subject="penduduk", year=2025, size=300_000, source="uji"))
        proof._enter(session, "biaya", [{**row, "tahun": 2026} for row in proof.given()["costs"]])
        proof._enter(session, "aplikasi", [{**row, "tahun": 2026} for row in proof.given()["apps"]])
        year.write(session, year.tell(4, {"feedback.pengaduan": 35, "feedback.usul": 3}, villages(session), NOW))
        rolled_up(session)
        judge_all(session)
        session.commit()
    session.expire_all()
    with clock.frozen(LATER):
        rolled_up(session)
        judge_all(session)
        session.commit()


def test_every_verdict_follows_again_from_the_open_files(client, session, tenant, office):
    fill(session, tenant)
    with clock.frozen(LATER):
        rows = client.get("/data/penilaian.json", buffered=True).get_json()
        told = client.get("/data/aturan.json").get_json()
    published = rules.Rules(told["version"], told["thresholds"])
    assert len(rows) == 15
    for row in rows:
        figures = {
            key: row[key]
            for key in ("subject", "kind", "months_on", *(set(row) & set(rules.Figures.__dataclass_fields__)))
        }
        figures["overlaps"] = row["overlaps"].split(", ") if row["overlaps"] else []
        again = rules.judge(rules.load(figures), published)
        assert (row["subject"], again.key, again.action) == (row["subject"], row["verdict"], row["action"])


def test_the_catalogue_names_producer_unit_frequency_licence_and_region_of_files_that_are_there(
    client, session, tenant, office
):
    fill(session, tenant)
    catalog = client.get("/data/catalog.json").get_json(force=True)
    assert catalog["dct:spatial"] == tenant.region_code
    assert len(catalog["dcat:dataset"]) == 6
    for entry in catalog["dcat:dataset"]:
        assert entry["dct:publisher"]["foaf:name"] == tenant.name
        assert all(entry[key] for key in ("unit", "dct:accrualPeriodicity", "dct:license", "dct:title"))
        for file in entry["dcat:distribution"]:
            path = "/data/" + file["dcat:downloadURL"].rpartition("/")[2]
            answer = client.get(path, buffered=True)
            assert (answer.status_code, answer.mimetype) == (200, file["dcat:mediaType"])
            if path.endswith("csv"):
                read = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
                assert read
                assert list(read[0]) == entry["columns"]


def test_small_cells_and_contracts_stay_out(client, session, tenant, office):
    fill(session, tenant)
    rows = client.get("/data/layanan-bulanan.json", buffered=True).get_json()
    cells = [row for row in rows if row["district"]]
    assert cells
    assert all(row["asked"] is None for row in cells if row["small"])
    assert all(row["asked"] == 0 or row["asked"] >= 5 for row in cells if not row["small"])
    # Nor are they what is left of the region's figure once all the others are taken off.
    for key, several in groupby(rows, key=lambda row: (row["service"], row["month"])):
        inside = [row for row in several if row["district"]]
        emptied = [row for row in inside if row["small"]]
        assert len(emptied) != 1 or all(not row["asked"] for row in inside), key
    assert session.scalars(select(KnownApp)).first().contract not in client.get(
        "/data/aplikasi.csv", buffered=True
    ).get_data(as_text=True)
    assert client.get("/data/tidakada.csv").status_code == 404
    assert client.get("/data/biaya.xml").status_code == 404


def test_the_apex_has_no_data_and_another_region_only_its_own(client_of, session, tenant, other_tenant, office):
    fill(session, tenant)
    assert client_of(None).get("/data").status_code == 404
    assert client_of(other_tenant).get("/data/aplikasi.json", buffered=True).get_json() == []
    assert client_of(other_tenant).get("/data").status_code == 200


class Cell(NamedTuple):
    """A row of the facts, as the query answers it."""

    topic: str
    district: str
    month: date
    asked: int
    ended: int


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        # One small cell: the smallest of the others goes with it. Two: their sum alone would say nearly as much.
        ({"": 30, "a": 2, "b": 9, "c": 19}, {"": 30, "a": None, "b": None, "c": 19}),
        ({"": 40, "a": 2, "b": 3, "c": 7, "d": 28}, {"": 40, "a": None, "b": None, "c": None, "d": 28}),
        ({"": 20, "a": 5, "b": 15}, {"": 20, "a": 5, "b": 15}),
    ],
)  # fmt: skip
def test_an_emptied_cell_is_not_worked_out_from_the_others(asked, told):
    rows = [Cell("air", name, date(2026, 5, 1), number, 0) for name, number in asked.items()]
    assert {found[1]: found[3] for found in queries._safe(rows, 5)} == told
