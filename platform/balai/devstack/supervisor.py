"""`make run`: starts everything in order, says where it is, and on Ctrl-C stops exactly what it started.

The portal comes first; until Keycloak is there too, the sign-in page says so. What needs Keycloak (its realm, the demo's
accounts, the worker) follows.
"""

import contextlib
import fcntl
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from balai.devstack import keycloak, ports, postgres, processes, summary
from balai.devstack.errors import StackError
from balai.devstack.instance import REPOSITORY, Instance
from balai.devstack.processes import Started, spawn
from balai.devstack.runenv import RunEnvironment

_BALAI = Path(sys.executable).with_name("balai")


class Stopped(BaseException):
    """SIGTERM, SIGHUP or Ctrl-C; a BaseException, so that nothing on the way takes it for a failure."""


@dataclass
class Supervisor:
    """Long-running services by name, in the order they were started."""

    instance: Instance
    services: dict[str, Started] = field(default_factory=dict)

    def serve(self, name: str, command: Sequence[str | Path], env: Mapping[str, str]) -> Started:
        """Start a service, remember it in a pid file."""
        return self._spawn(name, command, self.instance.logs / f"{name}.log", env)

    def _spawn(self, name: str, command: Sequence[str | Path], log: Path | None, env: Mapping[str, str]) -> Started:
        pid_file = self.instance.pids / f"{name}.json"
        started = spawn(command, log=log, env=env, cwd=REPOSITORY, pid_file=pid_file)
        self.services[name] = started
        return started

    def adopt(self, name: str, started: Started) -> None:
        """Take a process that runs and has its pid file into the care of this supervisor."""
        self.services[name] = started

    def step(self, title: str, command: Sequence[str | Path], env: Mapping[str, str], *, show: bool = False) -> None:
        """Run one command to its end; raises StackError. Its output goes to a log, or to the terminal with `show`."""
        print(f"  {title} ...", flush=True)
        log = None if show else self.instance.logs / "langkah.log"
        started = self._spawn("langkah", command, log, env)
        code = processes.wait(started)
        self.forget("langkah")
        if code:
            raise StackError(f"{title} gagal (kode {code}).\n{last_words(log) if log else ''}".rstrip())

    def forget(self, name: str) -> None:
        self.services.pop(name, None)
        (self.instance.pids / f"{name}.json").unlink(missing_ok=True)

    def dead(self) -> str | None:
        """The name of a service that ended by itself, None while all run."""
        return next((name for name, started in self.services.items() if not started.alive()), None)

    def stop_all(self) -> None:
        """Stop in reverse order of starting: nobody loses the database under its feet."""
        for name, started in reversed(list(self.services.items())):
            started.stop(timeout=10)
            self.forget(name)

    def stop_leftovers(self) -> None:
        """Stop what a supervisor that was killed left running, by its pid files."""
        for path in sorted(self.instance.pids.glob("*.json")):
            left = Started.read(path)
            if left is not None:
                print(f"  menghentikan sisa {path.stem} (proses {left.pid}) ...", flush=True)
                left.stop()
            path.unlink(missing_ok=True)


def run() -> None:
    """Everything of `make run`, until Ctrl-C; raises StackError."""
    began = time.monotonic()
    instance = Instance.named("run")
    instance.prepare()
    with only_one(instance), signals():
        supervisor = Supervisor(instance)
        supervisor.stop_leftovers()
        turn_logs(instance)
        ports.require_run_ports()
        ports.require_disk(instance.home, 200, "basis data percobaan")
        stop_postgres = False
        try:
            environment = RunEnvironment(instance)
            if environment.needs_postgres:
                stop_postgres = True
                environment.use_postgres(postgres.start(instance))
            _start(supervisor, environment, began)
            _watch(supervisor)
        except Stopped:
            print("\nMenghentikan Balai ...", flush=True)
        finally:
            ignore_signals()
            supervisor.stop_all()
            # A signal between starting a service and noting it here: its pid file tells.
            supervisor.stop_leftovers()
            if stop_postgres:
                postgres.stop(instance)
        print("Balai berhenti. Data tersimpan; `make run` melanjutkan.", flush=True)


