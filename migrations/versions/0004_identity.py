"""Core schema, part 4: members, sessions, and a citizen's cases over all regions.

`session` and `my_case` are the two tables that belong to a person rather than to a region (decision 4). The application
can't read `session` at all: only the functions below do, each with its own filter. `my_case` shows a person's own rows.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.db.migration import APP, OWNER, definer_function, tenant_index, tenant_table
from balai.keys import sealed

revision = "0004"
down_revision = "0003"

SESSION = """
CREATE TABLE session (
    id_hash bytea PRIMARY KEY CHECK (octet_length(id_hash) = 32),
    tenant_id int REFERENCES registry.tenant (id),
    sub text NOT NULL,
    sid text NOT NULL,
    roles jsonb NOT NULL,
    acr text NOT NULL,
    who bytea NOT NULL,
    tokens bytea NOT NULL,
    auth_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    checked_at timestamptz NOT NULL,
    claimed_at timestamptz,
    expires_at timestamptz NOT NULL
);
CREATE INDEX session_sid ON session (sid);
CREATE INDEX session_member ON session (tenant_id, sub);
CREATE INDEX session_expires_at ON session (expires_at);
"""

MY_CASE = """
CREATE TABLE my_case (
    sub text NOT NULL,
    tenant_id int NOT NULL REFERENCES registry.tenant (id),
    code text NOT NULL,
    service text NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (sub, tenant_id, code)
);
CREATE INDEX my_case_code ON my_case (tenant_id, code);
"""


def upgrade() -> None:
    _member()
    op.execute(SESSION)
    op.execute(MY_CASE)
    for table in ("session", "my_case"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_owner ON {table} TO {OWNER} USING (true) WITH CHECK (true)")
    op.execute(f"CREATE POLICY my_case_own ON my_case FOR SELECT TO {APP} USING (sub = current_setting('app.sub'))")
    op.execute(f"GRANT SELECT ON my_case TO {APP}")
    _session_functions()
    _my_case_functions()


def _member() -> None:
    tenant_table(
        op,
        "member",
        sa.Column("sub", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sealed("email", "email"),
        sa.Column("email_index", sa.Text(), nullable=True),
        sa.Column("roles", pg.JSONB(), nullable=False, server_default="[]"),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invited_by", sa.Text(), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("roles_changed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    tenant_index(op, "member_sub", "member", "sub", unique=True)
    tenant_index(op, "member_email_index", "member", "email_index")


def _session_functions() -> None:
    definer_function(
        op,
        "session_create(p_id bytea, p_tenant int, p_sub text, p_sid text, p_roles jsonb, p_acr text, p_who bytea,"
        " p_tokens bytea, p_auth timestamptz, p_issued timestamptz, p_now timestamptz, p_expires timestamptz)",
        "void",
        """
DECLARE changed timestamptz;
BEGIN
    -- Waits for a change of roles that is under way. A token from before such a change is due for a refresh at once.
    SELECT m.roles_changed_at INTO changed FROM member m
        WHERE m.tenant_id = p_tenant AND m.sub = p_sub FOR SHARE;
    INSERT INTO session (id_hash, tenant_id, sub, sid, roles, acr, who, tokens, auth_at, created_at, checked_at, expires_at)
        VALUES (p_id, p_tenant, p_sub, p_sid, p_roles, p_acr, p_who, p_tokens, p_auth, p_now,
            CASE WHEN changed > p_issued - interval '5 seconds' THEN p_now - interval '10 minutes' ELSE p_now END, p_expires);
END""",
        language="plpgsql",
    )
    definer_function(
        op,
        "session_find(p_id bytea, p_tenant int, p_now timestamptz)",
        "TABLE (tenant_id int, sub text, sid text, roles jsonb, acr text, who bytea, auth_at timestamptz,"
        " checked_at timestamptz, member_id uuid, member_roles jsonb, member_active boolean)",
        """
