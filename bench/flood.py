"""Scenario `flood`: a flood night. Reports through the portal's form, each from an address of its own, at a steady rate.

python -m bench.flood                     100 reports a second for 60 s from 10,000 addresses
python -m bench.flood --seconds 5
An open loop: every report is sent at its time, however late earlier answers are, and its latency counts from that time.
Asked for: none is lost, each POST is answered within 2 s.
"""

import argparse
import asyncio
import random
import time
import uuid
from urllib.parse import urlencode

import psycopg
from flask import Flask

from balai.app import create_app
from balai.devstack import postgres, stack
from balai.devstack.instance import Instance
from balai.devstack.postgres import PgInfo
from balai.settings import Settings
from balai.web import csrf
from bench import cpu, load, seed, servers
from bench.__main__ import _environ
from bench.public import balai_environ

DATABASE = "bench_flood"
LIMIT_S = 2.0
CONNECTIONS = 200
ADDRESSES = 10_000
_PARTS = [
    "ba",
    "ci",
    "du",
    "fe",
    "gi",
    "ho",
    "ja",
    "ku",
    "la",
    "me",
    "ni",
    "po",
    "ra",
    "su",
    "ta",
    "we",
    "yo",
    "za",
    "be",
    "co",
    "da",
]


def sentence(dice: random.Random) -> str:
    """What somebody writes that night, in words that nobody else uses."""
    words = ("".join(dice.choices(_PARTS, k=3)) for _n in range(12))
    return f"Banjir setinggi {dice.randrange(20, 150)} cm, {' '.join(words)}"


def posts(app: Flask, town: seed.Town, count: int) -> list[bytes]:
    """Ready requests: form, its token and cookie as a browser has them, an address of the reporter's own."""
    dice = random.Random(7)  # noqa: S311 - traffic
    host, found = f"{town.slug}.localhost:8000", []
    for n in range(count):
        nonce = f"{dice.getrandbits(128):032x}"
        with app.test_request_context(base_url=f"http://{host}", headers={"Cookie": f"{csrf.COOKIE}={nonce}"}):
            token = csrf.token()
        form = {
            "bidang": "air", "uraian": sentence(dice), "region": town.district, "landmark": f"RT {n % 90}",
            "visibility": "public", "anonymity": "named", "client_id": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
            csrf.FIELD: token,
        }  # fmt: skip
        address = n % ADDRESSES
        headers = "\r\n".join((
            f"Origin: http://{host}", f"Cookie: {csrf.COOKIE}={nonce}", "Sec-Fetch-Site: same-origin",
            f"X-Forwarded-For: 10.{address >> 16}.{address >> 8 & 255}.{address & 255}", "X-Forwarded-Proto: http",
        ))  # fmt: skip
        body = urlencode(form).encode()
        raw = load.request("POST", host, f"/layanan/{seed.SERVICE.replace('.', '/')}", body=body, headers=headers)
        raw = raw.replace(b"Accept: application/json", b"Accept: text/html")
        found.append(raw.replace(b"Content-Type: application/json", b"Content-Type: application/x-www-form-urlencoded"))
    return found


async def pour(port: int, requests: list[bytes], rate: int) -> load.Result:
    """Send them at `rate` a second over as many connections as needed, at most CONNECTIONS."""
    result, idle = load.Result(0.0, []), asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]()
    opened, begun = 0, time.perf_counter()

    async def send(number: int, raw: bytes) -> None:
        nonlocal opened
        due = begun + number / rate
        await asyncio.sleep(max(0, due - time.perf_counter()))
        if idle.empty() and opened < CONNECTIONS:
            opened += 1
            line = await asyncio.open_connection("127.0.0.1", port)
        else:
            line = await idle.get()
        line[1].write(raw)
        status = await load.read_answer(line[0])
        result.latencies.append(time.perf_counter() - due)
        result.statuses[status] += 1
        idle.put_nowait(line)

    async with asyncio.timeout(600), asyncio.TaskGroup() as group:
        for number, raw in enumerate(requests):
            group.create_task(send(number, raw))
    result.seconds = time.perf_counter() - begun
    while not idle.empty():
        idle.get_nowait()[1].close()
    return result


def _spent(info: PgInfo, running: servers.Running) -> tuple[int, int]:
    """CPU nanoseconds so far, of the server and of its database backends."""
    backends = cpu.backends(info.url("postgres"), running.application_name, info.database)
    return cpu.spent(running.pids()), cpu.spent(backends)


def main() -> None:
    """Seed, pour, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args()
    was_running = postgres.running_port(Instance.named("bench")) is not None
    server = stack.ensure_postgres("bench")
    try:
        info = seed.migrated(server, DATABASE)
        environ = balai_environ(info, _environ(), BALAI_PROXY_HOPS="1")
        app = create_app(Settings.from_env(environ))
        town = seed.Seeder(info, 2000, app).grow(1)[0]
        requests = posts(app, town, given.rate * given.seconds)
        app.extensions["balai.db"].close()
        log = Instance.named("bench").logs / "flood.log"
        with servers.granian(
            "balai", "balai.app:create_app", environ, application_name="balai", workers=2, threads=4, log=log
        ) as running:  # fmt: skip
            load.run(running.port, [load.request("GET", f"{town.slug}.localhost:8000", "/layanan")] * 20)
            before = _spent(info, running)
            result = asyncio.run(pour(running.port, requests, given.rate))
            served, queried = (after - was for after, was in zip(_spent(info, running), before, strict=True))
        with psycopg.connect(info.url("postgres")) as chief:
            row = chief.execute(
                "SELECT count(*), count(*) FILTER (WHERE held_at IS NOT NULL) FROM cases WHERE summary LIKE 'Banjir setinggi%'"
            ).fetchone()
        assert row is not None
        late = sum(taken > LIMIT_S for taken in result.latencies)
        print(
            f"{len(requests)} reports at {given.rate}/s: answers {dict(result.statuses)}, {row[0]} cases in the database"
            f" ({len(requests) - row[0]} lost), {row[1]} held; p50 {result.quantile(0.5):.0f} ms,"
            f" p99 {result.quantile(0.99):.0f} ms, slowest {1000 * max(result.latencies):.0f} ms,"
            f" {late} later than {LIMIT_S:.0f} s;"
            f" CPU {(served + queried) / 1e6 / len(requests):.1f} ms a report"
            f" ({queried / 1e6 / len(requests):.1f} of it the database)"
        )
        info.drop_database(DATABASE)
    finally:
        if not was_running:
            stack.stop("bench")


if __name__ == "__main__":
    main()
