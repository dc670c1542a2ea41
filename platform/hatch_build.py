"""What a wheel needs beyond the files as they stand: catalogues compiled, so that no server parses text when it starts."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalogues(BuildHookInterface):  # type: ignore[type-arg]
    """translations/<language>/LC_MESSAGES/messages.po -> .mo; an editable install reads the .po itself."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile into a folder of our own: the source tree stays as it is."""
        if version == "editable":
            return
        self._made = Path(tempfile.mkdtemp(prefix="balai-catalogues-"))
        for source in sorted((Path(self.root) / "balai").glob("*/translations/*/LC_MESSAGES/messages.po")):
            inside = source.relative_to(self.root).with_suffix(".mo")
            target = self._made / inside
            target.parent.mkdir(parents=True)
            with source.open("rb") as po, target.open("wb") as mo:
                write_mo(mo, read_po(po, locale=source.parts[-3]))
            build_data["force_include"][str(target)] = str(inside)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's
        """Leave nothing behind."""
        if version != "editable":
            shutil.rmtree(self._made, ignore_errors=True)
