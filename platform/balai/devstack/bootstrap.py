"""First step of every make target: find a Python that is new enough, make .venv, go on inside it.

Runs on the system's Python with nothing installed: `python3 -I bootstrap.py <command> [arguments]` (-I keeps this
folder off sys.path). Only this file has to be readable for Pythons older than 3.11; the work is in virtualenv.py.
"""

import os
import platform
import shutil
import sys
from pathlib import Path

OLDEST = (3, 11)


def main() -> None:
    """Set up, then replace this process by the command; `setup` alone ends here."""
    require_python()
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from balai.devstack import virtualenv
    from balai.devstack.errors import StackError

    command, arguments = (sys.argv[1:2] or ["setup"])[0], sys.argv[2:]
    try:
        python = virtualenv.prepare(command)
    except StackError as error:
        sys.exit(f"\n{error}\n")
    except KeyboardInterrupt:
        sys.exit("\nDihentikan. Perintah yang sama bisa diulang kapan saja.")
    if command != "setup":
        os.chdir(python.parents[2])
        os.execv(python, [str(python), "-P", "-m", "balai.devstack", command, *arguments])  # noqa: S606 - our own


def require_python() -> None:
    """Go on in a newer Python when this one is too old; say what to install when there is none."""
    if sys.version_info[:2] >= OLDEST:
        return
    for minor in range(20, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, "-I", str(Path(__file__).resolve()), *sys.argv[1:]])  # noqa: S606 - a Python
    sudo = "" if os.geteuid() == 0 else "sudo "
    sys.exit(
        f"Balai perlu Python 3.11 atau lebih baru; python3 di sini versi {platform.python_version()}.\n"
        f"Pasang yang lebih baru, misalnya di Debian/Ubuntu:\n\n    {sudo}apt install python3.11 python3.11-venv"
    )


if __name__ == "__main__":
    main()
