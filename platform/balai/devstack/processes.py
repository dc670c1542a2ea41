"""Processes that the stack started: started in a session of their own, remembered in a pid file, stopped by it alone.

A pid file holds the start time too: after a crash the number may belong to somebody else's process, which is then left
alone.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from balai.devstack.instance import write_private


@dataclass(frozen=True)
class Started:
    """A process by number and start time (seconds since the epoch), with what others need to know about it."""

    pid: int
    created: float
    note: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, pid: int, **note: Any) -> "Started":
        """The running process `pid`; raises psutil.NoSuchProcess."""
        return cls(pid, psutil.Process(pid).create_time(), note)

    @classmethod
    def read(cls, path: Path) -> "Started | None":
        """The process of a pid file, or None when there is no (readable) file or that process is gone."""
        try:
            found = cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return found if found.alive() else None

    def write(self, path: Path) -> None:
        write_private(path, json.dumps(asdict(self)) + "\n")

    def alive(self) -> bool:
        """Whether it still runs: same number and same start time, and not a zombie."""
        try:
            process = psutil.Process(self.pid)
            # The clock that start times are computed from can be stepped; 2 s tell processes apart well enough.
            same = abs(process.create_time() - self.created) < 2  # noqa: PLR2004
            return bool(same and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    def stop(self, *, timeout: float = 15, how: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end with `how`, wait up to `timeout` seconds, then kill what is left of its session."""
        if not self.alive():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, how)
        self._wait_for_end(timeout)
        # It leads a session of its own, so the group holds its children and nobody else's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if not self.alive() or os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, signal.SIGKILL)
        self._wait_for_end(5)

    def _wait_for_end(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.alive() and time.monotonic() < deadline:
            _reap(self.pid)
            time.sleep(0.05)
        _reap(self.pid)


# Popen objects of our own children: kept, since dropping one that still runs warns, and polled, so that none stays a
# zombie.
_children: dict[int, subprocess.Popen[bytes]] = {}


def _reap(pid: int) -> None:
    if pid in _children:
        _children[pid].poll()


# Waits for a line before it becomes the program: without it (we died in between) it ends.
_GATE = 'read -r go && exec "$@" </dev/null'


def spawn(
    arguments: Sequence[str | Path],
    *,
    log: Path | None,
    env: Mapping[str, str],
    cwd: Path,
    pid_file: Path | None = None,
    **note: Any,
) -> Started:
    """Start a program in a session of its own (Ctrl-C doesn't reach it), its output appended to `log` if given.

    The program begins only when its pid file is written: whenever we are killed, either it never ran or the file tells.
    """
    with log.open("ab") if log else contextlib.nullcontext() as output:
        process = subprocess.Popen(
            ["sh", "-c", _GATE, "sh", *(str(a) for a in arguments)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
    _children[process.pid] = process
    started = Started.of(process.pid, **note)
    if pid_file:
        started.write(pid_file)
    if process.stdin:
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(b"go\n")
    return started


def wait(started: Started) -> int:
    """Wait for a process of `spawn` to end; its exit code (negative: the signal that ended it)."""
    return _children[started.pid].wait()
