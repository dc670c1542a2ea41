"""The worker process: fetches as balai_queue, runs task code as balai_app. Never imported by a web process.

LISTEN needs a direct connection to PostgreSQL, not one through a transaction pooler (decision 30).
"""

import asyncio
import contextlib
import contextvars
import functools
import logging
import random
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta
from typing import Any, Final

from flask import Flask
from procrastinate import App, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job
from procrastinate.retry import BaseRetryStrategy
from procrastinate.worker import Worker

from balai import plugins
from balai.clock import now
from balai.contracts import RetryLater, Task
from balai.errors import ConfigurationError
from balai.jobs.running import JobFailed, run_for_all, run_job
from balai.settings import Settings
from balai.tenancy import Tenant

OnError = Callable[[int, BaseException], None]
log = logging.getLogger(__name__)

HEARTBEAT: Final = 5.0  # seconds between signs of life
STALLED: Final = 20.0  # seconds without one after which a worker counts as dead and its jobs are given to others
RESCUE_EVERY: Final = 10.0
MOST_RESCUES: Final = 6  # attempts after which a job that loses its workers is dead
GRACE: Final = 25.0  # seconds for running jobs after SIGTERM; Kubernetes kills after 30
RECONNECT: Final = 2.0
# A worker that was away at the time of a periodic task makes up for it when it is back, up to a month later.
CATCH_UP: Final = timedelta(days=32).total_seconds()


class Retry(BaseRetryStrategy):
    """The task's own delays, each a little longer by chance so that a thousand failed jobs don't come back at once."""

    def __init__(self, delays: tuple[timedelta, ...]) -> None:
        self._delays = delays

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to run again; None = dead."""
        if isinstance(exception, RetryLater):
            return RetryDecision(retry_at=now() + exception.delay)
        failed = exception.attempt if isinstance(exception, JobFailed) else job.attempts + 1
        if failed > len(self._delays):
            return None
        return RetryDecision(retry_at=now() + self._delays[failed - 1] * random.uniform(1, 1.1))  # noqa: S311 - jitter


class _Worker(Worker):
    """Looks for work again as soon as a job with a lock is done: those behind it became free, and no notice tells of that.

    Without it they would wait for the next look into the table, five seconds each.
    """

    _freed = False

    async def _fetch_and_process_jobs(self) -> None:
        self._freed = False
        await super()._fetch_and_process_jobs()  # type: ignore[no-untyped-call]
        if self._freed:  # while it was looking; it takes the event back at the end
            self._new_job_event.set()

    async def _persist_job_status(self, **given: Any) -> None:  # type: ignore[override]
        await super()._persist_job_status(**given)
        if given["job"].lock is not None:
            self._freed = True
            self._new_job_event.set()


def run(app: Flask, *, concurrency: int = 4, queues: Iterable[str] | None = None) -> None:
    """Work until SIGTERM or SIGINT: no new jobs then, running ones get GRACE seconds. Raises ConfigurationError.

    app: from create_app, its database role is balai_app. concurrency: jobs at a time, each in a thread. A database that goes
    away is waited for.
    """
    queue = make_queue(app, pool=concurrency + 2)
    asyncio.run(_serve(queue, concurrency, list(queues) if queues else None))


def drain(app: Flask, *, tenant: Tenant | None = None, rounds: int = 20) -> None:
    """Run everything that waits and is due, also what that queues in turn, then return.

    Raises the first error of a task, of `tenant` only when one is named (other tests leave jobs of their own behind). For tests
    and commands: periodic tasks are left alone. Works inside a running event loop as well (browser tests).
    """
    errors: list[BaseException] = []

    def collect(tenant_id: int, error: BaseException) -> None:
        if tenant is None or tenant.id == tenant_id:
            errors.append(error)

    queue = make_queue(app, pool=2, periodic=False, on_error=collect)

    async def work() -> None:
        async with queue.open_async():
            for _ in range(rounds):
                await _worker(queue, 1, None, wait=False).run()  # type: ignore[no-untyped-call]
                if not await _is_ready(queue):
                    return

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(lambda: _catch(errors, work),))
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


def make_queue(app: Flask, *, pool: int, periodic: bool = True, on_error: OnError | None = None) -> App:
    """Build procrastinate's App with every task of core and plugins; it connects as balai_queue."""
    settings: Settings = app.extensions["balai.settings"]
    if not settings.queue_database_url:
        raise ConfigurationError("BALAI_QUEUE_DATABASE_URL is not set: the worker needs PostgreSQL as role balai_queue")
    connector = PsycopgConnector(
        conninfo=settings.queue_database_url,
        min_size=1,
        max_size=pool,
        kwargs={
            "options": "-c search_path=jobs,pg_catalog -c timezone=UTC",
            "application_name": "balai-worker",
            "connect_timeout": 5,
        },
    )
    queue = App(connector=connector, periodic_defaults={"max_delay": CATCH_UP})
    for _plugin, task in plugins.manager(app).brought("tasks"):
        if not (task.cron and task.together):
            runner = functools.partial(_run, app, task, on_error)
            queue.task(name=task.name, queue=task.queue, retry=Retry(task.delays), pass_context=True)(runner)
        if task.cron and periodic:
            _schedule(queue, app, task)
    return queue


