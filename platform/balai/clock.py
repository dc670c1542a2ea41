"""The one source of time, used by every room and every test.

`now()` is the only call to the system clock; a test freezes or moves it with `frozen(at)`. The override is a context
variable, so two tests (or a test and a background thread) never see each other's time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_source: ContextVar[Callable[[], datetime] | None] = ContextVar("balai_clock", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    source = _source.get()
    return source() if source else datetime.now(UTC)


@contextmanager
def frozen(at: datetime | Callable[[], datetime]) -> Iterator[None]:
    """Inside the block `now()` answers `at` (aware), or what the callable `at` answers."""
    source = at if callable(at) else (lambda: at)
    if source().tzinfo is None:
        raise ValueError("the clock needs an aware datetime")
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)