SELECT s.tenant_id, s.sub, s.sid, s.roles, s.acr, s.who, s.auth_at, s.checked_at, m.id, m.roles, m.active
FROM session s LEFT JOIN member m ON m.tenant_id = s.tenant_id AND m.sub = s.sub
WHERE s.id_hash = p_id AND s.expires_at > p_now AND (
    s.tenant_id = p_tenant
    -- The apex host: people of the operator and the ministries, and citizens who signed in there.
    OR p_tenant IS NULL AND (s.tenant_id IS NULL OR EXISTS (
        SELECT FROM registry.tenant t WHERE t.id = s.tenant_id AND t.kind <> 'region')))""",
        volatile="STABLE",
    )
    definer_function(
        op,
        "session_claim(p_id bytea, p_now timestamptz, p_before timestamptz)",
        "bytea",
        "UPDATE session SET claimed_at = p_now WHERE id_hash = p_id AND (claimed_at IS NULL OR claimed_at < p_before)"
        " RETURNING tokens",
    )
    definer_function(
        op,
        "session_tokens(p_id bytea)",
        "bytea",
        "SELECT tokens FROM session WHERE id_hash = p_id",
        volatile="STABLE",
    )
    definer_function(
        op,
        "session_refresh(p_id bytea, p_roles jsonb, p_who bytea, p_tokens bytea, p_now timestamptz)",
        "void",
        "UPDATE session SET roles = p_roles, who = p_who, tokens = p_tokens, checked_at = p_now WHERE id_hash = p_id",
    )
    definer_function(op, "session_end(p_id bytea)", "void", "DELETE FROM session WHERE id_hash = p_id")
    definer_function(
        op,
        "session_end_sid(p_sid text, p_sub text)",
        "bigint",
        # A logout token names one sign-in (sid), or the person when all of theirs end.
        "WITH gone AS (DELETE FROM session WHERE CASE WHEN p_sid IS NULL THEN sub = p_sub ELSE sid = p_sid END RETURNING 1)"
        " SELECT count(*) FROM gone",
    )
    definer_function(
        op,
        "session_end_member(p_sub text)",
        "void",
        "DELETE FROM session WHERE tenant_id = current_setting('app.tenant_id')::int AND sub = p_sub",
    )
    definer_function(
        op,
        "session_purge(p_now timestamptz)",
        "bigint",
        "WITH gone AS (DELETE FROM session WHERE expires_at <= p_now RETURNING 1) SELECT count(*) FROM gone",
    )


def _my_case_functions() -> None:
    definer_function(
        op,
        "my_case_put(p_sub text, p_code text, p_service text, p_state text, p_at timestamptz)",
        "void",
        "INSERT INTO my_case (sub, tenant_id, code, service, state, at)"
        " VALUES (p_sub, current_setting('app.tenant_id')::int, p_code, p_service, p_state, p_at)"
        " ON CONFLICT (sub, tenant_id, code) DO UPDATE SET service = excluded.service, state = excluded.state, at = excluded.at",
    )
    definer_function(
        op,
        "my_case_drop(p_code text)",
        "void",
        "DELETE FROM my_case WHERE tenant_id = current_setting('app.tenant_id')::int AND code = p_code",
    )


def downgrade() -> None:
    for name in (
        "my_case_drop(text)",
        "my_case_put(text, text, text, text, timestamptz)",
        "session_purge(timestamptz)",
        "session_end_member(text)",
        "session_end_sid(text, text)",
        "session_end(bytea)",
        "session_refresh(bytea, jsonb, bytea, bytea, timestamptz)",
        "session_tokens(bytea)",
        "session_claim(bytea, timestamptz, timestamptz)",
        "session_find(bytea, int, timestamptz)",
        "session_create(bytea, int, text, text, jsonb, text, bytea, bytea, timestamptz, timestamptz, timestamptz, timestamptz)",
    ):
        op.execute(f"DROP FUNCTION {name}")
    for table in ("my_case", "session", "member"):
        op.execute(f"DROP TABLE {table}")