def _start(supervisor: Supervisor, environment: RunEnvironment, began: float) -> None:
    instance = supervisor.instance
    print("Menyalakan Balai ...", flush=True)
    if environment.own_keycloak:
        keycloak.ensure_built(lambda text: print(f"  {text}", flush=True))
    _start_portal(supervisor, environment)
    address = f"http://localhost:{ports.WEB.number}"
    print(f"Portal menyala dalam {time.monotonic() - began:.0f} detik: {address}", flush=True)
    if environment.demo and not instance.demo_accounts.exists():
        print("  daerah percobaan menyusul; alamat dan akunnya tampil di akhir", flush=True)
    _start_keycloak(supervisor, environment)
    if environment.manages_realm:
        supervisor.step("menyiapkan login", (_BALAI, "identity", "setup"), environment.owner())
    supervisor.serve("worker", (_BALAI, "worker"), environment.worker())
    if environment.demo:
        supervisor.step("memuat daerah percobaan", (_BALAI, "demo", "load"), environment.owner(), show=True)
    print(summary.text(instance, environment, seconds=time.monotonic() - began), flush=True)


def _start_portal(supervisor: Supervisor, environment: RunEnvironment) -> None:
    """Migrations, then the web server, with the list of regions loading beside its start; waits for the portal."""
    supervisor.step("memperbarui basis data", (_BALAI, "db", "upgrade"), environment.owner())
    web = supervisor.serve("web", (_BALAI, "serve"), environment.web())
    supervisor.step("memuat daftar daerah", (_BALAI, "region", "load"), environment.owner())
    log = supervisor.instance.logs / "web.log"
    wait_for(f"http://127.0.0.1:{ports.WEB.number}/healthz", web, "Portal", log, timeout=60)


def _start_keycloak(supervisor: Supervisor, environment: RunEnvironment) -> None:
    """Keycloak and mail come after the portal: on two cores they would cost it the seconds that people wait for."""
    instance = supervisor.instance
    started = None
    if environment.own_keycloak:
        pg = environment.postgres or postgres.start(instance)
        started = keycloak.start(instance, pg, port=ports.KEYCLOAK.number)
        supervisor.adopt("keycloak", started)
    if environment.own_mail:
        supervisor.serve("mail", _mail_command(instance), environment.plain())
    if started:
        print("  menunggu Keycloak (login) ...", flush=True)
        keycloak.wait(instance, started)


def _mail_command(instance: Instance) -> tuple[str | Path, ...]:
    folder = instance.home / "mail"
    where = ("--smtp-port", str(ports.MAIL.number), "--web-port", str(ports.MAIL_WEB.number))
    return (sys.executable, "-P", "-m", "balai.devstack.mail", "--folder", folder, *where)


def _watch(supervisor: Supervisor) -> None:
    """Wait; raises StackError when a service ends by itself."""
    while True:
        name = supervisor.dead()
        if name is not None:
            log = supervisor.instance.logs / f"{name}.log"
            raise StackError(f"{name} berhenti sendiri. Catatannya ({log}) berakhir dengan:\n{last_words(log)}")
        time.sleep(0.5)


def wait_for(url: str, started: Started, what: str, log: Path, *, timeout: float) -> None:
    """Wait until `url` answers 200; raises StackError when the process ends or `timeout` seconds pass."""
    # The apex host: the portal knows no region called 127.0.0.1.
    request = urllib.request.Request(url, headers={"Host": "localhost"})  # noqa: S310 - an address made here
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and started.alive():
        with (
            contextlib.suppress(OSError, urllib.error.URLError),
            urllib.request.urlopen(request, timeout=2) as answer,  # noqa: S310 - an address made here
        ):
            if answer.status == 200:  # noqa: PLR2004
                return
        time.sleep(0.1)
    raise StackError(f"{what} tidak menyala. Catatannya ({log}) berakhir dengan:\n{last_words(log)}")


def turn_logs(instance: Instance) -> None:
    """Each run writes fresh logs; those of the run before stay beside them as `.1`."""
    for log in instance.logs.glob("*.log"):
        log.replace(log.with_name(f"{log.name}.1"))


def last_words(log: Path, lines: int = 15) -> str:
    """The end of a log file, empty when there is none."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


@contextlib.contextmanager
def only_one(instance: Instance) -> Iterator[None]:
    """Hold the instance for this process; raises StackError naming the supervisor that holds it already."""
    path = instance.home / "run.lock"
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            raise StackError(
                f"Balai sudah berjalan (proses {handle.read().strip() or '?'})."
                " Hentikan dengan Ctrl-C di jendelanya, atau dari sini: make stop"
            ) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
        handle.truncate(0)


def holder(instance: Instance) -> Started | None:
    """The supervisor that runs this instance, None when none does."""
    path = instance.home / "run.lock"
    if not path.exists():
        return None
    with path.open("a+") as handle:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return None
        handle.seek(0)
        return Started.of(int(handle.read() or 0))


@contextlib.contextmanager
def signals() -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP raise Stopped inside the block."""

    def stop(*_: object) -> None:
        ignore_signals()
        raise Stopped

    previous = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def ignore_signals() -> None:
    """A second Ctrl-C must not cut the stopping short."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
