"""Stopping: exactly what was started, in reverse order, and never a process that only inherited a number."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from balai.devstack import processes, supervisor
from balai.devstack.errors import StackError
from balai.devstack.instance import Instance
from balai.devstack.processes import Started, spawn
from balai.devstack.supervisor import Supervisor

# Writes its name to a file when asked to end; the stubborn one ignores that.
SERVICE = """
import signal, sys, time
def end(*_):
    open(sys.argv[2], "a").write(sys.argv[1] + "\\n"); sys.exit()
signal.signal(signal.SIGTERM, end if sys.argv[1] != "stubborn" else signal.SIG_IGN)
open(sys.argv[2] + "." + sys.argv[1], "w").close()
time.sleep(60)
"""
PARENT = "import subprocess, sys, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"


@pytest.fixture
def instance(tmp_path, monkeypatch):
    monkeypatch.setenv("BALAI_DATA", str(tmp_path))
    made = Instance.named("run")
    made.prepare()
    return made


@pytest.fixture
def supervised(instance):
    made = Supervisor(instance)
    yield made
    made.stop_all()


def serve(supervised, name, tmp_path):
    trace = tmp_path / "trace"
    started = supervised.serve(name, (sys.executable, "-c", SERVICE, name, trace), os.environ)
    until((tmp_path / f"trace.{name}").exists)
    return started


def until(condition, timeout=10):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_services_stop_in_reverse_order(supervised, tmp_path):
    for name in ("keycloak", "web", "worker"):
        serve(supervised, name, tmp_path)
    supervised.stop_all()
    assert (tmp_path / "trace").read_text().split() == ["worker", "web", "keycloak"]
    assert not list(supervised.instance.pids.iterdir())


def test_a_stubborn_service_is_killed_with_its_children(tmp_path):
    started = spawn((sys.executable, "-c", PARENT), log=None, env=os.environ, cwd=tmp_path)
    until(lambda: psutil.Process(started.pid).children())
    child = psutil.Process(started.pid).children()[0]
    os.kill(started.pid, signal.SIGSTOP)
    started.stop(timeout=0.2)
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert not started.alive()


def test_a_service_that_ignores_the_request_is_killed(supervised, tmp_path):
    started = serve(supervised, "stubborn", tmp_path)
    started.stop(timeout=0.3)
    until(lambda: not started.alive())


def test_a_stale_pid_file_spares_whoever_has_the_number_now(instance, tmp_path):
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        note = {"pid": bystander.pid, "created": psutil.Process(bystander.pid).create_time() - 3600, "note": {}}
        (instance.pids / "web.json").write_text(json.dumps(note))
        Supervisor(instance).stop_leftovers()
        assert bystander.poll() is None
        assert not (instance.pids / "web.json").exists()
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize("text", ["", "12", "{}", '{"pid": "x"}', "{"])
def test_a_broken_pid_file_is_no_process(instance, text):
    (instance.pids / "web.json").write_text(text)
    assert Started.read(instance.pids / "web.json") is None


def test_leftovers_of_a_killed_supervisor_are_stopped(supervised, tmp_path):
    started = serve(supervised, "web", tmp_path)
    Supervisor(supervised.instance).stop_leftovers()
    assert not started.alive()
    assert (tmp_path / "trace").read_text().split() == ["web"]


def test_a_second_run_names_the_first(instance):
    with supervisor.only_one(instance):
        assert supervisor.holder(instance).pid == os.getpid()
        with (
            pytest.raises(StackError, match=f"sudah berjalan .proses {os.getpid()}.*make stop"),
            supervisor.only_one(instance),
        ):
            pytest.fail("two at once")
    assert supervisor.holder(instance) is None


def test_a_service_that_ends_by_itself_is_noticed(supervised):
    supervised.serve("web", (sys.executable, "-c", "print('port sudah terpakai'); raise SystemExit(3)"), os.environ)
    until(lambda: supervised.dead() == "web")
    with pytest.raises(StackError, match=r"web berhenti sendiri(.|\n)*port sudah terpakai"):
        supervisor._watch(supervised)


def test_a_failed_step_shows_its_last_words(supervised):
    with pytest.raises(StackError, match=r"memperbarui gagal .kode 4.(.|\n)*tabel hilang"):
        supervised.step("memperbarui", (sys.executable, "-c", "print('tabel hilang'); raise SystemExit(4)"), os.environ)


def test_waiting_for_a_portal_that_died_ends_at_once(supervised):
    started = supervised.serve("web", (sys.executable, "-c", "raise SystemExit('rusak')"), os.environ)
    log = supervised.instance.logs / "web.log"
    with pytest.raises(StackError, match=r"Portal tidak menyala(.|\n)*rusak"):
        supervisor.wait_for("http://127.0.0.1:9/", started, "Portal", log, timeout=30)


def test_signals_become_a_stop_and_the_second_is_ignored():
    before = signal.getsignal(signal.SIGTERM)
    with supervisor.signals():
        with pytest.raises(supervisor.Stopped):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_program_begins_only_when_its_pid_file_is_written(tmp_path, monkeypatch):
    """Killed between the two, a supervisor would leave a process that nothing knows of."""

    class Killed(BaseException):
        pass

    def die(self, path):
        raise Killed

    monkeypatch.setattr(Started, "write", die)
    touch = ("touch", tmp_path / "ran")
    before = set(processes._children)
    with pytest.raises(Killed):
        spawn(touch, log=None, env=os.environ, cwd=tmp_path, pid_file=tmp_path / "x.json")
    (pid,) = set(processes._children) - before
    processes._children[pid].stdin.close()  # as the kernel does when we die
    assert processes._children[pid].wait(10) != 0
    assert not (tmp_path / "ran").exists()
