"""Scenario `lifecycles`: create, assign, resolve, search, through HTTP, over 552 regions with 0, 100,000 and 1 million cases.

One lifecycle is four requests one after the other: a citizen files, the officer takes it, ends it, and searches two words. The
worker runs beside the web server and gets its turn, as it would; between rounds its queue must be empty, so that no round pays
for another. Rounds go through all sizes in turn. The load generator is one process on the same machine: its share is stated.

python -m bench.lifecycles                      all of it (about 20 minutes)
python -m bench.lifecycles --cases 0,100000     fewer sizes
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psycopg

from balai.app import create_app
from balai.devstack import postgres, stack
from balai.devstack.instance import Instance
from balai.settings import Settings
from bench import issuer, load, reports, seed, servers
from bench.report import Report

REGIONS = 552
STEPS = ("create", "assign", "resolve", "search")
_PATIENCE = 300


@dataclass
class Round:
    """Latencies in seconds by step, wall time, CPU nanoseconds of everything and of the load generator alone."""

    seconds: float = 0.0
    latencies: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})
    generator: int = 0

    @property
    def all(self) -> list[float]:
        """Every request's latency."""
        return [taken for several in self.latencies.values() for taken in several]


def quantile(values: list[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(values)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Client:
    """One keep-alive connection that reads answers whole: a lifecycle needs the code that the first one holds."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def ask(self, raw: bytes, wanted: int) -> bytes:
        """The body of the answer; anything but `wanted` ends the run."""
        self._writer.write(raw)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 : lower.index(b"\r\n", at)]) if at >= 0 else 0
        body = await self._reader.readexactly(length) if length else b""
        if int(head[9:12]) != wanted:
            raise SystemExit(f"answer {head[9:12].decode()}: {body[:500].decode(errors='replace')}")
        return body


class Traffic:
    """The four requests of a lifecycle in one region."""

    def __init__(self, signer: issuer.Issuer, towns: list[seed.Town]) -> None:
        self.towns = towns
        self._staff = {town.slug: signer.token(town.alias, ["officer"], sub=town.officer) for town in towns}
        people = max(1, 3000 // len(towns))
        self._citizens = {town.slug: [signer.citizen() for _ in range(people)] for town in towns}

    def create(self, town: seed.Town, dice: random.Random) -> bytes:
        words = " ".join(dice.choices(seed.WORDS, k=30))
        body = {
            "service": seed.SERVICE,
            "data": {"bidang": "lampu", "uraian": words},
            "place": {"region": town.district, "landmark": "depan balai desa"},
        }
        token = dice.choice(self._citizens[town.slug])
        return self._post(town, "/api/v1/cases", body, token, headers=load.from_somewhere(dice))

    def assign(self, town: seed.Town, code: str) -> bytes:
        return self._post(town, f"/api/v1/cases/{code}/assignment", {"me": True}, self._staff[town.slug])

    def resolve(self, town: seed.Town, code: str) -> bytes:
        body = {"step": "selesaikan", "fields": {"answer": "Sudah diperbaiki petugas kami tadi pagi. Terima kasih."}}
        return self._post(town, f"/api/v1/cases/{code}/transitions", body, self._staff[town.slug])

    def search(self, town: seed.Town, dice: random.Random) -> bytes:
        words = "+".join(dice.sample(seed.WORDS, 2))
        host = f"{town.slug}.localhost:8000"
        return load.request("GET", host, f"/api/v1/cases?q={words}&limit=20", token=self._staff[town.slug])

    def _post(self, town: seed.Town, path: str, body: dict[str, object], token: str, *, headers: str = "") -> bytes:
        host, raw = f"{town.slug}.localhost:8000", json.dumps(body).encode()
        return load.request("POST", host, path, token=token, body=raw, headers=headers)


async def _lifecycle(client: Client, traffic: Traffic, dice: random.Random, found: Round, think: float = 0.0) -> None:
    town = dice.choice(traffic.towns)
    code = ""
    for step in STEPS:
        if think:
            await asyncio.sleep(think * (0.5 + dice.random()))
        raw = (
            traffic.create(town, dice)
            if step == "create"
            else traffic.assign(town, code)
            if step == "assign"
            else traffic.resolve(town, code)
            if step == "resolve"
            else traffic.search(town, dice)
        )
        begun = time.perf_counter()
        body = await client.ask(raw, 201 if step == "create" else 200)
        found.latencies[step].append(time.perf_counter() - begun)
        if step == "create":
            code = json.loads(body)["code"]


async def _closed_loop(port: int, traffic: Traffic, count: int, connections: int, seed_: int) -> Round:
    found, left = Round(), iter(range(count))

    async def user(number: int) -> None:
        dice = random.Random(seed_ * 1000 + number)  # noqa: S311 - traffic
        async with Client(port) as client:
            for _ in left:
                await _lifecycle(client, traffic, dice, found)

    await _together(found, [user(n) for n in range(connections)])
    return found


async def _virtual_users(port: int, traffic: Traffic, users: int, seconds: float) -> Round:
    """Each waits 1 to 3 s (2 on average) before every request, as a person does."""
    found, end = Round(), time.perf_counter() + seconds

    async def user(number: int) -> None:
        dice = random.Random(number)  # noqa: S311 - traffic
        async with Client(port) as client:
            await asyncio.sleep(dice.random() * 2)
            while time.perf_counter() < end:
                await _lifecycle(client, traffic, dice, found, think=2.0)

    await _together(found, [user(n) for n in range(users)])
    return found


async def _together(found: Round, users: list[object]) -> None:
    begun, spent = time.perf_counter(), time.process_time_ns()
    async with asyncio.TaskGroup() as group:
        for user in users:
            group.create_task(user)  # type: ignore[arg-type]
    found.seconds, found.generator = time.perf_counter() - begun, time.process_time_ns() - spent


@dataclass
class Arena:
    """One database size with its web server and worker."""

    cases: int
    database: seed.PgInfo
    traffic: Traffic
    server: servers.Running
    rounds: list[Round] = field(default_factory=list)
    people: Round | None = None

    def settle(self) -> None:
        """Wait until the worker has nothing left to do."""
        deadline = time.monotonic() + _PATIENCE
        with psycopg.connect(self.database.url("postgres"), autocommit=True) as connection:
            query = "SELECT count(*) FROM jobs.procrastinate_jobs WHERE status IN ('todo', 'doing') AND scheduled_at IS NULL"
            while (row := connection.execute(query).fetchone()) and row[0]:
                if time.monotonic() > deadline:
                    raise SystemExit(f"{row[0]} jobs are still waiting after {_PATIENCE} s")
                time.sleep(0.5)


@contextmanager
def working(database: seed.PgInfo, environ: dict[str, str], log: Path) -> Iterator[int]:
    """A worker on this database."""
    base = {k: v for k, v in os.environ.items() if not k.startswith("BALAI_")}
    given = {**base, **environ, "BALAI_QUEUE_DATABASE_URL": database.queue_url}
    with log.open("wb") as output:
        command = [str(Path(sys.executable).with_name("balai")), "worker"]
        process = subprocess.Popen(command, env=given, stdout=output, stderr=output, start_new_session=True)
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def main() -> None:
    """Seed each size, measure in turn, print the tables of docs/performance.md."""
    parser = argparse.ArgumentParser(prog="bench.lifecycles", description=__doc__)
    parser.add_argument("--cases", default="0,100000,1000000")
    parser.add_argument("--regions", type=int, default=REGIONS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=400, help="lifecycles in a round")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--users", type=int, default=250)
    parser.add_argument("--seconds", type=float, default=60)
    print(measure(parser.parse_args()))


def measure(given: argparse.Namespace) -> str:
    """The figures as Markdown."""
    was_running = postgres.running_port(Instance.named("bench")) is not None
    server = stack.ensure_postgres("bench")
    try:
        with ExitStack() as keep:
            arenas = _open(server, given, keep)
            _take_turns(arenas, given)
            return _table(arenas, given)
    finally:
        if not was_running:
            stack.stop("bench")


def _open(server: seed.PgInfo, given: argparse.Namespace, keep: ExitStack) -> list[Arena]:
    from bench.__main__ import _environ

    sizes, arenas = reports.Sizes(), []
    signer, logs = keep.enter_context(issuer.serve()), Path(Instance.named("bench").logs)
    for cases in sorted(int(n) for n in given.cases.split(",")):
        began = time.monotonic()
        database = seed.migrated(server, f"bench_lifecycles_{cases}")
        keep.callback(database.drop_database, database.database)
        stage = reports.Stage(database, signer, logs, _environ())
        environ = stage.balai_environ(sizes)
        app = create_app(Settings.from_env(environ))
        towns = seed.Seeder(database, cases // given.regions, app).grow(given.regions)
        app.extensions["balai.db"].close()
        print(f"  {cases:,} cases in {given.regions} regions ({time.monotonic() - began:.0f} s)", flush=True)
        web = servers.granian(
            "balai", "balai.app:create_app", environ, application_name="balai", workers=sizes.workers,
            threads=sizes.threads, log=logs / f"lifecycles-{cases}.log",
        )  # fmt: skip
        running = keep.enter_context(web)
        keep.enter_context(working(database, environ, logs / f"lifecycles-worker-{cases}.log"))
        arenas.append(Arena(cases, database, Traffic(signer, towns), running))
    return arenas


def _take_turns(arenas: list[Arena], given: argparse.Namespace) -> None:
    for arena in arenas:
        asyncio.run(_closed_loop(arena.server.port, arena.traffic, given.count, given.connections, 0))
        arena.settle()
    for number in range(1, given.rounds + 1):
        for arena in arenas if number % 2 else arenas[::-1]:
            run = _closed_loop(arena.server.port, arena.traffic, given.count, given.connections, number)
            arena.rounds.append(asyncio.run(run))
            arena.settle()
        print(f"  round {number} of {given.rounds}", flush=True)
    for arena in arenas:
        arena.people = asyncio.run(_virtual_users(arena.server.port, arena.traffic, given.users, given.seconds))
        arena.settle()


def _table(arenas: list[Arena], given: argparse.Namespace) -> str:
    report, cores = Report.of_this_machine(), os.cpu_count() or 1
    head = (
        f"{report.when}, {report.machine}. {given.regions} regions; {given.rounds} rounds of {given.count} lifecycles over"
        f" {given.connections} connections; then {given.users} users who think 1 to 3 s, for {given.seconds:.0f} s."
    )
    columns = (
        "cases", "lifecycles/s", "of empty", "p95 ms", f"generator's share of {cores} cores",
        f"{given.users} users: requests/s", "p50 ms", "p95 ms",
    )  # fmt: skip
    lines = [head, "", f"| {' | '.join(columns)} |", f"|{'---:|' * len(columns)}"]
    first = 0.0
    for arena in arenas:
        rate = statistics.median(given.count / r.seconds for r in arena.rounds)
        first = first or rate
        share = statistics.median(r.generator / 1e9 / r.seconds / cores for r in arena.rounds)
        p95 = statistics.median(quantile(r.all, 0.95) for r in arena.rounds)
        people = arena.people
        assert people is not None
        lines.append(
            f"| {arena.cases:,} | {rate:.0f} | {rate / first:.2f} | {p95:.0f} | {share:.0%} |"
            f" {len(people.all) / people.seconds:.0f} | {quantile(people.all, 0.5):.0f} | {quantile(people.all, 0.95):.0f} |"
        )
    lines += ["", "p95 by step, ms: " + "; ".join(_by_step(arena) for arena in arenas) + "."]
    return "\n".join(lines)


def _by_step(arena: Arena) -> str:
    parts = (
        f"{step} {statistics.median(quantile(r.latencies[step], 0.95) for r in arena.rounds):.0f}" for step in STEPS
    )
    return f"{arena.cases:,} cases: {', '.join(parts)}"


if __name__ == "__main__":
    main()
