"""Open data: the catalogue says what is there, files hold it, verdicts follow again from them, and small numbers stay out."""

import csv
import io
from datetime import UTC, datetime

from sqlalchemy import select

from balai import clock
from balai.admin.demo import proof, year
from balai.evidence.models import KnownApp
from balai.evidence.verdicts import rules
from balai.evidence.verdicts.services import judge_all
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
