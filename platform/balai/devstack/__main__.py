"""`python -m balai.devstack <command>`: what the Makefile calls inside the virtual environment."""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from balai.devstack import postgres, stack, supervisor, testrun
from balai.devstack.errors import StackError
from balai.devstack.instance import REPOSITORY, Instance, cache_root
from balai.devstack.processes import Started
from balai.devstack.runenv import RunEnvironment


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(
        prog="balai.devstack", description="Menjalankan dan menguji Balai di komputer ini."
    )
    parser.add_argument("command", choices=["run", "test", "test-long", "lint", "balai", "stop", "clean", "status"])
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="for pytest (test) or the balai command (balai)")
    options = parser.parse_args()
    try:
        return _dispatch(options.command, options.arguments)
    except StackError as error:
        print(f"\n{error}\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _dispatch(command: str, arguments: list[str]) -> int:
    if command == "run":
        supervisor.run()
        return 0
    if command in {"test", "test-long"}:
        return testrun.run(arguments, long=command == "test-long")
    if command == "lint":
        return testrun.lint()
    if command == "balai":
        return _balai(arguments)
    if command == "status":
        return _status()
    _stop()
    if command == "clean":
        _clean()
    return 0


def _balai(arguments: list[str]) -> int:
    """Run the `balai` command with the environment of a running `make run`, all its secrets included."""
    instance = Instance.named("run")
    environment = RunEnvironment(instance)
    if environment.needs_postgres:
        if postgres.running_port(instance) is None:
            raise StackError("Balai belum berjalan. Nyalakan dulu di jendela lain: make run")
        environment.use_postgres(postgres.start(instance))
    program = Path(sys.executable).with_name("balai")
    return subprocess.run([program, *arguments], env=environment.owner(), check=False).returncode


def _stop() -> None:
    """Stop `make run` of this checkout, what a killed one left behind, and the test instance."""
    instance = Instance.named("run")
    stopped = []
    with contextlib.suppress(psutil.Error):
        running = supervisor.holder(instance)
        if running is not None:
            os.kill(running.pid, signal.SIGTERM)
            deadline = time.monotonic() + 60
            while running.alive() and time.monotonic() < deadline:
                time.sleep(0.1)
            stopped.append("make run")
    supervisor.Supervisor(instance).stop_leftovers()
    stopped += [f"{name} ({which})" for which in ("run", "test", "bench") for name in stack.stop(which)]
    print(f"Dihentikan: {', '.join(stopped)}." if stopped else "Tidak ada yang berjalan.")


def _clean() -> None:
    """Remove this checkout's data and environment; downloads in the cache serve other checkouts and stay."""
    instances = [Instance.named("run"), Instance.named("test")]
    folders = [path for i in instances for path in (i.home, i.sockets)]
    folders += [REPOSITORY / name for name in (".mypy_cache", ".ruff_cache", ".pytest_cache", ".balai", ".venv")]
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)
            print(f"dihapus: {folder}")
    print(f"Unduhan tetap disimpan di {cache_root()}.")


def _status() -> int:
    for name in ("run", "test", "bench"):
        instance = Instance.named(name)
        parts = [path.stem for path in sorted(instance.pids.glob("*.json")) if Started.read(path)]
        if postgres.running_port(instance):
            parts.append("postgres")
        print(f"{name}: {', '.join(parts) or 'tidak berjalan'}   {instance.home}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
