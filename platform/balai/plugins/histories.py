"""Migration histories of plugins: one version table each, so that the core upgrades with a plugin's package absent."""

from typing import TYPE_CHECKING

from balai.plugins.manager import Manager

if TYPE_CHECKING:
    from balai.db.migrate import History


def histories(manager: Manager) -> "list[History]":
    """One history for each accepted plugin whose package has a folder `migrations` with revisions in it, by name."""
    from balai.db.migrate import History  # brings alembic, which a web process must not load

    found = []
    for plugin in manager.installed:
        versions = plugin.folder / "migrations" if plugin.folder else None
        if versions is not None and any(versions.glob("*.py")):
            found.append(History.plugin(plugin.name, versions))
    return found
