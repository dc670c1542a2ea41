"""One Alembic environment for the core and every plugin.

Run through `balai db upgrade` (balai.db.migrate), never through an alembic.ini: the caller hands over the connection, the
version table and the metadata in `config.attributes`, so that each plugin keeps a history of its own.
"""

from alembic import context

config = context.config
context.configure(
    connection=config.attributes["connection"],
    target_metadata=config.attributes.get("target_metadata"),
    version_table=config.attributes["version_table"],
    version_table_schema="public",
    compare_type=True,
    include_object=config.attributes.get("include_object"),
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
