"""Core schema, part 8: rate limits, the crest's renditions (web); Idempotency-Key (rest)."""

import sqlalchemy as sa
from alembic import op

from balai.db.migration import APP, definer_function, tenant_index, tenant_table
from balai.keys import sealed

revision = "0008"
down_revision = "0007"

LOOK_UPS = {
    "tenant_of_slug": "FROM registry.tenant t WHERE t.slug = p_name",
    "tenant_of_host": "FROM registry.tenant_domain d JOIN registry.tenant t ON t.id = d.tenant_id"
    " WHERE d.host = p_name AND d.verified_at IS NOT NULL",
}


def upgrade() -> None:
    _look_images()
    _rate_limits()
    _idempotency_keys()
    _tenant_look_ups()


def downgrade() -> None:
    for name in LOOK_UPS:
        op.execute(f"DROP FUNCTION registry.{name}(text)")
    op.drop_table("idempotency_key")
    op.execute("DROP FUNCTION rate_limit_purge(double precision)")
    op.execute("DROP FUNCTION rate_limit_hit(bytea, int, int, double precision)")
    op.drop_table("rate_limit")
    op.drop_table("look_image")


def _look_images() -> None:
    tenant_table(
        op,
        "look_image",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("tenant_id", "name", name="look_image_name"),
    )


def _rate_limits() -> None:
    # Unlogged: a crash may forget who was counted, and nothing is written twice. No tenant: limits hold before one is known.
    op.execute(
        "CREATE UNLOGGED TABLE rate_limit (bucket bytea PRIMARY KEY, started bigint NOT NULL, seconds int NOT NULL,"
        " used int NOT NULL, before int NOT NULL)"
    )
    # Two fixed windows make a sliding one: the previous counts by the share that still overlaps. What is refused is not
    # counted, or one caller behind a shared address would lock out the others for good.
    definer_function(
        op,
        "rate_limit_hit(p_bucket bytea, p_seconds int, p_allowed int, p_now double precision)",
        "int",
        """
DECLARE
    now_index bigint := floor(p_now / p_seconds);
    share double precision := 1 - (p_now / p_seconds - floor(p_now / p_seconds));
    hit rate_limit;
BEGIN
    INSERT INTO rate_limit AS r (bucket, started, seconds, used, before) VALUES (p_bucket, now_index, p_seconds, 1, 0)
    ON CONFLICT (bucket) DO UPDATE SET
        before = CASE r.started WHEN now_index THEN r.before WHEN now_index - 1 THEN least(r.used, p_allowed) ELSE 0 END,
        used = CASE r.started WHEN now_index THEN least(r.used, p_allowed) + 1 ELSE 1 END,
        started = now_index, seconds = p_seconds
    RETURNING * INTO hit;
    IF hit.used + hit.before * share <= p_allowed THEN RETURN 0; END IF;
    UPDATE rate_limit SET used = hit.used - 1 WHERE bucket = p_bucket;
    RETURN greatest(1, ceil(p_seconds * share));
END""",
        language="plpgsql",
    )
    definer_function(
        op,
        "rate_limit_purge(p_now double precision)",
        "bigint",
        """
WITH gone AS (DELETE FROM rate_limit WHERE (started + 2) * seconds < p_now RETURNING 1) SELECT count(*) FROM gone""",
    )


def _idempotency_keys() -> None:
    tenant_table(
        op,
        "idempotency_key",
        sa.Column("body_hash", sa.Text(), nullable=False),
        sealed("answer", "secret", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    tenant_index(op, "idempotency_key_created_at", "idempotency_key", "created_at")


def _tenant_look_ups() -> None:
    # Every request begins with one of these. A function keeps its plan for the connection's life, whatever the driver does
    # with its own prepared statements: 50 us of the database instead of 95. It runs with the caller's rights.
    for name, source in LOOK_UPS.items():
        op.execute(f"""
CREATE FUNCTION registry.{name}(p_name text) RETURNS json LANGUAGE plpgsql STABLE AS $balai$
BEGIN
    RETURN (SELECT json_build_array(t.id, t.key, t.slug, t.kind, t.region_code, t.name, t.timezone, t.status,
        (SELECT json_object_agg(p.plugin, p.state) FROM registry.tenant_plugin p WHERE p.tenant_id = t.id))
        {source});
END$balai$""")
        op.execute(f"REVOKE ALL ON FUNCTION registry.{name}(text) FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION registry.{name}(text) TO {APP}")
