"""Core schema, part 1: the registry.

The few tables that are read before or across tenants: no personal data, no secrets, written only through definer functions
(decision 3). Everything else in the database belongs to one tenant.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from balai.db.migration import APP, QUEUE, definer_function, tenant_table

revision = "0001"
down_revision = None

TABLES = """
CREATE SCHEMA registry;

CREATE TABLE registry.region (
    code text PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('provinsi', 'kabupaten', 'kota', 'kabupaten_administrasi', 'kota_administrasi')),
    parent_code text REFERENCES registry.region (code),
    timezone text NOT NULL,
    autonomous boolean NOT NULL DEFAULT true,
    search_name text NOT NULL,
    list_version text NOT NULL
);
CREATE INDEX region_parent_code ON registry.region (parent_code);

CREATE TABLE registry.tenant (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key uuid NOT NULL UNIQUE,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$'),
    kind text NOT NULL DEFAULT 'region' CHECK (kind IN ('region', 'operator', 'ministry')),
    region_code text REFERENCES registry.region (code),
    name text NOT NULL,
    timezone text NOT NULL DEFAULT 'Asia/Jakarta',
    status text NOT NULL DEFAULT 'onboarding' CHECK (status IN ('onboarding', 'active', 'suspended')),
    step_done text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'region') = (region_code IS NOT NULL))
);
CREATE UNIQUE INDEX tenant_region_code ON registry.tenant (region_code);

CREATE TABLE registry.tenant_domain (
    host text PRIMARY KEY CHECK (host = lower(host)),
    tenant_id int NOT NULL REFERENCES registry.tenant (id),
    token text NOT NULL,
    verified_at timestamptz
);
CREATE INDEX tenant_domain_tenant_id ON registry.tenant_domain (tenant_id);

CREATE TABLE registry.tenant_plugin (
    tenant_id int NOT NULL REFERENCES registry.tenant (id),
    plugin text NOT NULL,
    state text NOT NULL CHECK (state IN ('off', 'on', 'closing', 'blocked')),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, plugin)
);

CREATE TABLE registry.used_slug (
    slug text PRIMARY KEY,
    tenant_id int REFERENCES registry.tenant (id),
    since timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX used_slug_tenant_id ON registry.used_slug (tenant_id);

CREATE TABLE registry.published_figure (
    tenant_id int NOT NULL REFERENCES registry.tenant (id),
    subject text NOT NULL,
    month text NOT NULL,
    metric text NOT NULL,
    value numeric,
    people int CHECK (people IS NULL OR people >= 10),
    published_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, subject, month, metric)
);
"""

RESERVED = ("www", "api", "masuk", "auth", "sso", "static", "admin", "mail", "status", "cdn", "data")

TEXTS = (
    "display_name", "tagline", "primary_color", "accent_color", "phone", "email", "address", "website", "leader_name",
)  # fmt: skip


def upgrade() -> None:
    op.execute(TABLES)
    slugs = ", ".join(f"('{slug}')" for slug in RESERVED)
    op.execute(f"INSERT INTO registry.used_slug (slug) VALUES {slugs}")
    op.execute(f"GRANT USAGE ON SCHEMA registry TO {APP}, {QUEUE}")
    op.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA registry TO {APP}")
    _functions()
    tenant_table(
        op,
        "tenant_profile",
        *(sa.Column(name, sa.Text(), nullable=False, server_default="") for name in TEXTS),
        sa.Column("crest_file", pg.UUID()),
        sa.Column("leader_photo", pg.UUID()),
        sa.Column("settings", pg.JSONB(), nullable=False, server_default="{}"),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.UniqueConstraint("tenant_id", name="tenant_profile_one"),
    )


def _functions() -> None:
    definer_function(
        op,
        "registry.create_tenant(p_key uuid, p_slug text, p_kind text, p_region text, p_name text, p_timezone text)",
        "registry.tenant",
        """
DECLARE made registry.tenant;
BEGIN
    SELECT * INTO made FROM registry.tenant t WHERE t.slug = p_slug
        AND t.kind = p_kind AND t.region_code IS NOT DISTINCT FROM p_region;
    IF FOUND THEN RETURN made; END IF;  -- the same call again: onboarding is idempotent
    INSERT INTO registry.used_slug (slug) VALUES (p_slug);  -- unique violation = taken or reserved, for ever
    INSERT INTO registry.tenant (key, slug, kind, region_code, name, timezone)
        VALUES (p_key, p_slug, p_kind, p_region, p_name, p_timezone) RETURNING * INTO made;
    UPDATE registry.used_slug SET tenant_id = made.id WHERE slug = p_slug;
    RETURN made;
END""",
        language="plpgsql",
    )
    definer_function(
        op,
        "registry.set_tenant_status(p_tenant int, p_status text, p_step text)",
        "void",
        "UPDATE registry.tenant SET status = p_status, step_done = COALESCE(p_step, step_done) WHERE id = p_tenant",
    )
    definer_function(
        op,
        "registry.rename_tenant(p_tenant int, p_name text, p_timezone text)",
        "void",
        "UPDATE registry.tenant SET name = p_name, timezone = p_timezone WHERE id = p_tenant"
        " AND id = current_setting('app.tenant_id')::int",
    )
    definer_function(
        op,
        "registry.change_slug(p_tenant int, p_slug text)",
        "void",
        """
BEGIN
    INSERT INTO registry.used_slug (slug, tenant_id) VALUES (p_slug, p_tenant);
    UPDATE registry.tenant SET slug = p_slug WHERE id = p_tenant;
END""",
        language="plpgsql",
    )
    definer_function(
        op,
        "registry.switch_plugin(p_tenant int, p_plugin text, p_state text)",
        "void",
        "INSERT INTO registry.tenant_plugin (tenant_id, plugin, state) SELECT p_tenant, p_plugin, p_state"
        " WHERE p_tenant = current_setting('app.tenant_id')::int"
        " ON CONFLICT (tenant_id, plugin) DO UPDATE SET state = excluded.state, changed_at = clock_timestamp()",
    )
    definer_function(
        op,
        "registry.add_domain(p_tenant int, p_host text, p_token text)",
        "void",
        "INSERT INTO registry.tenant_domain (host, tenant_id, token) SELECT lower(p_host), p_tenant, p_token"
        " WHERE p_tenant = current_setting('app.tenant_id')::int",
    )
    definer_function(
        op,
        "registry.verify_domain(p_tenant int, p_host text)",
        "void",
        "UPDATE registry.tenant_domain SET verified_at = now() WHERE host = lower(p_host) AND tenant_id = p_tenant"
        " AND p_tenant = current_setting('app.tenant_id')::int",
    )
    definer_function(
        op,
        "registry.remove_domain(p_tenant int, p_host text)",
        "void",
        "DELETE FROM registry.tenant_domain WHERE host = lower(p_host) AND tenant_id = p_tenant"
        " AND p_tenant = current_setting('app.tenant_id')::int",
    )


def downgrade() -> None:
    op.drop_table("tenant_profile")
    op.execute("DROP SCHEMA registry CASCADE")
