"""Makes .venv from the hash-pinned lock and keeps it up to date; stdlib only, for bootstrap.py.

What stands in the way (venv module, disk, ports) is said before anything is downloaded. When nothing changed since the
last time (a stamp over the lock and every pyproject.toml), it costs some milliseconds.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from balai.devstack import ports
from balai.devstack.errors import StackError
from balai.devstack.instance import REPOSITORY as ROOT
from balai.devstack.instance import cache_root, data_root, file_lock, is_root

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "balai-stamp"
LOCK = ROOT / "requirements.lock"

# Measured on Linux with the lock of this release, rounded up; MB.
DOWNLOAD = {"wheels": 190, "keycloak": 177}
DISK = {"venv": 1000, "keycloak": 600, "data": 400}


def prepare(command: str) -> Path:
    """Make or refresh .venv unless it is up to date; the path of its Python. Raises StackError."""
    wanted = fingerprint()
    if _is_current(wanted):
        return PYTHON
    check_machine(command)
    (ROOT / ".balai").mkdir(exist_ok=True)
    with file_lock(ROOT / ".balai" / "setup.lock"):
        if not _is_current(wanted):
            _make_venv()
            _install()
            STAMP.write_text(wanted)
    return PYTHON


def fingerprint() -> str:
    """Changes with the lock, with any distribution's pyproject.toml and with the folder."""
    digest = hashlib.sha256(str(ROOT).encode())
    for path in (LOCK, *(folder / "pyproject.toml" for folder in distributions())):
        digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def distributions() -> list[Path]:
    """Folders of the platform and of every plugin."""
    return [path.parent for path in (ROOT / "platform/pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml")))]


def _is_current(wanted: str) -> bool:
    return STAMP.exists() and STAMP.read_text() == wanted and _works()


def _works() -> bool:
    """Whether the environment's Python starts (it doesn't when the system's Python went away)."""
    try:
        return subprocess.run([PYTHON, "-I", "-c", ""], stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def check_machine(command: str) -> None:
    """Raise StackError for whatever stands in the way of `command`; otherwise say what will be downloaded."""
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        raise StackError(
            "Python di sini tidak membawa modul venv (ensurepip). Pasang dulu, lalu ulangi perintahnya:\n\n"
            f"    {'' if is_root() else 'sudo '}apt install {package}"
        )
    if command == "run":
        ports.require_run_ports()
    ports.require_disk(ROOT, DISK["venv"], "lingkungan Python")
    with_keycloak = command != "setup" and "BALAI_KEYCLOAK_URL" not in os.environ and not _has_keycloak()
    if command != "setup":
        ports.require_disk(data_root(), DISK["data"], "basis data percobaan")
    if with_keycloak:
        ports.require_disk(cache_root(), DISK["keycloak"], "Keycloak")
    _announce(with_keycloak)


def _has_keycloak() -> bool:
    return any(cache_root().glob("keycloak-*")) or "BALAI_KEYCLOAK_ZIP" in os.environ


def _announce(with_keycloak: bool) -> None:
    lines = [f"  - paket Python      {DOWNLOAD['wheels']} MB  ke {VENV}"]
    if with_keycloak:
        lines.append(f"  - Keycloak (login)  {DOWNLOAD['keycloak']} MB  ke {cache_root()}")
    megabytes = DOWNLOAD["wheels"] + (DOWNLOAD["keycloak"] if with_keycloak else 0)
    # 10 Mbit/s is 75 MB a minute; unpacking and building take two more.
    minutes = megabytes // 75 + 2
    print("Menyiapkan Balai, sekali saja. Yang akan diunduh (paling banyak):", *lines, sep="\n")
    print(f"Dengan internet 10 Mbit/detik perlu sekitar {minutes} menit. Ctrl-C aman: ulangi untuk melanjutkan.\n")
    sys.stdout.flush()


def _make_venv() -> None:
    if VENV.exists() and not _works():
        if not (VENV / "pyvenv.cfg").exists():
            raise StackError(f"{VENV} bukan lingkungan Python. Pindahkan folder itu, lalu ulangi perintahnya.")
        shutil.rmtree(VENV)
    if not VENV.exists():
        print("Membuat lingkungan Python di .venv ...", flush=True)
        done = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            raise StackError(f"Lingkungan Python tidak bisa dibuat:\n{done.stdout}{done.stderr}")


def _install() -> None:
    """The lock with hashes, then our own packages as editables: pip refuses hashes and editables in one call."""
    packages = len(re.findall(r"^[A-Za-z0-9][^\s=]*==", LOCK.read_text(), re.MULTILINE))
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    _run_pip([*pip, "--require-hashes", "-r", str(LOCK)], packages)
    editables = [word for folder in distributions() for word in ("-e", str(folder))]
    _run_pip([*pip, "--no-deps", "--no-build-isolation", *editables], 0)


def _run_pip(command: list[str], packages: int) -> None:
    """Run pip, showing `[12/110] name` for each package; raises StackError with pip's last lines."""
    lines: list[str] = []
    seen: set[str] = set()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            if packages:
                _show_progress(line, seen, packages)
    if packages and sys.stdout.isatty():
        print()
    if process.returncode:
        raise StackError(
            "Paket Python tidak bisa dipasang:\n\n" + "\n".join(lines[-12:]) + "\n\n"
            "Periksa sambungan internet (dan proxy), lalu ulangi perintahnya."
        )


def _show_progress(line: str, seen: set[str], packages: int) -> None:
    on_terminal = sys.stdout.isatty()
    found = re.match(r"(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9._-]+)", line)
    if line.startswith("Installing collected packages"):
        text = "  memasang paket, sekitar satu menit ..."
    elif found and found[1].lower() not in seen:
        seen.add(found[1].lower())
        text = f"  [{min(len(seen), packages)}/{packages}] {found[1]}"
        if not on_terminal and len(seen) % 20:
            return
    else:
        return
    print(f"\r{text:<60}" if on_terminal else text, end="" if on_terminal else "\n", flush=True)
