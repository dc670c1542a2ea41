"""Does the schema in the database agree with the models, and do a history's migrations go up, down and up again?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, String, Text, text

from balai.db import Base, migrate
from balai.db.catalogue import SPECIAL
from balai.devstack import stack
from balai.devstack.postgres import PgInfo

# Reached through functions or in plain SQL only, by the room that owns them.
MODEL_LESS = SPECIAL | {
    "case_origin",
    "case_public_text",
    "decision_told",
    "idempotency_key",
    "case_read",
    "inbox_mark",
}
MODEL_LESS |= {"ledger_line", "billing_delta"}
# Facts worked out from the timeline: written and read by SQL of `evidence` only.
MODEL_LESS |= {"fact_back", "fact_case", "fact_month", "fact_need", "fact_state", "fact_year", "metric_value"}


@contextmanager
def scratch_database(name: str) -> Iterator[PgInfo]:
    """An empty database of its own on the test server, dropped at the end."""
    info = stack.ensure_postgres("test").create_database(name, replace=True)
    try:
        yield info
    finally:
        info.drop_database(name)


@contextmanager
def owner_of(info: PgInfo) -> Iterator[Engine]:
    """An engine of balai_owner."""
    engine = migrate.owner_engine(info.owner_url)
    try:
        yield engine
    finally:
        engine.dispose()


def tables(engine: Engine) -> set[str]:
    """Names of the tables in schema public."""
    with engine.connect() as connection:
        return set(connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))


def owner_of_table(name: str, plugins: list[str]) -> str:
    """The plugin whose word a table's name starts with, "balai" for the core's."""
    return next((p for p in plugins if name == p or name.startswith(f"{p}_")), "balai")


def disagreements(engine: Engine, owner: str, plugins: list[str]) -> list[Any]:
    """What autogenerate would still change in the tables of `owner` ("balai" or a plugin); empty when both agree."""

    def mine(_object: Any, name: str | None, type_: str, reflected: bool, _compared: Any) -> bool:
        if type_ == "table" and owner == "balai" and not reflected and name in strangers:
            return False
        if type_ != "table" or name is None:
            return type_ not in {"index", "foreign_key_constraint", "unique_constraint"}
        if name.startswith("alembic_version") or name in MODEL_LESS:
            return False
        return owner_of_table(name, plugins) == owner

    # Models of plugins that a test made and took away again stay in the metadata.
    mapped = ((mapper.local_table, mapper.class_.__module__) for mapper in Base.registry.mappers)
    strangers = {getattr(table, "name", "") for table, module in mapped if not module.startswith("balai.")}
    with engine.connect() as connection:
        connection.execute(text("SET search_path = public"))  # the queue's own tables have no models
        context = MigrationContext.configure(
            connection, opts={"include_object": mine, "compare_type": _types_differ, "include_schemas": False}
        )
        found = compare_metadata(context, Base.metadata)
    # The migration helper notes the kind of a table in its comment, which is no business of the models.
    return [change for change in found if change[0] != "remove_table_comment"]


def _types_differ(_context: Any, _column: Any, _meta: Any, database: Any, model: Any) -> bool | None:
    """`str` without a length is text in the database; everything else is compared by alembic (None)."""
    if isinstance(database, Text) and isinstance(model, String) and model.length is None:
        return False
    return None
