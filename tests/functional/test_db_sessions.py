"""One session = one tenant: what the database and the session refuse."""

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from balai.db import TenantSession, WrongTenantError, new_id
from balai.places import Area
from balai.tenancy import registry_scope, tenant_scope


def probe(app, tenant):
    """A forgotten filter answers this tenant's rows only."""
    with app.app_context(), tenant_scope(tenant) as session:
        own = {a.code for a in session.scalars(select(Area))}
        raw = {row.code for row in session.execute(text("SELECT code FROM area"))}
    assert own == raw
    assert {code[:5] for code in own} == {tenant.region_code}


def test_a_session_sees_its_own_rows_only(app, tenant, other_tenant):
    assert tenant.region_code != other_tenant.region_code
    probe(app, tenant)


def test_the_probe_fails_when_row_level_security_is_dropped(app, tenant, other_tenant, database):
    """Shown by doing it: without the policy in force the very same probe finds the other region's rows."""
    assert other_tenant.id != tenant.id
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE area DISABLE ROW LEVEL SECURITY")
        try:
            with pytest.raises(AssertionError):
                probe(app, tenant)
        finally:
            owner.execute("ALTER TABLE area ENABLE ROW LEVEL SECURITY")
    probe(app, tenant)


def test_forgotten_tenant_raises_instead_of_answering(app, tenant):
    with (
        app.app_context(),
        registry_scope() as session,
        pytest.raises(DBAPIError, match=r"app\.tenant_id|invalid input syntax"),
    ):
        session.execute(text("SELECT count(*) FROM area"))


def test_tenant_does_not_leak_to_the_next_user_of_the_connection(app, tenant):
    with app.app_context():
        with tenant_scope(tenant) as session:
            session.execute(text("SELECT 1"))
        with registry_scope() as session, pytest.raises(DBAPIError, match=r"app\.tenant_id|invalid input syntax"):
            session.execute(text("SELECT count(*) FROM area"))


def test_tenant_of_a_session_cannot_be_changed(app, tenant):
    with app.app_context(), tenant_scope(tenant) as session, pytest.raises(AttributeError):
        session.tenant_id = 1


def test_foreign_row_is_refused_at_flush_and_by_the_database(app, tenant, other_tenant):
    area = {"code": "x", "name": "x", "kind": "desa", "parent_code": "y"}
    with app.app_context():
        session = app.extensions["balai.db"].session(tenant.id)
        session.add(Area(tenant_id=other_tenant.id, **area))
        with pytest.raises(WrongTenantError):
            session.flush()
        session.close()
        insert = text(
            "INSERT INTO area (tenant_id, id, code, name, kind, parent_code) VALUES (:t, :i, 'x', 'x', 'desa', 'y')"
        )
        session = app.extensions["balai.db"].session(tenant.id)
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.execute(insert, {"t": other_tenant.id, "i": new_id()})
        session.close()


def test_update_and_delete_without_where_touch_own_rows_only(app, tenant, other_tenant):
    with app.app_context():
        with tenant_scope(tenant) as session:
            session.execute(text("UPDATE area SET name = 'diganti'"))
            session.execute(text("DELETE FROM area WHERE kind = 'desa'"))
        with tenant_scope(other_tenant) as session:
            names = list(session.scalars(select(Area.name)))
        assert "diganti" not in names
        assert len(names) == 3


def test_get_by_key_of_another_tenant_finds_nothing(app, tenant, other_tenant):
    with app.app_context():
        with tenant_scope(other_tenant) as session:
            foreign = session.scalars(select(Area)).first()
        with tenant_scope(tenant) as session:
            assert session.get(Area, (other_tenant.id, foreign.id)) is None
            assert session.get(Area, (tenant.id, foreign.id)) is None


def test_session_type(session):
    assert isinstance(session, TenantSession)
