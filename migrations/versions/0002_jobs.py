"""Core schema, part 2: the job queue, and what regions set on plugins.

The queue is procrastinate's own schema, byte for byte (migrations/sql), in schema `jobs`: its tables hold jobs of all regions
without row-level security. So the application may not touch them; it calls definer functions that stamp and filter the tenant
themselves. Only balai_queue, the worker's fetching role, reads the tables.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.db.migration import APP, QUEUE, tenant_index, tenant_table

revision = "0002"
down_revision = "0001"

QUEUE_SCHEMA = Path(__file__).parents[1] / "sql" / "procrastinate-3.10.sql"

# Its functions name each other without a schema, and must work whatever the caller's search_path is.
FIX_PATHS = """
DO $$
DECLARE f regprocedure;
BEGIN
    FOR f IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'jobs'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = jobs, pg_catalog, pg_temp', f);
    END LOOP;
END $$
"""

# name(arguments), result, roles that may call it, body
FUNCTIONS = (
    (
        # The tenant is stamped from the session, so that nobody can queue work for another region by mistake.
        "enqueue(p_task text, p_queue text, p_priority int, p_lock text, p_queueing_lock text, p_args jsonb, p_at timestamptz)",
        "bigint",
        (APP,),
        """
DECLARE
    tenant int := current_setting('app.tenant_id')::int;
    job procrastinate_job_to_defer_v1 := ROW(
        p_queue, p_task, p_priority, tenant || ':' || p_lock, tenant || ':' || p_queueing_lock,
        p_args || jsonb_build_object('tenant_id', tenant), p_at)::procrastinate_job_to_defer_v1;
BEGIN
    IF p_queueing_lock IS NULL THEN
        RETURN (procrastinate_defer_jobs_v1(ARRAY[job]))[1];
    END IF;
    BEGIN
        RETURN (procrastinate_defer_jobs_v1(ARRAY[job]))[1];
    EXCEPTION WHEN unique_violation THEN
        RETURN NULL;  -- one is waiting already; the caller's transaction goes on
    END;
END""",
    ),
    (
        # One statement for all regions; a job that still waits from the last round isn't doubled.
        "fan_out(p_task text, p_queue text, p_priority int, p_plugin text)",
        "int",
        (QUEUE,),
        """
DECLARE made int;
BEGIN
    INSERT INTO procrastinate_jobs (queue_name, task_name, priority, queueing_lock, args)
        SELECT p_queue, p_task, p_priority, t.id || ':' || p_task, jsonb_build_object('tenant_id', t.id)
        FROM registry.tenant t
        WHERE t.status = 'active' AND (p_plugin IS NULL OR EXISTS (
            SELECT 1 FROM registry.tenant_plugin p
            WHERE p.tenant_id = t.id AND p.plugin = p_plugin AND p.state IN ('on', 'closing')))
        ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made;
END""",
    ),
    (
        # Jobs whose worker died. Each rescue counts as an attempt: a job that kills its worker must not do so for ever.
        "rescue(p_seconds float, p_most_attempts int)",
        "TABLE (job_id bigint, task text, dead boolean)",
        (QUEUE,),
        """
BEGIN
    DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - make_interval(secs => p_seconds);
    RETURN QUERY
        UPDATE procrastinate_jobs j
        SET status = CASE WHEN j.attempts + 1 >= p_most_attempts THEN 'failed' ELSE 'todo' END::procrastinate_job_status,
            attempts = j.attempts + 1, scheduled_at = now()
        WHERE j.id IN (
            SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL FOR UPDATE SKIP LOCKED)
        RETURNING j.id, j.task_name::text, j.status = 'failed';
END""",
    ),
    (
        "of_tenant(p_status text, p_limit int)",
        "TABLE (id bigint, task text, queue text, attempts int, args jsonb, scheduled_at timestamptz, since timestamptz)",
        (APP,),
        """
BEGIN
    RETURN QUERY
        SELECT j.id, j.task_name::text, j.queue_name::text, j.attempts, j.args, j.scheduled_at,
            (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id)
        FROM procrastinate_jobs j
        WHERE (j.args ->> 'tenant_id') = current_setting('app.tenant_id')::int::text AND j.status::text = p_status
        ORDER BY j.id DESC LIMIT p_limit;
END""",
    ),
    (
        "run_again(p_job bigint)",
        "boolean",
        (APP,),
        """
BEGIN
    UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = NULL, queueing_lock = NULL
    WHERE id = p_job AND status = 'failed' AND (args ->> 'tenant_id') = current_setting('app.tenant_id')::int::text;
    RETURN FOUND;
