"""A taken port is named with its holder, too little disk with its folder; nothing is chosen silently."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from balai.devstack import ports, virtualenv
from balai.devstack.errors import StackError

LISTEN = """
import socket, sys
s = socket.socket(int(sys.argv[1])); s.bind((sys.argv[2], 0)); s.listen()
print(s.getsockname()[1], flush=True); sys.stdin.read()
"""


@pytest.fixture
def listener():
    """Starts processes that hold a port; the answer is (process, port)."""
    started = []

    def start(family=socket.AF_INET, address="127.0.0.1", **options):
        process = subprocess.Popen(
            [sys.executable, "-c", LISTEN, str(int(family)), address],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options,
        )  # fmt: skip
        started.append(process)
        return process, int(process.stdout.readline())

    yield start
    for process in started:
        process.communicate()


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, ""), (socket.AF_INET6, "::")]
)
def test_a_taken_port_names_its_process(listener, family, address):
    process, port = listener(family, address)
    with pytest.raises(StackError) as refused:
        ports.require_free(port, "BALAI_PORT", "portal")
    text = str(refused.value)
    assert f"Port {port} untuk portal" in text
    assert f"proses {process.pid} ({sys.executable}" in text
    other = int(re.search(r"BALAI_PORT=(\d+) make run", text)[1])
    assert other != port
    assert 0 < other < 65536


def test_a_free_port_passes(free_port):
    ports.require_free(free_port, "BALAI_PORT", "portal")


def test_a_port_that_was_just_closed_is_free(listener):
    process, port = listener()
    with socket.create_connection(("127.0.0.1", port)):
        process.communicate()
    ports.require_free(port, "BALAI_PORT", "portal")


def test_another_users_process_is_called_that(listener, monkeypatch):
    _, port = listener()
    monkeypatch.setattr(Path, "readlink", lambda _self: (_ for _ in ()).throw(PermissionError))
    with pytest.raises(StackError, match="proses milik pengguna lain"):
        ports.require_free(port, "BALAI_PORT", "portal")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_names_the_process_of_another_user(listener):
    process, port = listener(user="nobody", group="nogroup", extra_groups=[], cwd="/", executable="/usr/bin/python3")
    assert ports.holder(port).pid == process.pid


def test_run_ports_come_from_variables(listener, free_port, monkeypatch):
    _, taken = listener()
    monkeypatch.setenv("BALAI_PORT", str(free_port))
    monkeypatch.setenv("BALAI_KEYCLOAK_PORT", str(taken))
    with pytest.raises(StackError, match=f"Port {taken} untuk Keycloak"):
        ports.require_run_ports()
    monkeypatch.setenv("BALAI_KEYCLOAK_URL", "https://masuk.example.go.id")
    monkeypatch.setenv("BALAI_SMTP_URL", "smtp://mail.example.go.id")
    ports.require_run_ports()


def test_one_number_for_two_ports_is_refused(free_port, monkeypatch):
    monkeypatch.setenv("BALAI_PORT", str(free_port))
    monkeypatch.setenv("BALAI_KEYCLOAK_PORT", str(free_port))
    with pytest.raises(StackError, match="BALAI_KEYCLOAK_PORT dan BALAI_PORT sama-sama"):
        ports.require_run_ports()


@pytest.mark.parametrize("value", ["abc", "0", "65536", "-1", "80.5"])
def test_what_is_no_port_number_is_named(value, monkeypatch):
    monkeypatch.setenv("BALAI_PORT", value)
    with pytest.raises(StackError, match=r"BALAI_PORT=.* bukan nomor port"):
        ports.require_run_ports()


def test_too_little_disk_names_folder_and_need(tmp_path):
    with pytest.raises(StackError, match=rf"Ruang disk di {tmp_path} tinggal \d+ MB.*Keycloak perlu 999999999 MB"):
        ports.require_disk(tmp_path / "not" / "there" / "yet", 999_999_999, "Keycloak")
    ports.require_disk(tmp_path, 1, "Keycloak")


def test_a_missing_venv_module_names_the_exact_package(monkeypatch):
    monkeypatch.setattr(virtualenv.importlib.util, "find_spec", lambda _name: None)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(StackError, match=rf"apt install python{version}-venv$"):
        virtualenv.check_machine("setup")


def test_the_download_is_announced_before_it_begins(monkeypatch, capsys):
    monkeypatch.setattr(virtualenv, "_has_keycloak", lambda: False)
    monkeypatch.delenv("BALAI_KEYCLOAK_URL", raising=False)
    virtualenv.check_machine("test")
    said = capsys.readouterr().out
    assert "190 MB" in said
    assert "Keycloak (login)  177 MB" in said
    assert re.search(r"sekitar \d+ menit", said)


def test_bootstrap_still_parses_on_old_pythons():
    """The version check must be reached there: nothing newer than Python 3.6's grammar in that file."""
    import ast

    source = Path(virtualenv.__file__).with_name("bootstrap.py").read_text()
    ast.parse(source, feature_version=(3, 6))
