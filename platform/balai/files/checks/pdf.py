"""PDFs: kept as they are when they are plain pages; refused when locked, damaged, too long or able to act."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from balai.files import limits
from balai.files.checks.fault import Fault

_CHILD = Path(__file__).with_name("pdf_child.py")


def count_pages(data: bytes) -> int:
    """How many pages a harmless PDF has; Fault otherwise."""
    found = _look(data)
    if "reason" in found:
        raise Fault(str(found.pop("reason")), **found)
    return int(found["pages"])


def _look(data: bytes) -> dict[str, Any]:
    numbers = (limits.MAX_PAGES, limits.MAX_PDF_OBJECTS, limits.PDF_SECONDS, limits.PDF_MEMORY)
    try:
        done = subprocess.run(  # noqa: S603 - our own file under this interpreter; nothing of the sender's in the arguments
            [sys.executable, "-I", str(_CHILD), *map(str, numbers)],
            input=data,
            capture_output=True,
            timeout=2 * limits.PDF_SECONDS,
            check=True,
            env={"PYTHONWARNINGS": "ignore"},
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as fault:
        raise Fault("damaged") from fault
    return found
