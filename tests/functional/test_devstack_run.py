"""`make run` for real, on other ports and in a folder of its own: start, second start, Ctrl-C, crash."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from balai.devstack.instance import cache_root

pytestmark = pytest.mark.identity

PORTS = ("BALAI_PORT", "BALAI_KEYCLOAK_PORT", "BALAI_MAIL_PORT", "BALAI_MAIL_WEB_PORT")


def free_ports(count):
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [str(probe.getsockname()[1]) for probe in probes]


class Run:
    """`python -m balai.devstack run` in a process group of its own, as a terminal starts it."""

    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "terminal.txt"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("BALAI_")}
        numbers = dict(zip(PORTS, free_ports(4), strict=True))
        own = {"BALAI_DATA": str(folder / "d"), "BALAI_CACHE": str(cache_root()), "BALAI_DEMO": "off", **numbers}
        self.environment = kept | own
        self.ports = {name: int(number) for name, number in numbers.items()}
        self.process = None

    def start(self):
        command = [sys.executable, "-P", "-m", "balai.devstack", "run"]
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=output, env=self.environment, process_group=0, stdin=subprocess.DEVNULL
            )

    def once(self, *arguments):
        command = [sys.executable, "-P", "-m", "balai.devstack", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=self.environment, check=False, timeout=90)

    def wait_for(self, text, timeout=240):
        deadline = time.monotonic() + timeout
        while text not in self.log.read_text():
            assert self.process.poll() is None, f"it ended:\n{self.log.read_text()}"
            assert time.monotonic() < deadline, f"{text!r} was not said:\n{self.log.read_text()}"
            time.sleep(0.1)

    def interrupt(self):
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(60)

    def processes(self):
        """Everything whose environment or command line names this folder."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                words = " ".join([*process.cmdline(), *process.environ().values()])
                if str(self.folder / "d") in words and process.pid != os.getpid():
                    found.append(process)
        return found

    def get(self, port, path="/", host="localhost"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports[port]}{path}", headers={"Host": host})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()

    def listening_addresses(self):
        """Local addresses of every listening socket of these processes, PostgreSQL included."""
        sockets = [c for p in self.processes() for c in p.net_connections() if c.status == psutil.CONN_LISTEN]
        assert len(sockets) >= 5
        return {connection.laddr.ip.removeprefix("::ffff:") for connection in sockets}


@pytest.fixture(scope="module")
def run():
    # Not in pytest's own folder: it is closed to other users, and as root PostgreSQL runs as one.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        made = Run(Path(name))
        yield made
        made.once("stop")
        for process in made.processes():
            process.kill()


@pytest.fixture(scope="module")
def running(run):
    """The first start, up to its last line."""
    run.start()
    run.wait_for("Ctrl-C menghentikan semuanya.")
    return run


def test_everything_answers_and_only_here(running):
    assert "Daerah mana?" in running.get("BALAI_PORT")
    assert '"realm":"balai"' in running.get("BALAI_KEYCLOAK_PORT", "/realms/balai")
    assert "Surat masuk" in running.get("BALAI_MAIL_WEB_PORT")
    said = running.log.read_text()
    assert f"http://localhost:{running.ports['BALAI_PORT']}" in said
    assert said.index("Portal menyala") < said.index("menunggu Keycloak")
    assert running.listening_addresses() <= {"127.0.0.1", "::1"}


def test_the_web_server_holds_no_owner_secret(running):
    for name in ("web", "worker"):
        pid = psutil.Process(int(Path(running_pid_file(running, name)).read_text().split('"pid": ')[1].split(",")[0]))
        names = set(pid.environ())
        assert "BALAI_DATABASE_URL" in names
        assert not names & {"BALAI_OWNER_DATABASE_URL", "BALAI_KEYCLOAK_ADMIN_PASSWORD"}


def running_pid_file(running, name):
    (path,) = (running.folder / "d").glob(f"run-*/pid/{name}.json")
    return path


def test_a_second_run_says_that_one_is_running(running):
    second = running.once("run")
    assert second.returncode == 1
    assert f"Balai sudah berjalan (proses {running.process.pid})" in second.stderr
    assert "Daerah mana?" in running.get("BALAI_PORT"), "the first one goes on"


def test_the_command_line_reaches_it(running):
    done = running.once("balai", "db", "status")
    assert done.returncode == 0, done.stderr


def test_after_a_crash_the_next_run_clears_up_and_works(running):
    running.process.kill()
    running.process.wait()
    assert running.processes(), "a killed supervisor leaves its services"
    running.start()
    running.wait_for("Ctrl-C menghentikan semuanya.")
    assert "menghentikan sisa web" in running.log.read_text()
    assert "Daerah mana?" in running.get("BALAI_PORT")


def test_ctrl_c_stops_everything_and_nothing_else(running):
    bystander = subprocess.Popen(["sleep", "100"])
    try:
        assert running.interrupt() == 0
        assert "Balai berhenti." in running.log.read_text()
        assert running.processes() == []
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
    for port in PORTS:
        with pytest.raises(urllib.error.URLError):
            running.get(port)


def test_a_taken_port_is_named_and_nothing_is_started(run):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", run.ports["BALAI_KEYCLOAK_PORT"]))
        taken.listen()
        refused = run.once("run")
    assert refused.returncode == 1
    assert (
        f"Port {run.ports['BALAI_KEYCLOAK_PORT']} untuk Keycloak sedang dipakai proses {os.getpid()}" in refused.stderr
    )
    assert run.processes() == []