def _run(app: Flask, task: Task, on_error: OnError | None, context: JobContext, **args: Any) -> None:
    job_id = context.job.id
    assert job_id is not None  # noqa: S101 - a fetched job has a number
    try:
        run_job(app, task, job_id=job_id, args=args)
    except JobFailed as failed:
        if on_error is not None:
            on_error(args["tenant_id"], failed.__cause__ or failed)
        raise


def _schedule(queue: App, app: Flask, task: Task) -> None:
    """A cron job `<task>@cron`, once over all workers, which queues one job per region or goes through them itself."""
    owner = plugins.manager(app).get(task.owner)
    plugin = None if owner is None or owner.core else task.owner

    async def fan_out(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it by name
        await queue.connector.execute_query_one_async(
            "SELECT jobs.fan_out(%(task)s, %(queue)s, %(priority)s, %(plugin)s)",
            task=task.name,
            queue=task.queue,
            priority=task.priority,
            plugin=plugin,
        )

    def go_through(timestamp: int) -> None:  # noqa: ARG001 - as above
        run_for_all(app, task)

    name = f"{task.name}@cron"
    # The lock keeps two rounds of a slow task from overlapping, the queueing lock keeps rounds from piling up.
    made = queue.task(name=name, queue="cron", lock=name, queueing_lock=name)(go_through if task.together else fan_out)
    queue.periodic(cron=task.cron or "")(made)


async def _serve(queue: App, concurrency: int, queues: list[str] | None) -> None:
    stopping = asyncio.Event()
    running: list[Worker] = []

    def stop() -> None:
        stopping.set()
        for worker in running:
            worker.stop()  # type: ignore[no-untyped-call]

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    while not stopping.is_set():
        with contextlib.suppress(asyncio.TimeoutError):
            try:
                async with _opened(queue):
                    worker = _worker(queue, concurrency, queues)
                    running[:] = [worker]
                    await worker.run()  # type: ignore[no-untyped-call]
            except (ConnectorException, OSError):
                log.exception("the queue's database is away; trying again")
            if not stopping.is_set():
                await asyncio.wait_for(stopping.wait(), RECONNECT)


@contextlib.asynccontextmanager
async def _opened(queue: App) -> AsyncIterator[None]:
    async with queue.open_async():
        await _rescue(queue)
        rescuing = asyncio.create_task(_rescue_for_ever(queue))
        try:
            yield
        finally:
            rescuing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await rescuing


def _worker(queue: App, concurrency: int, queues: list[str] | None, *, wait: bool = True) -> Worker:
    return _Worker(
        app=queue,
        queues=queues,
        concurrency=concurrency,
        wait=wait,
        listen_notify=wait,
        # Succeeded jobs leave no trace here; what they did stands in the region's own tables.
        delete_jobs=DeleteJobCondition.SUCCESSFUL,
        install_signal_handlers=False,
        shutdown_graceful_timeout=GRACE,
        update_heartbeat_interval=HEARTBEAT,
        stalled_worker_timeout=STALLED,
    )


async def _rescue_for_ever(queue: App) -> None:
    while True:
        await asyncio.sleep(RESCUE_EVERY)
        try:
            await _rescue(queue)
        except ConnectorException:
            log.warning("could not look for jobs of dead workers", exc_info=True)


async def _rescue(queue: App) -> None:
    """Give jobs of dead workers to the living. The receipt keeps what they had already done from being done twice."""
    for row in await queue.connector.execute_query_all_async(
        "SELECT * FROM jobs.rescue(%(seconds)s, %(most)s)", seconds=STALLED, most=MOST_RESCUES
    ):
        log.warning("job %s (%s) lost its worker; %s", row["job_id"], row["task"], "dead" if row["dead"] else "again")


async def _is_ready(queue: App) -> bool:
    rows = await queue.connector.execute_query_all_async("SELECT sum(ready) AS ready FROM jobs.overview()")
    return bool(rows[0]["ready"])


def _catch(errors: list[BaseException], work: Callable[[], Any]) -> None:
    try:
        asyncio.run(work())
    except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
        errors.append(error)
