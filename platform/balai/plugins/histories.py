"""Migration histories of plugins: one version table each, so that the core upgrades with a plugin's package absent."""

from balai.db.migrate import History
from balai.plugins.manager import Manager


def histories(manager: Manager) -> list[History]:
    """One history for each accepted plugin whose package has a folder `migrations`, by name."""
    found = []
    for plugin in manager.installed:
        versions = plugin.folder / "migrations" if plugin.folder else None
        if versions is not None and versions.is_dir():
            found.append(History.plugin(plugin.name, versions))
    return found
