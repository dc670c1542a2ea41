"""Photos: decoded and written anew as JPEG, so nothing of the sent bytes (position, camera, hidden payload) survives."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from balai.files import limits
from balai.files.checks import child
from balai.files.checks.fault import Fault

_CHILD: Final = Path(__file__).with_name("image_child.py")

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Photo:
    """A re-encoded photo: JPEG bytes of it and of its thumbnail, width and height in pixels."""

    content: bytes
    thumbnail: bytes
    width: int
    height: int


def read_photo(data: bytes) -> Photo:
    """The photo in JPEG, PNG or WebP bytes; Fault when it is damaged, animated or too wide."""
    return _run(data, ())


def black_out(jpeg: bytes, boxes: Sequence[Box]) -> Photo:
    """A stored photo with rectangles (left, top, right, bottom; pixels) painted black."""
    return _run(jpeg, boxes)


def bounds() -> dict[str, int]:
    """The limits, by the child's names."""
    return {
        "pixels": limits.MAX_PIXELS,
        "pixels_whole": limits.MAX_PIXELS_WHOLE,
        "side_in": limits.MAX_SIDE_IN,
        "side": limits.MAX_SIDE_KEPT,
        "quality": limits.JPEG_QUALITY,
        "thumbnail_side": limits.THUMBNAIL_SIDE,
        "thumbnail_quality": limits.THUMBNAIL_QUALITY,
    }


def _run(data: bytes, boxes: Sequence[Box]) -> Photo:
    asked = json.dumps({"bounds": bounds(), "boxes": [list(box) for box in boxes]})
    arguments = [str(limits.IMAGE_SECONDS), str(limits.IMAGE_MEMORY), asked]
    line, _, rest = child.run(_CHILD, arguments, data, seconds=limits.IMAGE_SECONDS).partition(b"\n")
    facts = json.loads(line)
    size = facts.pop("content")
    if "reason" in facts:
        raise Fault(facts.pop("reason"), **facts)
    return Photo(rest[:size], rest[size:], facts["width"], facts["height"])
