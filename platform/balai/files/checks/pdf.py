"""PDFs: kept as they are when they are plain pages; refused when locked, damaged, too long or able to act."""

import json
from pathlib import Path
from typing import Any

from balai.files import limits
from balai.files.checks import child
from balai.files.checks.fault import Fault

_CHILD = Path(__file__).with_name("pdf_child.py")


def count_pages(data: bytes) -> int:
    """How many pages a harmless PDF has; Fault otherwise."""
    numbers = (limits.MAX_PAGES, limits.MAX_PDF_OBJECTS, limits.PDF_SECONDS, limits.PDF_MEMORY)
    answer = child.run(_CHILD, [str(number) for number in numbers], data, seconds=limits.PDF_SECONDS)
    found: dict[str, Any] = json.loads(answer)
    if "reason" in found:
        raise Fault(found.pop("reason"), **found)
    return int(found["pages"])
