"""Scenario `reports`: list 50 rows, get one, create one, by Balai and by the reference, over 1, 50 and 552 regions.

Rounds are interleaved (reference, Balai, reference, ...), so that whatever else the machine does hits both; the medians of the
rounds are reported. CPU is that of the server's processes and of their own database backends, so a busy machine makes the
requests slower but hardly dearer.
"""

import json
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import cpu, load, seed, servers
from bench.issuer import Issuer

BALAI = "balai"
REFERENCE = "acuan"
WORKS = ("list", "get", "create")
_PEOPLE = 600


@dataclass(frozen=True)
class Figure:
    """One contestant's medians for one kind of work: CPU milliseconds a request, requests a second, latency in ms.

    database: the part of `cpu` that its database backends spent.
    """

    cpu: float
    database: float
    rate: float
    p50: float
    p99: float


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    regions: tuple[int, ...] = (1, 50, 552)
    cases: int = 2000
    rounds: int = 5
    requests: int = 1500
    connections: int = 4
    workers: int = 2
    threads: int = 4


class Traffic:
    """Requests of one round, the same for both contestants, spread evenly over the regions."""

    def __init__(self, issuer: Issuer, towns: Sequence[seed.Town]) -> None:
        self._towns = towns
        self._staff = {town.slug: issuer.token(town.alias, ["officer"], sub=town.officer) for town in towns}
        # A region's reports come from many people in words of their own: copies and floods are held for somebody's look.
        people = max(1, _PEOPLE // len(towns))
        self._citizens = {town.slug: [issuer.citizen() for _ in range(people)] for town in towns}

    def requests(self, work: str, count: int, dice: random.Random) -> list[bytes]:
        """`count` requests of one kind."""
        order = [self._towns[n % len(self._towns)] for n in range(count)]
        dice.shuffle(order)
        make: Callable[[seed.Town, random.Random], bytes] = getattr(self, f"_{work}")
        return [make(town, dice) for town in order]

    def _list(self, town: seed.Town, _dice: random.Random) -> bytes:
        return load.request("GET", _host(town), "/api/v1/cases?limit=50", token=self._staff[town.slug])

    def _get(self, town: seed.Town, dice: random.Random) -> bytes:
        code = dice.choice(town.codes)
        return load.request("GET", _host(town), f"/api/v1/cases/{code}", token=self._staff[town.slug])

    def _create(self, town: seed.Town, dice: random.Random) -> bytes:
        body = {
            "service": seed.SERVICE,
            "data": {"bidang": "lampu", "uraian": " ".join(dice.choices(seed.WORDS, k=30))},
            "place": {"region": town.district, "landmark": "depan balai desa"},
        }
        raw = json.dumps(body).encode()
        token = dice.choice(self._citizens[town.slug])
        return load.request(
            "POST", _host(town), "/api/v1/cases", token=token, body=raw, headers=load.from_somewhere(dice)
        )


def _host(town: seed.Town) -> str:
    return f"{town.slug}.localhost:8000"


@contextmanager
def contestants(stage: "Stage", sizes: Sizes) -> Iterator[list[servers.Running]]:
    """Both servers, warm."""
    shared = {"workers": sizes.workers, "threads": sizes.threads}
    with ExitStack() as stack:
        reference = servers.granian(
            REFERENCE, "bench.reference:create_app", stage.reference_environ(sizes), application_name="bench-reference",
            log=stage.folder / f"reference-{stage.database.database}.log", **shared,
        )  # fmt: skip
        balai = servers.granian(
            BALAI, "balai.app:create_app", stage.balai_environ(sizes), application_name="balai",
            log=stage.folder / f"balai-{stage.database.database}.log", **shared,
        )  # fmt: skip
        yield [stack.enter_context(reference), stack.enter_context(balai)]


@dataclass(frozen=True)
class Stage:
    """Where the measuring takes place: database, issuer, a folder for logs."""

    database: "seed.PgInfo"
    issuer: Issuer
    folder: Path
    environ: dict[str, str]

    def reference_environ(self, sizes: Sizes) -> dict[str, str]:
        return {
            "BENCH_DATABASE_URL": self.database.owner_url,
            "BENCH_POOL": str(sizes.threads),
            "BENCH_JWK": json.dumps(self.issuer.public_jwk),
            "BENCH_ISSUER": self.issuer.issuer,
        }

    def balai_environ(self, sizes: Sizes) -> dict[str, str]:
        return {
            **self.environ,
            "BALAI_ENV": "development",
            "BALAI_DATABASE_URL": self.database.app_url,
            "BALAI_DATABASE_POOL": str(sizes.threads),
            "BALAI_KEYCLOAK_URL": self.issuer.url,
            "BALAI_REALM": "balai",
            # The load generator stands where the proxy would and says whose request it is.
            "BALAI_PROXY_HOPS": "1",
        }


@dataclass
class Arena:
    """One database size with both servers on it."""

    count: int
    stage: Stage
    running: list[servers.Running]
    traffic: Traffic
    samples: dict[tuple[str, str], list[Figure]] = field(default_factory=dict)


def measure(
    stages: Sequence[tuple[Stage, Sequence[seed.Town]]], sizes: Sizes, say: Callable[[str], None]
) -> dict[int, dict[tuple[str, str], Figure]]:
    """Size -> (contestant, work) -> medians over the rounds. Each round goes through all sizes, so that they can be compared."""
    with ExitStack() as stack:
        arenas = []
        for stage, towns in stages:
            running = stack.enter_context(contestants(stage, sizes))
            arenas.append(Arena(len(towns), stage, running, Traffic(stage.issuer, towns)))
            _warm(arenas[-1], sizes)
        for number in range(sizes.rounds):
            for arena in arenas if number % 2 == 0 else arenas[::-1]:
                _round(arena, sizes, number)
            say(f"    putaran {number + 1} dari {sizes.rounds}")
    return {arena.count: {key: _median(found) for key, found in arena.samples.items()} for arena in arenas}


def _warm(arena: Arena, sizes: Sizes) -> None:
    for server in arena.running:
        for work in WORKS:
            requests = arena.traffic.requests(work, max(200, 4 * arena.count), random.Random(0))  # noqa: S311 - traffic
            _checked(load.run(server.port, requests, connections=sizes.connections), server, work, arena.stage)


def _round(arena: Arena, sizes: Sizes, number: int) -> None:
    for work in WORKS:
        requests = arena.traffic.requests(work, sizes.requests, random.Random(number))  # noqa: S311 - traffic
        # Whoever goes first alternates: caches of the operating system favour the second.
        for server in arena.running if number % 2 == 0 else arena.running[::-1]:
            figure = _one(server, requests, sizes, arena.stage, work)
            arena.samples.setdefault((server.name, work), []).append(figure)


def _one(server: servers.Running, requests: list[bytes], sizes: Sizes, stage: Stage, work: str) -> Figure:
    def spent() -> tuple[int, int]:
        backends = cpu.backends(stage.database.url("postgres"), server.application_name, stage.database.database)
        return cpu.spent(server.pids()), cpu.spent(backends)

    served, queried = spent()
    result = load.run(server.port, requests, connections=sizes.connections)
    # Backends that were opened meanwhile began at zero.
    served, queried = (after - before for after, before in zip(spent(), (served, queried), strict=True))
    _checked(result, server, work, stage)
    each = 1e6 * len(requests)
    return Figure((served + queried) / each, queried / each, result.rate, result.quantile(0.5), result.quantile(0.99))


def _checked(result: load.Result, server: servers.Running, work: str, stage: Stage) -> None:
    wrong = {status: n for status, n in result.statuses.items() if status not in {200, 201}}
    if wrong:
        raise SystemExit(f"{server.name} {work}: answers {wrong}; see {stage.folder}")


def _median(figures: Sequence[Figure]) -> Figure:
    def middle(name: str) -> float:
        return statistics.median(getattr(f, name) for f in figures)

    return Figure(middle("cpu"), middle("database"), middle("rate"), middle("p50"), middle("p99"))
