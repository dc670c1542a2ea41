"""The Chromium of the browser tests: Debian's own, installed by apt when root, otherwise named exactly."""

import os
import shutil
import subprocess
from pathlib import Path

from balai.devstack.errors import StackError
from balai.devstack.instance import is_root

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PACKAGES = ("chromium", "fonts-liberation")


def find() -> Path | None:
    """BALAI_CHROMIUM, or a Chromium on this machine; None when there is none."""
    given = os.environ.get("BALAI_CHROMIUM")
    if given:
        return Path(given)
    return next((Path(path) for name in _NAMES if (path := shutil.which(name))), None)


def ensure() -> Path:
    """`find`, installing it first on Debian as root; raises StackError saying what to install."""
    found = find()
    if found:
        return found
    if not is_root() or _distribution() != "debian":
        raise StackError(f"Uji peramban perlu Chromium. {_advice()}")
    print("Memasang Chromium untuk uji peramban dengan apt (sekitar 120 MB, satu sampai tiga menit) ...", flush=True)
    _apt("update", "-q")
    _apt("install", "-q", "-y", "--no-install-recommends", *_PACKAGES)
    found = find()
    if found is None:
        raise StackError(f"apt selesai, tetapi Chromium tidak ditemukan. {_advice()}")
    return found


def _advice() -> str:
    if _distribution() == "debian":
        return f"Pasang, lalu ulangi: sudo apt install {' '.join(_PACKAGES)}"
    if _distribution() == "ubuntu":
        return "Di Ubuntu pasang Google Chrome (paket .deb dari google.com/chrome), lalu ulangi."
    return "Pasang Chromium atau Google Chrome sehingga `chromium` ada di PATH, lalu ulangi."


def _distribution() -> str:
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return ""
    return next((line.removeprefix("ID=").strip('"') for line in lines if line.startswith("ID=")), "")


def _apt(*arguments: str) -> None:
    command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"apt-get {arguments[0]} gagal:\n{(done.stdout + done.stderr)[-1200:]}")
