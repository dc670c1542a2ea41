"""Runs migrations: the core's history first, then one history per plugin (decision 12, style.md).

A plain alembic Config without a file, one version table per history: the core upgrades with a plugin's package absent, and a
plugin that comes back later finds its own table where it left it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

import balai
from balai.db.base import Base
from balai.db.database import sqlalchemy_url

CORE_VERSIONS = "alembic_version"
# One upgrade at a time over all processes; any constant does.
_UPGRADE_LOCK = 7_226_501


@dataclass(frozen=True, slots=True)
class History:
    """One line of migrations: name ("balai" or the plugin's), folder of its versions, its version table."""

    name: str
    versions: Path
    version_table: str

    @classmethod
    def core(cls) -> "History":
        """The core's own history."""
        return cls("balai", migrations_folder() / "versions", CORE_VERSIONS)

    @classmethod
    def plugin(cls, name: str, versions: Path) -> "History":
        """A plugin's history, with a version table of its own."""
        return cls(name, versions, f"{CORE_VERSIONS}_{name}")


def migrations_folder() -> Path:
    """Inside an installed wheel, or beside `platform/` in a checkout."""
    package = Path(balai.__file__).parent
    shipped = package / "_migrations"
    return shipped if shipped.is_dir() else package.parents[1] / "migrations"


def owner_engine(url: str) -> Engine:
    """Engine of balai_owner; used by migrations and backup only."""
    return create_engine(sqlalchemy_url(url), pool_size=2, connect_args={"options": "-c search_path=public,jobs"})


def upgrade(engine: Engine, histories: Iterable[History], target: str = "head") -> list[str]:
    """Bring each history to `target`, in order; answers "name: from -> to" for each that moved."""
    moved = []
    for history in histories:
        before = current(engine, history)
        _run(engine, history, command.upgrade, target)
        after = current(engine, history)
        if before != after:
            moved.append(f"{history.name}: {before or 'empty'} -> {after}")
    return moved


def downgrade(engine: Engine, history: History, target: str = "base") -> None:
    """Take one history down to `target`."""
    _run(engine, history, command.downgrade, target)


def current(engine: Engine, history: History) -> str | None:
    """The revision at which the database stands, None when it is empty."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": history.version_table})
        return context.get_current_revision()


def head(history: History) -> str | None:
    """The newest revision of a history."""
    return ScriptDirectory.from_config(_config(history)).get_current_head()


def _config(history: History) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(history.versions).replace("%", "%%"))
    return config


def _run(engine: Engine, history: History, act: object, target: str) -> None:
    config = _config(history)
    with engine.connect() as lock, engine.connect() as connection:
        lock.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _UPGRADE_LOCK})
        config.attributes.update(
            connection=connection, version_table=history.version_table, target_metadata=Base.metadata
        )
        try:
            act(config, target)  # type: ignore[operator]
        finally:
            lock.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _UPGRADE_LOCK})
