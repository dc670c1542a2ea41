"""Decodes one photo in a process of its own and writes it anew: python -I image_child.py ... < photo > answer.

Decoders are C code fed with hostile bytes, and a whole picture takes hundreds of megabytes for a moment: here a crash ends this
process only, and its memory goes with it. Imports Pillow only. The answer is one line of JSON, then the JPEG and the thumbnail.
"""

import json
import resource
import sys
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageOps

# The size in the header is checked below, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None
FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True)
class Bounds:
    """Pixels of a photo that can be decoded at a smaller scale, of one that can't, longest side in; side and quality kept."""

    pixels: int
    pixels_whole: int
    side_in: int
    side: int
    quality: int
    thumbnail_side: int
    thumbnail_quality: int


class TooMuchError(Exception):
    """args[0]: the reason and its facts, as in refusals.Reason."""


def work(data: bytes, bounds: Bounds, boxes: list[list[int]]) -> tuple[dict[str, Any], bytes, bytes]:
    """(facts, JPEG, thumbnail) of a photo, with rectangles painted black; facts hold a reason when it can't be taken."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            refuse_what_is_too_much(image, bounds)
            plain = decode(image, bounds)
    except TooMuchError as refused:
        return refused.args[0], b"", b""
    paint(plain, boxes)
    small = (
        ImageOps.contain(plain, (bounds.thumbnail_side, bounds.thumbnail_side)) if is_large(plain, bounds) else plain
    )
    facts = {"width": plain.size[0], "height": plain.size[1]}
    return facts, jpeg(plain, bounds.quality), jpeg(small, bounds.thumbnail_quality)


def refuse_what_is_too_much(image: Any, bounds: Bounds) -> None:
    """Raise TooMuchError for moving or too wide pictures; only the header has been read."""
    width, height = image.size
    # MPO is a JPEG with further pictures behind it (depth, a larger preview); the first one is the photo.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise TooMuchError({"reason": "animated"})
    whole = image.format in {"PNG", "WEBP"} or bool(image.info.get("progressive"))
    most = bounds.pixels_whole if whole else bounds.pixels
    if width * height > most or max(width, height) > bounds.side_in:
        raise TooMuchError({"reason": "too_many_pixels", "width": width, "height": height})


def decode(image: Any, bounds: Bounds) -> Image.Image:
    """A new upright RGB image that carries the pixels and nothing else; what was transparent is white."""
    width, height = image.size
    if image.format in {"JPEG", "MPO"}:
        # A camera's 4000 pixels are decoded straight to 2000: a quarter of time and memory for a photo that looks the same.
        least = 0.75 * bounds.side / max(width, height, bounds.side)
        image.draft("RGB", (int(width * least), int(height * least)))
    image.load()
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda level: level / 256).convert("L")
    image.thumbnail((bounds.side, bounds.side))
    ImageOps.exif_transpose(image, in_place=True)
    clean = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        clean.paste(layer, mask=layer.getchannel("A"))
    else:
        clean.paste(image.convert("RGB"))
    return clean


def is_large(image: Image.Image, bounds: Bounds) -> bool:
    """Whether it is larger than a thumbnail."""
    return max(image.size) > bounds.thumbnail_side


def paint(image: Image.Image, boxes: list[list[int]]) -> None:
    """Paint rectangles (left, top, right, bottom) black."""
    draw = ImageDraw.Draw(image)
    for left, top, right, bottom in boxes:
        draw.rectangle((min(left, right), min(top, bottom), max(left, right), max(top, bottom)), fill="black")


def jpeg(image: Image.Image, quality: int) -> bytes:
    """The image as JPEG without any metadata."""
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def main() -> None:
    seconds, memory = int(sys.argv[1]), int(sys.argv[2])
    asked = json.loads(sys.argv[3])
    data = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        facts, content, small = work(data, Bounds(**asked["bounds"]), asked["boxes"])
    except Exception:  # noqa: BLE001 - decoders fed with hostile bytes raise nearly anything
        facts, content, small = {"reason": "damaged"}, b"", b""
    sys.stdout.buffer.write(json.dumps({**facts, "content": len(content)}).encode() + b"\n" + content + small)


if __name__ == "__main__":
    main()
