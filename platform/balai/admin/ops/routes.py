"""What machines ask: is this process alive, can it serve, how is it doing.

`/readyz` answers 503 only without the database. Keycloak down is `degraded`: signed-in people and valid tokens go on.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.exc import SQLAlchemyError

from balai import auth
from balai.admin.ops import queries
from balai.clock import now
from balai.db import database
from balai.errors import NotFound
from balai.jobs import last_heartbeat
from balai.tenancy import registry_scope

blueprint = Blueprint("ops", __name__)
_WORKER_QUIET = timedelta(seconds=90)
_LOOPBACK = frozenset({"127.0.0.1", "::1"})


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """`ok`, `degraded` (200) or `unavailable` (503), with each part's state and how long asking it took in ms."""
    parts = {"database": _asked(_database), "keycloak": _asked(_keycloak), "worker": _asked(_worker)}
    if parts["database"]["state"] != "ok":
        return jsonify(status="unavailable", parts=parts), 503
    worst = "ok" if all(part["state"] == "ok" for part in parts.values()) else "degraded"
    return jsonify(status=worst, parts=parts), 200


@blueprint.get("/metrics")
def metrics() -> Response:
    """Figures in the Prometheus text format, for who asks this process from its own machine and through no proxy.

    They tell about all regions at once, so to everybody else the page doesn't exist.
    """
    if request.remote_addr not in _LOOPBACK or "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        raise NotFound
    with database().engine.connect() as connection:
        figures = queries.figures(connection)
    lines = [f"balai_{name} {value}" for name, value in figures.items()]
    return Response("\n".join(lines) + "\n", mimetype="text/plain; version=0.0.4")


def _asked(question: Callable[[], str]) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        state = question()
    except SQLAlchemyError:
        state = "unreachable"
    return {"state": state, "ms": round((time.perf_counter() - start) * 1000, 1)}


def _database() -> str:
    with database().engine.connect() as connection:
        return "ok" if queries.alive(connection) else "unreachable"


def _keycloak() -> str:
    return auth.keycloak_status()


def _worker() -> str:
    with registry_scope() as session:
        seen = last_heartbeat(session)
    return "ok" if seen and now() - seen < _WORKER_QUIET else "not seen"
