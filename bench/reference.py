"""The reference: what the same three answers cost with as little as possible in between.

Bare Flask, a psycopg pool, hand-written SQL with an explicit tenant filter, orjson, RS256 verification with a cached key. It
reads and writes Balai's own tables, as their owner, so that rows, indexes and caches are the same for both; a new case leaves
the same rows behind: the case, its first event, the entry in the citizen's own list, and the job that tells staff. It has what no
service may go without (who asks, for which region) and nothing else: no row-level security, no plugin gate, no roles, no form
check, no encryption, no deadlines, no headers.
"""

import os
import secrets
import time
import uuid
from datetime import UTC, datetime

import orjson
import uuid_utils
from flask import Flask, Response, abort, request
from joserfc import jws
from joserfc.jwk import RSAKey
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

APPLICATION_NAME = "bench-reference"

LIST = """
SELECT code, service_id AS service, state, waits_for, outcome, summary, region, channel, visibility, anonymity, unit_id,
       assignee_id, filed_at, changed_at, due_at, overdue_at, closed_at, rating
FROM cases WHERE tenant_id = (SELECT id FROM registry.tenant WHERE slug = %s) AND visibility <> 'secret'
ORDER BY id DESC LIMIT %s
"""
GET = """
SELECT id, tenant_id, code, service_id AS service, state, waits_for, outcome, summary, data, region, latitude, longitude,
       landmark, channel, visibility, anonymity, unit_id, assignee_id, filed_at, changed_at, due_at, overdue_at, closed_at, rating
FROM cases WHERE tenant_id = (SELECT id FROM registry.tenant WHERE slug = %s) AND code = %s
"""
TIMELINE = """
SELECT seq, kind, at, actor_kind, unit, from_state, to_state, public, data
FROM case_event WHERE tenant_id = %s AND case_id = %s ORDER BY seq
"""
UNIT = """
SELECT t.id AS tenant, u.id AS unit FROM registry.tenant t JOIN unit u ON u.tenant_id = t.id AND u.is_admin WHERE t.slug = %s
"""
INSERT = """
INSERT INTO cases (tenant_id, id, code, service_id, service_version, state, waits_for, seq, unit_id, region, landmark, channel,
                   assisted, is_test, anonymity, visibility, language, summary, data, filed_at, changed_at, state_since, due_at,
                   timers_done, reopened)
VALUES (%(tenant)s, %(id)s, %(code)s, %(service)s, 1, 'diterima', 'staff', 1, %(unit)s, %(region)s, '', 'api', false, false,
        'named', 'public', 'id', %(summary)s, %(data)s, %(now)s, %(now)s, %(now)s, %(now)s, 0, 0)
"""
EVENT = """
INSERT INTO case_event (tenant_id, id, case_id, seq, kind, at, actor_kind, unit, to_state, public, data)
VALUES (%(tenant)s, %(event)s, %(id)s, 1, 'filed', %(now)s, 'citizen', %(unit)s, 'diterima', true, '{}')
"""
MINE = """
INSERT INTO my_case (sub, tenant_id, code, service, state, at)
VALUES (%(sub)s, %(tenant)s, %(code)s, %(service)s, 'diterima', %(now)s)
"""
JOB = """
INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, priority, lock, args)
VALUES ('events', 'jobs.tell', 0, %(code)s, %(job)s)
"""


def create_app() -> Flask:  # noqa: C901 - three views and their helpers, on purpose in one place
    """The WSGI application; settings from BENCH_* variables."""
    app = Flask(__name__, static_folder=None)
    pool = ConnectionPool(
        os.environ["BENCH_DATABASE_URL"],
        min_size=1,
        max_size=int(os.environ["BENCH_POOL"]),
        kwargs={"row_factory": dict_row, "application_name": APPLICATION_NAME, "options": "-c jit=off"},
        open=True,
    )
    key = RSAKey.import_key(orjson.loads(os.environ["BENCH_JWK"]))
    issuer = os.environ["BENCH_ISSUER"]

    def authenticate() -> dict:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            abort(401)
        claims = orjson.loads(jws.deserialize_compact(token, key, algorithms=["RS256"]).payload)
        if claims["iss"] != issuer or "api" not in claims["aud"] or claims["exp"] < time.time():
            abort(401)
        return claims

    def slug() -> str:
        return request.host.partition(".")[0]

    def answer(value: object, status: int = 200) -> Response:
        return Response(orjson.dumps(value), status=status, content_type="application/json")

    @app.get("/healthz")
    def health() -> Response:
        return answer({"status": "ok"})

    @app.get("/api/v1/cases")
    def list_cases() -> Response:
        authenticate()
        limit = min(int(request.args.get("limit", "50")), 100)
        with pool.connection() as connection:
            rows = connection.execute(LIST, (slug(), limit)).fetchall()
        return answer({"items": rows})

    @app.get("/api/v1/cases/<code>")
    def get_case(code: str) -> Response:
        authenticate()
        with pool.connection() as connection:
            found = connection.execute(GET, (slug(), code)).fetchone()
            if found is None:
                abort(404)
            found["timeline"] = connection.execute(TIMELINE, (found.pop("tenant_id"), found.pop("id"))).fetchall()
        return answer(found)

    @app.post("/api/v1/cases")
    def create_case() -> Response:
        claims = authenticate()
        body = orjson.loads(request.get_data())
        with pool.connection() as connection:
            tenant, unit = connection.execute(UNIT, (slug(),)).fetchone().values()
            code = secrets.token_hex(8)
            values = {
                "tenant": tenant, "id": uuid.UUID(int=uuid_utils.uuid7().int), "event": uuid.UUID(int=uuid_utils.uuid7().int),
                "code": code, "service": body["service"], "unit": unit, "region": body["place"]["region"],
                "now": datetime.now(UTC),
                "summary": body["data"]["uraian"][:200], "data": Jsonb(body["data"]), "sub": claims["sub"],
                "job": Jsonb({"tenant_id": tenant, "subject": code}),
            }  # fmt: skip
            for statement in (INSERT, EVENT, MINE, JOB):
                connection.execute(statement, values)
        return answer({"code": code}, 201)

    return app
