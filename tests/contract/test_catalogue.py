"""The inverted rule over the live catalogue: whatever isn't on the allow-list keeps tenants apart."""

import psycopg
import pytest
from sqlalchemy import create_engine

from balai.db import catalogue
from balai.db.database import sqlalchemy_url


@pytest.fixture
def owner(database):
    engine = create_engine(sqlalchemy_url(database.owner_url), connect_args={"options": "-c search_path=public,jobs"})
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_every_relation_keeps_tenants_apart(owner):
    assert catalogue.faults(owner) == []


def test_the_check_covers_something(owner):
    names = {r.name for r in catalogue.relations(owner) if not r.exempt}
    assert {"area", "tenant_profile", "audit_entry"} <= names


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        ("ALTER TABLE area NO FORCE ROW LEVEL SECURITY", "not enabled and forced"),
        ("ALTER TABLE area DISABLE ROW LEVEL SECURITY", "not enabled and forced"),
        ("DROP POLICY area_app ON area", "policies are"),
        ("DROP POLICY area_owner ON area", "policies are"),
        ("CREATE POLICY extra ON area TO balai_app USING (true)", "policies are"),
        ("CREATE TABLE forgotten (id int PRIMARY KEY)", "forgotten: no column tenant_id"),
        ("CREATE VIEW leak AS SELECT * FROM area", "leak: a view"),
        ("CREATE INDEX wrong ON area (code)", "wrong doesn't start with tenant_id"),
        ("GRANT TRUNCATE ON area TO balai_app", "TRUNCATE"),
        ("GRANT UPDATE ON audit_entry TO balai_app", "audit_entry: balai_app may"),
        ("GRANT INSERT ON registry.tenant TO balai_app", "only SELECT is allowed"),
        ("CREATE TABLE registry.person (name text)", "registry.person: not on the allow-list"),
        (
            """CREATE TABLE child (tenant_id int, id uuid, area_id uuid, PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, area_id) REFERENCES area (tenant_id, id))""",
            "has no index",
        ),
    ],
)
def test_each_harm_is_found(database, owner, harm, says):
    owner.exec_driver_sql(harm)
    try:
        assert any(says in fault for fault in catalogue.faults(owner)), catalogue.faults(owner)
    finally:
        owner.rollback()


@pytest.mark.parametrize("role", ["balai_app", "balai_owner", "balai_queue"])
def test_no_role_bypasses_row_level_security(database, role):
    with psycopg.connect(database.superuser_url) as connection:
        row = connection.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    assert row == (False, False)


def test_serving_as_owner_is_refused(make_app, database):
    from balai.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match="balai_app"):
        make_app(database_url=database.owner_url)
    with pytest.raises(ConfigurationError, match="superuser"):
        make_app(database_url=database.superuser_url)
