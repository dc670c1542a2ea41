"""The short ways to the database keep what the long way promises."""

import uuid

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from balai import db
from balai.cases import ServiceSetting
from balai.db import WrongTenantError
from balai.places import Area
from balai.tenancy import tenant_scope


def test_a_row_is_written_at_once_and_stays_in_the_session(session, tenant):
    area = Area(
        code=f"{tenant.region_code}.02", name="Kecamatan Baru", kind="kecamatan", parent_code=tenant.region_code
    )
    db.insert(session, area)
    assert area.tenant_id == tenant.id
    assert area.active is True
    assert isinstance(area.id, uuid.UUID)
    assert session.scalars(select(Area).where(Area.code == area.code)).one() is area
    area.name = "Kecamatan Lama"
    session.commit()
    with tenant_scope(tenant) as other:
        assert other.scalars(select(Area.name).where(Area.code == area.code)).one() == "Kecamatan Lama"


def test_what_the_session_holds_back_goes_first(session, tenant):
    district = Area(code=f"{tenant.region_code}.03", name="A", kind="kecamatan", parent_code=tenant.region_code)
    session.add(district)
    db.insert(
        session, Area(code=f"{tenant.region_code}.04", name="B", kind="kecamatan", parent_code=tenant.region_code)
    )
    assert not session.new


def test_json_and_defaults(session):
    setting = ServiceSetting(service_id="feedback.usul", texts={"a": [1, None, "x"]})
    db.insert(session, setting)
    session.expire(setting)
    assert setting.texts == {"a": [1, None, "x"]}
    assert (setting.state, setting.steps_off, setting.trial_until) == ("on", [], None)
    assert setting.changed_at is not None


def test_rows_of_another_tenant_and_doubles_are_refused(session, tenant, other_tenant):
    code = f"{tenant.region_code}.01"
    with pytest.raises(WrongTenantError):
        db.insert(session, Area(tenant_id=other_tenant.id, code=code, name="x", kind="desa", parent_code="x"))
    with pytest.raises(IntegrityError):
        db.insert(session, Area(code=code, name="x", kind="desa", parent_code="x"))
    session.rollback()


def test_reading_sees_one_tenant_and_writes_nothing(app, tenant, other_tenant):
    database = app.extensions["balai.db"]
    with db.reading(database, tenant.id) as driver:
        codes = {row[0] for row in driver.execute("SELECT code FROM area")}
        assert codes
        assert all(code.startswith(tenant.region_code) for code in codes)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), db.reading(database, tenant.id) as driver:
        driver.execute("DELETE FROM area")
    with db.reading(database, other_tenant.id) as driver:
        assert driver.execute("SELECT count(*) FROM area WHERE code = ANY(%s)", (list(codes),)).fetchone() == (0,)


def test_the_tenant_does_not_stay_on_the_connection(app, tenant):
    database = app.extensions["balai.db"]
    with db.reading(database, tenant.id):
        pass
    raw = database.engine.raw_connection()
    with pytest.raises(psycopg.Error):
        raw.driver_connection.execute("SELECT count(*) FROM area")
    raw.close()


def test_a_connection_that_the_server_closed_is_replaced(make_app, database, tenant):
    app = make_app(database_pool=1)
    pool = app.extensions["balai.db"]
    slug = tenant.slug
    assert db.look_up(pool, "registry.tenant_of_slug", slug)
    with psycopg.connect(database.url("postgres"), autocommit=True) as chief:
        raw = pool.engine.raw_connection()
        backend = raw.driver_connection.info.backend_pid
        raw.close()
        chief.execute("SELECT pg_terminate_backend(%s, 2000)", (backend,))
    with pytest.raises(psycopg.OperationalError):
        db.look_up(pool, "registry.tenant_of_slug", slug)
    assert db.look_up(pool, "registry.tenant_of_slug", slug)
