"""CPU time of processes, in nanoseconds, from /proc: the one figure that a busy machine doesn't distort much."""

from collections.abc import Iterable
from pathlib import Path

import psycopg


def process_tree(pid: int) -> set[int]:
    """`pid` and everything below it."""
    found, waiting = set(), [pid]
    while waiting:
        current = waiting.pop()
        found.add(current)
        for task in Path(f"/proc/{current}/task").glob("*/children"):
            waiting.extend(int(child) for child in task.read_text().split())
    return found


def spent(pids: Iterable[int]) -> int:
    """Nanoseconds on a CPU so far, over all threads. A thread that has ended no longer counts: servers keep theirs."""
    total = 0
    for pid in pids:
        for stat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(stat.read_text().split()[0])
            except (OSError, IndexError):
                continue
    return total


def backends(superuser_url: str, application_name: str, database: str) -> set[int]:
    """Processes of the database server that work for the clients with this name in this database."""
    with psycopg.connect(superuser_url) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND datname = %s",
            (application_name, database),
        )
        return {row[0] for row in rows}


def memory(pid: int) -> int:
    """Proportional set size in bytes: private memory plus a fair share of what is shared."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no Pss of {pid}")


def resident(pid: int) -> int:
    """Resident set size in bytes, shared pages counted in full: what `top` shows."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no VmRSS of {pid}")
