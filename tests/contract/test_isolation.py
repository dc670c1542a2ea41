"""No region meets another: every address and every job, with everything that belongs to somebody else.

Addresses come from the URL map, ids from the live tables, so what is added tomorrow is swept too. The sweep proves itself: the
same addresses, tried by the region's own people, do show the marked texts.
"""

import contextlib
import io
from uuid import uuid4

import pytest
from flask import g

from balai import audit
from balai.auth.sessions import COOKIE
from balai.tenancy import tenant_scope
from balai.testing import sweep
from balai.testing.acting import act_as, set_cookie

MARK = "tandarahasia"
REFUSED = {301, 302, 303, 308, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503}


@pytest.fixture(scope="module")
def pair(app, regions, client_of, database):
    """Two regions full of data; texts of the first carry MARK."""
    one, two = regions(), regions()
    for tenant, mark in ((one, MARK), (two, "biasa")):
        fill(app, tenant, client_of, mark)
    return one, two


def fill(app, tenant, client_of, mark):
    from sqlalchemy import select

    from balai.auth.models import Member
    from balai.cases import catalogue, filing, units
    from balai.places import Area

    act_as(client_of(tenant), tenant, "admin", name=f"Admin {mark}")
    act_as(client_of(tenant), tenant, "officer", name=f"Petugas {mark}")
    with app.test_request_context(base_url=f"http://{tenant.slug}.localhost:8000"):
        g.tenant = tenant
        with tenant_scope(tenant) as session, audit.acting_as(audit.SYSTEM):
            for member in session.scalars(select(Member)):
                units.adopt_admin(session, member.id)
            unit = units.create_unit(session, name=f"Unit {mark}", phone="022 1")
            units.add_member(session, unit, session.scalars(select(Member)).first().id)
            village = session.scalars(select(Area).where(Area.kind == "desa")).first()
            place = filing.Place(region=village.code, landmark=f"dekat {mark}")
            service = catalogue.service(session, "feedback.pengaduan")
            for visibility, anonymity in (
                ("public", "named"),
                ("private", "named"),
                ("secret", "named"),
                ("public", "anonymous"),
            ):
                filing.file_case(
                    session, service, {"bidang": "jalan", "uraian": f"Jalan rusak {mark} sekali"}, place=place,
                    reporter=filing.Reporter(name=f"Warga {mark}", phone="081234567890") if anonymity == "named" else None,
                    visibility=visibility, anonymity=anonymity, client_id=uuid4(),
                )  # fmt: skip
            from balai.files import store

            store(session, io.BytesIO(picture()), purpose="case", filename=f"{mark}.jpg")


def picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (64, 48), "#336699").save(out, "JPEG")
    return out.getvalue()


def values_of(rows, tenant):
    """Path arguments by name: things of the region whose rows these are."""
    codes = [r["code"] for r in rows["cases"]][:4]
    return {
        "owner": ["feedback"],
        "service": ["pengaduan"],
        "service_id": ["feedback.pengaduan"],
        "plugin": ["feedback"],
        "name": ["feedback"],
        "code": [*codes, tenant.region_code],
    }


LONG = pytest.mark.long
# None: nobody signed in; (): a citizen. Whoever can do less than an officer or an admin is swept in the long run.
PEOPLE = [
    None,
    ("officer",),
    ("admin",),
    pytest.param((), marks=LONG),
    pytest.param(("auditor",), marks=LONG),
    pytest.param(("leader",), marks=LONG),
    pytest.param(("helper",), marks=LONG),
]


def sweep_as(app, client, rows, tenant, *, form):
    ids = sorted({i for some in sweep.ids_of(rows).values() for i in some[:1]} | {str(r["id"]) for r in rows["cases"]})
    for method, path in sweep.addresses(app, values_of(rows, tenant), ids):
        yield sweep.attempt(client, method, path, form=form, headers={"Origin": client_origin(client)})


def client_origin(client):
    return f"http://{client.environ_base['HTTP_HOST']}"


def form_with(rows, tenant):
    """Bodies that name the other region's things under every name we use."""
    ids = {table: some[0]["id"] for table, some in rows.items() if some and some[0].get("id")}
    form = {f"{table}_id": str(i) for table, i in ids.items()} | {table: str(i) for table, i in ids.items()}
    return form | {
        "tenant_id": str(tenant.id), "assignee": str(ids.get("member", "")), "unit": str(ids.get("unit", "")),
        "region": f"{tenant.region_code}.01.2001", "reason": "uji", "to": "on", "state": "on",
    }  # fmt: skip


@pytest.mark.parametrize("roles", PEOPLE)
def test_nothing_of_another_region_is_reached(app, pair, client_of, database, roles):
    one, two = pair
    client = client_of(two)
    if roles is not None:
        act_as(client, two, *roles)
    before = sweep.rows_of(database.owner_url, one)
    form = form_with(before, one)
    told, failed = [], []
    for tried in sweep_as(app, client, before, one, form=form):
        if tried.status >= 500 and tried.status != 503:
            failed.append((tried.method, tried.path, tried.status))
        if MARK.encode() in tried.body.lower() or MARK in tried.location:
            told.append((tried.method, tried.path, tried.status))
    assert told == []
    assert failed == []
    assert sweep.rows_of(database.owner_url, one) == before


def test_the_sweep_would_see_a_leak(app, pair, client_of, database):
    """The same addresses, tried by the region's own admin, show the marked texts."""
    one, _two = pair
    client = client_of(one)
    act_as(client, one, "admin", "officer")
    rows = sweep.rows_of(database.owner_url, one)
    ids = sorted({str(r["id"]) for r in rows["cases"]})
    seen = {
        path
        for method, path in sweep.addresses(app, values_of(rows, one), ids)
        if method == "GET" and MARK.encode() in sweep.attempt(client, method, path, form={}, headers={}).body.lower()
    }
    assert len(seen) >= 5, seen


def test_a_session_of_one_region_is_nobody_in_another(pair, client_of):
    one, two = pair
    at_home, abroad = client_of(one), client_of(two)
    act_as(at_home, one, "admin")
    cookie = at_home.get_cookie(COOKIE, domain=f"{one.slug}.localhost")
    set_cookie(abroad, COOKIE, cookie.value)
    reply = abroad.get("/kelola")
    assert reply.status_code in {302, 303}
    assert "/masuk" in reply.headers["Location"]


def test_no_job_of_one_region_touches_another(app, pair, database):
    """Every job, run for one region with ids of the other's rows: refused or without effect there."""
    one, two = pair
    before = sweep.rows_of(database.owner_url, one)
    ids = {table: some for table, some in sweep.ids_of(before).items() if some}
    tried = 0
    for _plugin, task in app.extensions["balai.plugins"].brought("tasks"):
        for arguments in sweep.job_arguments(task, ids):
            with app.app_context(), contextlib.suppress(Exception), tenant_scope(two) as session:
                g.tenant, g.db_session = two, session
                task.run(session, two, **arguments)
            tried += 1
    assert tried >= 10
    assert sweep.rows_of(database.owner_url, one) == before
    told = [
        table
        for table, rows in sweep.rows_of(database.owner_url, two).items()
        if any(MARK in repr(row) for row in rows)
    ]
    assert told == []
