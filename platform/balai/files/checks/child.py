"""Runs a parser of hostile bytes in a process of its own, one at a time.

The children start our own files under this interpreter with -I: no environment, no site of the user's, nothing of the sender's
in the arguments.
"""

import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

from balai.files.checks.fault import Fault

# Memory is bounded by the limits of one child, not by how many people send at once.
_one_at_a_time = BoundedSemaphore(1)


def run(script: Path, arguments: list[str], data: bytes, *, seconds: int) -> bytes:
    """What a child answers about `data`; Fault "damaged" when it crashes, takes too long or too much."""
    try:
        with _one_at_a_time:
            done = subprocess.run(  # noqa: S603 - see above
                [sys.executable, "-I", "-W", "ignore", str(script), *arguments],
                input=data,
                capture_output=True,
                timeout=2 * seconds,
                check=True,
                env={},
            )
    except subprocess.SubprocessError as fault:
        raise Fault("damaged") from fault
    return done.stdout
