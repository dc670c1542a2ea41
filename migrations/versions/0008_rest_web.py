"""Core schema, part 8: rate limits, the crest's renditions (web); Idempotency-Key (rest)."""

import sqlalchemy as sa
from alembic import op

from balai.db.migration import definer_function, tenant_index, tenant_table
from balai.keys import sealed

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _look_images()
    _rate_limits()
    _idempotency_keys()


def downgrade() -> None:
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
