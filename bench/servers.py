"""Starts both contestants under the same server (granian) with the same workers and threads, and stops what it started."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import cpu

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Running:
    """A started server: its port, the process that was started, what its database clients call themselves."""

    name: str
    port: int
    pid: int
    application_name: str

    def pids(self) -> set[int]:
        """The server's processes."""
        return cpu.process_tree(self.pid)

    def workers(self) -> set[int]:
        """Its worker processes."""
        return self.pids() - {self.pid}


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def granian(
    name: str, target: str, environ: Mapping[str, str], *, application_name: str, workers: int, threads: int, log: Path
) -> Iterator[Running]:
    """Serve the WSGI factory `target` until the block ends."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(threads), "--backlog", "2048", "--no-ws", "--log-level", "error",
        target,
    ]  # fmt: skip
    # A clean environment: nothing of the caller's BALAI_* may leak into what is measured.
    base = {k: v for k, v in os.environ.items() if not k.startswith("BALAI_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**base, **environ, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait(port, process, log)
        yield Running(name, port, process.pid, application_name)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the server did not come up:\n{log.read_text(errors='replace')[-3000:]}")
