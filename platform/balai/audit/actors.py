"""Who is acting right now: set at the edges (sign-in, job wrapper, command line), read by `record`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["staff", "citizen", "operator", "system", "job", "cli"]


@dataclass(frozen=True, slots=True)
class Actor:
    """kind and name (Keycloak's sub, a job's name, an account at the operating system); ip as text, stored as a blind index."""

    kind: ActorKind
    name: str | None = None
    ip: str | None = None


SYSTEM = Actor("system")
_actor: ContextVar[Actor] = ContextVar("balai_actor", default=SYSTEM)


def current_actor() -> Actor:
    """Who acts; the system itself when nobody said otherwise."""
    return _actor.get()


@contextmanager
def acting_as(who: Actor | ActorKind, name: str | None = None, *, ip: str | None = None) -> Iterator[Actor]:
    """Inside the block every audit entry carries this actor: a ready one, or a kind with a name."""
    actor = who if isinstance(who, Actor) else Actor(who, name, ip)
    token = _actor.set(actor)
    try:
        yield actor
    finally:
        _actor.reset(token)


def set_actor(kind: ActorKind, name: str | None = None, *, ip: str | None = None) -> None:
    """The same for the rest of this context (a request that learns who it is half-way). Pair it with `clear_actor`."""
    _actor.set(Actor(kind, name, ip))


def clear_actor() -> None:
    """Back to the system: at the end of a request, since a server thread takes the next one in the same context."""
    _actor.set(SYSTEM)
