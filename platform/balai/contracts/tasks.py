"""Background work as a value: what a plugin hands to the queue, without knowing the queue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

# Five retries over about four hours: long enough for a provider's outage, short enough that somebody notices the same day.
DEFAULT_DELAYS = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 10_800))


class RetryLater(Exception):  # noqa: N818 - an instruction to the queue, not an error
    """Raised by a task that can't go on now: run again after `delay`, not counted as a failed attempt."""

    def __init__(self, delay: timedelta, reason: str = "") -> None:
        super().__init__(reason or f"again in {delay}")
        self.delay = delay


@dataclass(frozen=True, slots=True)
class Task:
    """A function `run(session, tenant, **ids)` that the worker calls in a transaction of that tenant.

    name is `<plugin or room>.<verb>`; delays are the waits before each retry, after the last one the job is dead and stands on
    the jobs page; cron (UTC, five fields) makes it periodic: once for every active region. together: one job goes through all
    regions (a transaction each) instead of one job per region; for short work that mostly finds nothing to do. asleep: such work
    also for regions that are suspended or still opening (their record is sealed all the same). lanes: regions that such work
    takes side by side, each on a database connection of its own.
    """

    name: str
    run: Callable[..., object]
    queue: str = "default"
    priority: int = 0
    delays: tuple[timedelta, ...] = DEFAULT_DELAYS
    cron: str | None = None
    together: bool = False
    asleep: bool = False
    lanes: int = 1

    @property
    def owner(self) -> str:
        """The plugin or room that the job gate asks about."""
        return self.name.partition(".")[0]

    def __call__(self, session: Any, tenant: Any, **ids: Any) -> object:
        """Run it here and now, without the queue (tests, commands)."""
        return self.run(session, tenant, **ids)


def task(
    name: str, *, queue: str = "default", priority: int = 0, delays: tuple[timedelta, ...] = DEFAULT_DELAYS
) -> Callable[[Callable[..., object]], Task]:
    """Decorator: make a Task of a function `(session, tenant, **ids)`.

    Return it from the hook `register_tasks`, queue it with `balai.jobs.defer`. The same job may run again after a crash of the
    worker, but what it wrote to the database then stands once; what it sends elsewhere must be idempotent.
    """
    return lambda run: Task(name=name, run=run, queue=queue, priority=priority, delays=delays)


def periodic(cron: str, *, together: bool = False, asleep: bool = False, lanes: int = 1) -> Callable[[Task], Task]:
    """Decorator above `@task`: run it at `cron` (five fields, UTC) for every active region where its owner is on."""
    return lambda made: replace(made, cron=cron, together=together, asleep=asleep, lanes=lanes)


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach a person, for `notify`.

    key is its name in settings and messages ("sms"); address is what it needs; deliver(settings, to, subject, text) answers the
    provider's own reference or "", raises RetryLater when it should be tried again and any other exception when it can't be sent.
    """

    key: str
    label: str
    address: str
    deliver: Callable[[Mapping[str, Any], str, str, str], str]


@dataclass(frozen=True, slots=True)
class Connector:
    """A bridge to another system, for `interop`: pull(session, tenant, settings) fetches what is new there."""

    key: str
    label: str
    pull: Callable[..., object]