END""",
    ),
    (
        "discard(p_job bigint)",
        "boolean",
        (APP,),
        """
BEGIN
    DELETE FROM procrastinate_jobs
    WHERE id = p_job AND status = 'failed' AND (args ->> 'tenant_id') = current_setting('app.tenant_id')::int::text;
    RETURN FOUND;
END""",
    ),
    (
        # Numbers without arguments: for /metrics, doctor and the operator's console.
        "overview()",
        "TABLE (queue text, ready bigint, later bigint, doing bigint, dead bigint, oldest_ready timestamptz)",
        (APP, QUEUE),
        """
BEGIN
    RETURN QUERY
        SELECT j.queue_name::text,
            count(*) FILTER (WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now()),
            count(*) FILTER (WHERE j.status = 'todo' AND j.scheduled_at > now()),
            count(*) FILTER (WHERE j.status = 'doing'),
            count(*) FILTER (WHERE j.status = 'failed'),
            min(coalesce(j.scheduled_at, (SELECT min(e.at) FROM procrastinate_events e WHERE e.job_id = j.id)))
                FILTER (WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now())
        FROM procrastinate_jobs j WHERE j.status IN ('todo', 'doing', 'failed') GROUP BY 1 ORDER BY 1;
END""",
    ),
    (
        "last_heartbeat()",
        "timestamptz",
        (APP, QUEUE),
        """
BEGIN
    RETURN (SELECT max(w.last_heartbeat) FROM procrastinate_workers w);
END""",
    ),
)


def upgrade() -> None:
    op.execute("CREATE SCHEMA jobs")
    op.execute("SET LOCAL search_path = jobs, public")
    _execute(QUEUE_SCHEMA.read_text())
    op.execute("SET LOCAL search_path = public, jobs")
    op.execute("CREATE INDEX procrastinate_jobs_tenant ON jobs.procrastinate_jobs ((args ->> 'tenant_id'), status)")
    _free_queueing_lock()
    _execute(FIX_PATHS)
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA jobs FROM PUBLIC")
    op.execute(f"GRANT USAGE ON SCHEMA jobs TO {APP}, {QUEUE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO {QUEUE}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO {QUEUE}")
    op.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs TO {QUEUE}")
    for signature, returns, roles, body in FUNCTIONS:
        _definer(signature, returns, roles, body)
    _tables()


def _execute(sql: str) -> None:
    # The driver's own call: the text is full of colons and percent signs that SQLAlchemy would read as parameters.
    op.get_bind().connection.driver_connection.execute(sql)


def _free_queueing_lock() -> None:
    """A job that is retried while its successor waits would break the unique index and stay `doing` for ever."""
    op.execute(
        "CREATE FUNCTION jobs.free_queueing_lock() RETURNS trigger LANGUAGE plpgsql AS"
        " $balai$BEGIN NEW.queueing_lock := NULL; RETURN NEW; END$balai$"
    )
    op.execute(
        "CREATE TRIGGER free_queueing_lock BEFORE UPDATE OF status ON jobs.procrastinate_jobs FOR EACH ROW"
        " WHEN (old.status = 'doing' AND new.status = 'todo') EXECUTE FUNCTION jobs.free_queueing_lock()"
    )


def _definer(signature: str, returns: str, roles: tuple[str, ...], body: str) -> None:
    name = signature.partition("(")[0]
    _execute(
        f"CREATE FUNCTION jobs.{signature} RETURNS {returns} LANGUAGE plpgsql SECURITY DEFINER"
        f" SET search_path = jobs, pg_catalog, pg_temp AS $balai${body}$balai$"
    )
    op.execute(f"REVOKE ALL ON FUNCTION jobs.{name} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION jobs.{name} TO {', '.join(roles)}")


def _tables() -> None:
    # What a job wrote and its receipt are committed together: a job that is run twice finds the receipt and does nothing.
    tenant_table(
        op,
        "job_receipt",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        key=("job_id",),
    )
    tenant_table(
        op,
        "job_failure",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    tenant_index(op, "job_failure_job", "job_failure", "job_id", "at")
    tenant_table(
        op,
        "plugin_setting",
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("values", pg.JSONB(), nullable=False),
        sa.Column("dpia", sa.Text()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    tenant_index(op, "plugin_setting_plugin", "plugin_setting", "plugin", unique=True)


def downgrade() -> None:
    for table in ("plugin_setting", "job_failure", "job_receipt"):
        op.drop_table(table)
    op.execute("DROP SCHEMA jobs CASCADE")
