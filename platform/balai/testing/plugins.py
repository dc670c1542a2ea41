"""Plugins made on the spot: a real distribution with a real entry point in a temporary folder, for good and hostile cases.

Fixtures: `workshop` writes them; `jobs_done(app)` runs everything that waits in the queue.
"""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

# A plugin's tests subclass it; its asserts should tell what they saw.
pytest.register_assert_rewrite("balai.testing.contract")

MANIFEST = """
from balai.api import Manifest, Sector, hookimpl

manifest = Manifest(
    name="{name}", titles={{"id": "Layanan {name}"}}, summary={{"id": "Layanan untuk percobaan"}},
    sector=Sector.ADMINISTRASI, version="1.0", needs_api=">=1,<2",
)
"""


class Workshop:
    """Writes plugins into `folder`, which stands on sys.path as long as the fixture lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._packages: list[str] = []

    def add(
        self,
        name: str,
        source: str = "",
        *,
        manifest: bool = True,
        files: Mapping[str, str] | None = None,
        distribution: str | None = None,
        package: str | None = None,
    ) -> None:
        """Install plugin `name` whose `plugin.py` is a standard manifest (unless manifest=False) and then `source`.

        files: further files of the package by relative path. distribution, package: names, by default made from `name`.
        """
        module = package or f"balai_{name}"
        dist = distribution or module.replace("_", "-")
        home = self.folder / module
        text = (MANIFEST.format(name=name) if manifest else "") + dedent(source)
        for path, content in {"__init__.py": "", "plugin.py": text, **(files or {})}.items():
            target = home / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(dedent(content))
        info = self.folder / f"{dist.replace('-', '_')}-1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[balai.plugins]\n{name} = {module}.plugin\n")
        self._packages.append(module)
        importlib.invalidate_caches()

    def remove(self, name: str) -> None:
        """Take its package away, as `pip uninstall` would."""
        import shutil

        shutil.rmtree(self.folder / f"balai_{name}")
        for info in self.folder.glob(f"balai_{name}-*.dist-info"):
            shutil.rmtree(info)
        self._forget()

    def _forget(self) -> None:
        for name in [key for key in sys.modules if key.partition(".")[0] in self._packages]:
            del sys.modules[name]
        importlib.invalidate_caches()


@pytest.fixture
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """An empty workshop of plugins."""
    folder = tmp_path_factory.mktemp("plugins")
    sys.path.insert(0, str(folder))
    made = Workshop(folder)
    yield made
    sys.path.remove(str(folder))
    made._forget()  # noqa: SLF001 - its own fixture


@pytest.fixture(scope="session")
def jobs_done() -> "Callable[..., None]":
    """`jobs_done(app, tenant=tenant)` runs what waits in the queue, as the worker would; raises the tenant's first error."""
    from balai.jobs.worker import drain

    return drain
