"""Callbacks of a payment provider at a steady pace: 300 a second for a minute, each one signed, proven, kept and committed before
its answer, and booked by the worker beside.

python -m bench.callbacks                      as docs/performance.md shows it
python -m bench.callbacks --seconds 10 --rate 200

Requests are sent at their own moments, whatever the server does (an open loop): a server that is too slow shows in the waiting.
Signatures are made before the clock starts; callbacks are good for five minutes.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg

from balai import billing, keys
from balai.app import create_app
from balai.billing import InvoiceDraft, InvoiceLine, Payer
from balai.billing.days import today
from balai.billing.payments import gateways
from balai.billing.payments.models import PaymentOrderRow
from balai.clock import now
from balai.db import new_id
from balai.devstack import stack
from balai.devstack.instance import Instance
from balai.settings import Settings
from balai.tenancy import Tenant, registry_scope, tenant_scope
from balai.tenancy import queries as registry
from balai.testing.payments import BankSimulator, Told
from bench import cpu, load, servers
from bench.__main__ import _environ
from bench.seed import migrated

NAME = f"bench_callbacks_{os.getpid()}"
RUPIAH = 137_500
_MOST_WAIT = 300


def furnish(count: int, bank: BankSimulator) -> Tenant:
    """A region with `count` invoices, an order for each, and the bank's keys."""
    with registry_scope() as session:
        made = registry.create_tenant(
            session,
            key=uuid.uuid4(),
            slug="bayar",
            kind="region",
            region_code="32.73",
            name="Bayar",
            timezone="Asia/Jakarta",
        )
        registry.set_status(session, made.id, "active")
    with tenant_scope(made) as session:
        keys.create_tenant_keys(session)
        session.commit()
        bank.home = made.slug
        gateways.save(session, "snap", bank.settings())
        lines = [InvoiceLine("Air", RUPIAH, "pendapatan")]
        due = today(session) + timedelta(days=20)
        drafts = [InvoiceDraft("AIR", "bench", str(n), Payer(f"Pelanggan {n}"), lines, due) for n in range(count)]
        issued = billing.issue_many(session, drafts)
        until = now() + timedelta(hours=1)
        session.add_all(
            PaymentOrderRow(
                id=new_id(),
                code=f"{n:012d}",
                provider="snap",
                method="va",
                invoice_id=one.id,
                rupiah=RUPIAH,
                until=until,
            )
            for n, one in enumerate(issued)
        )
        session.commit()
    return made


def raw(told: Told, host: str) -> bytes:
    """A callback as bytes on a kept-open connection."""
    headers = "\r\n".join(f"{name}: {value}" for name, value in told.headers.items() if name != "Content-Type")
    return load.request("POST", host, told.path, body=told.body, headers=headers)


async def send(
    port: int, requests: list[bytes], rate: float, connections: int
) -> tuple[list[float], dict[int, int], float]:
    """(seconds from each one's own moment to its answer, answers by status, seconds in all)."""
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    latencies: list[float] = []
    statuses: dict[int, int] = {}

    async def line() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while True:
            due, request = await waiting.get()
            writer.write(request)
            status = await load.read_answer(reader)
            latencies.append(time.perf_counter() - due)
            statuses[status] = statuses.get(status, 0) + 1
            waiting.task_done()

    lines = [asyncio.create_task(line()) for _ in range(connections)]
    begun = time.perf_counter()
    for n, request in enumerate(requests):
        due = begun + n / rate
        if (left := due - time.perf_counter()) > 0:
            await asyncio.sleep(left)
        waiting.put_nowait((due, request))
    # A line that broke would leave its callbacks waiting for ever.
    done, _pending = await asyncio.wait(
        [asyncio.create_task(waiting.join()), *lines], timeout=120, return_when=asyncio.FIRST_COMPLETED
    )
    taken = time.perf_counter() - begun
    for task in lines:
        if task in done:
            task.result()
        task.cancel()
    return latencies, statuses, taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=300, help="callbacks a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    options = parser.parse_args()
    count = options.rate * options.seconds
    server = stack.ensure_postgres("bench")
    info = migrated(server, NAME)
    with BankSimulator() as bank:
        environ = {
            **_environ(),
            "BALAI_ENV": "test",
            "BALAI_DATABASE_URL": info.app_url,
            "BALAI_QUEUE_DATABASE_URL": info.queue_url,
            "BALAI_OUTBOUND_ALLOW": bank.authority,
        }
        app = create_app(Settings.from_env(environ))
        try:
            with app.app_context():
                tenant = furnish(count, bank)
            host = f"{tenant.slug}.localhost"
            requests = [raw(bank.callback(f"{n:012d}", RUPIAH, f"R{n}"), host) for n in range(count)]
            log = Instance.named("bench").logs / "callbacks.log"
            with servers.granian(
                "balai", "balai.app:create_app", environ, application_name="balai", workers=options.workers,
                threads=options.threads, log=log,
            ) as running, working(environ, log.with_name("callbacks-worker.log")) as worker:  # fmt: skip
                watched = {"web": running.pids(), "worker": {worker.pid}, "sender": {os.getpid()}}
                before = {name: cpu.spent(pids) for name, pids in watched.items()}
                found = asyncio.run(send(running.port, requests, options.rate, connections=32))
                late = settle(info.owner_url)
                spent = {name: (cpu.spent(pids) - before[name]) / 1e9 for name, pids in watched.items()}
            report(info.owner_url, *found)
            each = ", ".join(f"{name} {seconds * 1000 / count:.2f} ms" for name, seconds in spent.items())
            print(f"all booked {late:.1f} s after the last answer; processor time for each: {each}")
        finally:
            app.extensions["balai.db"].close()
            info.drop_database(info.database)


@contextlib.contextmanager
def working(environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker on this database."""
    base = {k: v for k, v in os.environ.items() if not k.startswith("BALAI_")}
    with log.open("wb") as output:
        command = [str(Path(sys.executable).with_name("balai")), "worker"]
        process = subprocess.Popen(command, env={**base, **environ}, stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def settle(owner_url: str) -> float:
    """Wait until nothing is left in the inbox; seconds."""
    begun = time.perf_counter()
    with psycopg.connect(owner_url, autocommit=True) as owner:
        while owner.execute("SELECT EXISTS (SELECT FROM payment_inbox)").fetchone() == (True,):
            if time.perf_counter() - begun > _MOST_WAIT:
                raise TimeoutError("the worker doesn't keep up")
            time.sleep(0.1)
    return time.perf_counter() - begun


def report(owner_url: str, latencies: list[float], statuses: dict[int, int], taken: float) -> None:
    """One line, and whether the books agree."""
    with psycopg.connect(owner_url) as owner:
        paid, money = owner.execute("SELECT count(*), coalesce(sum(applied), 0) FROM payment").fetchone() or (0, 0)
        (zero,) = owner.execute("SELECT coalesce(sum(amount), 0) FROM ledger_line").fetchone() or (None,)
    ordered = sorted(latencies)
    median, late = statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.99)] * 1000
    print(f"{len(latencies)} callbacks in {taken:.1f} s ({len(latencies) / taken:.0f}/s), answers {statuses}")
    print(
        f"median {median:.1f} ms, 99 % {late:.1f} ms; {paid} payments, {money} rupiah on invoices, ledger sums to {zero}"
    )


if __name__ == "__main__":
    main()
