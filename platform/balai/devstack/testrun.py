"""`make test`: everything a change must pass, on a PostgreSQL and a Keycloak of its own, started here and stopped here.

Keycloak starts beside the static checks. An instance that runs already (a developer's direct pytest left it) is used
and left alone; otherwise the run begins on empty data, so yesterday's tests can't help today's.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from balai.devstack import chromium, keycloak, postgres, stack
from balai.devstack.errors import StackError
from balai.devstack.instance import REPOSITORY, Instance
from balai.devstack.supervisor import Stopped, ignore_signals, signals

_BIN = Path(sys.executable).parent
CHECKS: dict[str, Sequence[str]] = {
    "ruff": ("ruff", "check", "-q", "."),
    "format": ("ruff", "format", "--check", "-q", "--extend-exclude", "*.md", "."),
    "imports": ("lint-imports", "--no-logo"),
    "mypy": ("mypy", "platform/balai", *(f"plugins/{p.parent.name}/{p.name}" for p in
             sorted(REPOSITORY.glob("plugins/*/balai_*")))),
}  # fmt: skip
# Files of tests stay together, so their fixtures are made once; two processes fill two cores.
# Files go to the two processes in the order that balai.testing.plugin gives them: long ones first, so that neither ends early.
PYTEST = ("pytest", "-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--durations", "40")


def run(arguments: Sequence[str] = (), *, long: bool = False) -> int:
    """Run all of it (only pytest when arguments for it are given); the exit code, 0 = everything passed."""
    instance = Instance.named("test")
    began_empty = _begin_empty(instance)
    with signals():
        try:
            chromium.ensure()
            stack.begin_keycloak("test")
            failed = [] if arguments else [name for name in CHECKS if not _passes(name, CHECKS[name])]
            stack.ensure_keycloak("test")
            marks = ("-m", "long") if long else ("-m", "not long")
            if not _passes("pytest", (*PYTEST, *marks, *arguments)):
                failed.append("pytest")
        except Stopped:
            print("\nDihentikan.", flush=True)
            return 130
        finally:
            ignore_signals()
            if began_empty:
                stack.stop("test")
    print(f"\nGagal: {', '.join(failed)}" if failed else "\nSemua lulus.", flush=True)
    return 1 if failed else 0


def lint() -> int:
    """The static checks alone; the exit code."""
    return 1 if [name for name in CHECKS if not _passes(name, CHECKS[name])] else 0


def _begin_empty(instance: Instance) -> bool:
    """Remove the data of earlier runs unless an instance is in use; whether this run starts (and stops) its own."""
    if postgres.running_port(instance) is not None:
        return False
    keycloak.stop(instance)
    for folder in (instance.home, instance.sockets):
        shutil.rmtree(folder, ignore_errors=True)
    if instance.home.exists():
        raise StackError(f"Data uji lama di {instance.home} tidak bisa dihapus. Hapus sendiri, lalu ulangi.")
    return True


def _passes(name: str, command: Sequence[str]) -> bool:
    began = time.monotonic()
    print(f"\n== {name}: {' '.join(command)}", flush=True)
    # Its own programs come from the environment that runs this file, whatever PATH says.
    done = subprocess.run([str(_BIN / command[0]), *command[1:]], cwd=REPOSITORY, stdin=subprocess.DEVNULL, check=False)
    print(
        f"== {name}: {'lulus' if done.returncode == 0 else 'GAGAL'}, {time.monotonic() - began:.0f} detik", flush=True
    )
    return done.returncode == 0
