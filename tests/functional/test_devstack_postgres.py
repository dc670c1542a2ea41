"""The embedded PostgreSQL: roles without power, databases closed to strangers, one server for all processes."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from balai.devstack import postgres, stack


@pytest.fixture(scope="module")
def server():
    return stack.ensure_postgres("test")


@pytest.fixture
def empty(server, request):
    name = f"devstack_{abs(hash(request.node.name)) % 10**8}"
    yield server.create_database(name, replace=True)
    server.drop_database(name)


def one(url, query):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query).fetchone()


def do(url, statement):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def test_no_role_of_balai_can_bypass_row_security(server):
    query = "SELECT count(*), bool_or(rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)"
    found = one(server.superuser_url, f"{query} FROM pg_roles WHERE rolname LIKE 'balai%' OR rolname = 'keycloak'")
    assert found == (4, False)


def test_a_wrong_password_is_refused_on_the_socket_too(server):
    parts = urlsplit(server.app_url)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.app_url.replace(parts.password, "salah"))


def test_the_owner_makes_tables_that_others_cannot_touch(empty):
    do(empty.owner_url, "CREATE TABLE public.rahasia ()")
    for role in ("balai_app", "balai_queue"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            one(empty.url(role), "SELECT count(*) FROM public.rahasia")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            do(empty.url(role), "CREATE TABLE public.sendiri ()")


def test_keycloak_and_balai_cannot_enter_each_others_database(server):
    for role, database in (("keycloak", "balai"), ("balai_app", "keycloak"), ("balai_owner", "keycloak")):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(server.url(role, database))


def test_the_application_finds_the_queues_schema(empty):
    assert one(empty.app_url, "SHOW search_path") == ("public, jobs",)


def test_replacing_a_database_empties_it_although_somebody_is_connected(server, empty):
    with psycopg.connect(empty.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE lama ()")
        kept = server.create_database(empty.database)
        assert one(kept.owner_url, "SELECT to_regclass('lama')::text") == ("lama",)
        fresh = server.create_database(empty.database, replace=True)
        assert one(fresh.owner_url, "SELECT to_regclass('lama')") == (None,)


def test_several_processes_share_one_server(server):
    code = "from balai.devstack import stack; print(stack.ensure_postgres('test').port)"
    processes = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert {process.communicate(timeout=60)[0].strip() for process in processes} == {str(server.port)}


def test_the_data_is_closed_to_others(server):
    home = stack.Instance.named("test").home
    assert {path.stat().st_mode & 0o077 for path in (home / "pg", server.sockets, home / "pg" / "data")} == {0}
    assert one(server.superuser_url, "SHOW listen_addresses") == ("127.0.0.1",)


@pytest.fixture
def open_folder():
    """pytest's own temporary folders are closed to other users, and as root the server is one."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("below", ["folder dengan spasi", "x" * 90])
def test_a_server_starts_from_nothing_and_after_a_cut_off_start(open_folder, monkeypatch, below):
    monkeypatch.setenv("BALAI_DATA", str(open_folder / below))
    instance = stack.Instance.named("test")
    (instance.home / "pg" / "data").mkdir(parents=True)
    (instance.home / "pg" / "data" / "half").write_text("an initdb that was cut off")
    try:
        info = postgres.start(instance)
        assert one(info.app_url, "SELECT 1") == (1,)
        assert postgres.stop(instance)
        assert postgres.running_port(instance) is None
        assert one(postgres.start(instance).app_url, "SELECT 1") == (1,)
    finally:
        postgres.stop(instance)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_is_told_which_folder_is_closed_and_it_stays_closed(tmp_path, monkeypatch):
    (tmp_path / "rumah").mkdir(mode=0o700)
    monkeypatch.setenv("BALAI_DATA", str(tmp_path / "rumah" / "data"))
    with pytest.raises(stack.StackError, match=r"tidak bisa masuk ke /.*BALAI_DATA=/var/lib/balai"):
        postgres.start(stack.Instance.named("test"))
    assert (tmp_path / "rumah").stat().st_mode & 0o777 == 0o700


def test_data_of_another_major_version_is_named_and_kept(open_folder, monkeypatch):
    monkeypatch.setenv("BALAI_DATA", str(open_folder))
    instance = stack.Instance.named("test")
    data = instance.home / "pg" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(stack.StackError, match="dibuat oleh PostgreSQL 16, sedangkan yang terpasang PostgreSQL 18"):
        postgres.start(instance)
    assert (data / "PG_VERSION").exists()
