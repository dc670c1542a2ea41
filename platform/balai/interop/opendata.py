"""`/data`: the catalogue (DCAT) and its files, CSV and JSON, of a region's own host."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from flask import Blueprint, Response, g, stream_with_context

from balai import db, web
from balai.errors import NotFound
from balai.evidence.verdicts import rules
from balai.files import tabular
from balai.interop.datasets import DATASETS, Dataset
from balai.settings import Settings
from balai.web import render

blueprint = Blueprint("interop_data", __name__, url_prefix="/data", template_folder="templates")
LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
_MEDIA: Final = {"csv": "text/csv", "json": "application/json"}


@blueprint.before_request
def _of_a_region() -> None:
    if g.get("tenant") is None or g.tenant.kind != "region":
        raise NotFound


@blueprint.get("")
def overview() -> Response:
    """The datasets for people."""
    return render("interop/data.html", datasets=DATASETS.values())


@blueprint.get("/catalog.json")
def catalog() -> Response:
    """The datasets for machines, as DCAT in JSON-LD."""
    base = _base()
    found = {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
        },
        "@type": "dcat:Catalog", "@id": f"{base}/data/catalog.json", "dct:title": f"Data terbuka {g.tenant.name}",
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": g.tenant.name}, "dct:license": LICENCE,
        "dct:spatial": g.tenant.region_code, "dcat:dataset": [_entry(dataset, base) for dataset in DATASETS.values()],
    }  # fmt: skip
    return Response(msgspec.json.encode(found), content_type="application/ld+json")


def _entry(dataset: Dataset, base: str) -> dict[str, Any]:
    return {
        "@type": "dcat:Dataset", "@id": f"{base}/data/{dataset.key}", "dct:identifier": dataset.key,
        "dct:title": str(dataset.title), "dct:description": str(dataset.about), "dct:license": LICENCE,
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": g.tenant.name}, "dct:spatial": g.tenant.region_code,
        "dct:accrualPeriodicity": dataset.frequency, "unit": str(dataset.unit), "columns": list(dataset.columns),
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution", "dcat:mediaType": media, "dcat:downloadURL": f"{base}/data/{dataset.key}.{kind}",
                "dct:license": LICENCE,
            }
            for kind, media in _MEDIA.items()
        ],
    }  # fmt: skip


def _base() -> str:
    from flask import current_app

    settings: Settings = current_app.extensions["balai.settings"]
    return settings.public_url(settings.tenant_host(g.tenant.slug), "")


@blueprint.get("/aturan.json")
def rules_file() -> Response:
    """The thresholds by which the verdicts were made."""
    found = rules.published()
    return Response(
        msgspec.json.encode({"version": found.version, "thresholds": found.thresholds}), content_type="application/json"
    )


@blueprint.get("/<key>.<any(csv, json):kind>")
def dataset_file(key: str, kind: str) -> Response:
    """One dataset as a file, written while it is sent."""
    if key not in DATASETS:
        raise NotFound
    web.allow("data-terbuka", allowed=60, seconds=60)
    dataset, session = DATASETS[key], db.session()
    rows = dataset.read(session)
    pieces: Iterator[Any] = tabular.write_csv(dataset.columns, rows) if kind == "csv" else _json(dataset, rows)
    content = f"{_MEDIA[kind]}; charset=utf-8" if kind == "csv" else _MEDIA[kind]
    response = Response(stream_with_context(pieces), content_type=content)
    response.headers["Content-Disposition"] = f'attachment; filename="{key}-{g.tenant.slug}.{kind}"'
    # Open data: pages of others may read it.
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _json(dataset: Dataset, rows: Any) -> Iterator[bytes]:
    yield b"["
    for number, row in enumerate(rows):
        yield (b",\n" if number else b"\n") + msgspec.json.encode(dict(zip(dataset.columns, row, strict=True)))
    yield b"\n]\n"
