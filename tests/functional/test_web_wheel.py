"""What is shipped holds the catalogues compiled, and they read without Babel's parser."""

import gettext
import subprocess
import sys
import zipfile
from pathlib import Path

PLATFORM = Path(__file__).resolve().parents[2] / "platform"


def test_the_wheel_carries_compiled_catalogues(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=PLATFORM, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        assert [n for n in names if n.endswith(".po")] == []
        with packed.open("balai/web/translations/en/LC_MESSAGES/messages.mo") as file:
            english = gettext.GNUTranslations(file)
    assert english.gettext("Beranda") == "Home"
    assert english.ngettext("%(num)s hari", "%(num)s hari", 3) == "%(num)s days"
    assert not list(PLATFORM.glob("balai/*/translations/**/*.mo"))
