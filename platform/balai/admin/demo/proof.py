"""What a demo region entered about itself, and the year behind it; all of it marked as example data."""

import csv
import io
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from sqlalchemy import func, select

from balai import clock, places
from balai.admin.demo import year
from balai.db import TenantSession
from balai.evidence.facts import roll_up
from balai.evidence.models import KnownApp
from balai.evidence.sheets import SHEETS, load_csv
from balai.evidence.verdicts.services import judge_all


@lru_cache(maxsize=1)
def given() -> dict[str, Any]:
    """The demo's figures as evidence.yaml holds them."""
    found: dict[str, Any] = yaml.safe_load(
        resources.files("balai.admin.demo").joinpath("evidence.yaml").read_text(encoding="utf-8")
    )
    return found


def furnish(session: TenantSession, code: str) -> int:
    """Enter people, costs and apps, tell the year, count and judge; answers how many cases. Nothing when it was done before."""
    if code not in given()["people"] or session.scalar(select(func.count()).select_from(KnownApp)):
        return 0
    _enter(session, "penduduk", people_rows(session, code))
    this = clock.now().year
    _enter(session, "biaya", [{**row, "tahun": this} for row in given()["costs"]])
    _enter(session, "aplikasi", [{**row, "tahun": this} for row in given()["apps"]])
    stories = year.tell(int(code.replace(".", "")), given()["monthly"][code], places.villages(session), clock.now())
    count = year.write(session, stories)
    roll_up(session)
    judge_all(session)
    return count


def people_rows(session: TenantSession, code: str) -> list[dict[str, Any]]:
    """The region's people, and a share for each district by its number of villages (example data)."""
    whole, source, this = int(given()["people"][code]), given()["source"], clock.now().year - 1
    villages = places.villages(session)
    rows = [{"kode": code, "tahun": this, "jumlah": whole, "sumber": source}]
    for district in places.districts(session):
        own = sum(1 for village in villages if village.parent_code == district.code)
        if own:
            rows.append(
                {"kode": district.code, "tahun": this, "jumlah": whole * own // len(villages), "sumber": source}
            )
    return rows


def _enter(session: TenantSession, key: str, rows: Iterable[Mapping[str, Any]]) -> None:
    sheet = SHEETS[key]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, [column.key for column in sheet.columns], restval="")
    writer.writeheader()
    writer.writerows(rows)
    load_csv(session, sheet, out.getvalue().encode(), by=None, example=True)
