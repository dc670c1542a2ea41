"""Photos: decoded and written anew as JPEG, so nothing of the sent bytes (position, camera, hidden payload) survives.

One photo at a time per process: the memory that decoding takes is bounded by the limits, not by how many people send at once.
"""

import warnings
from dataclasses import dataclass
from io import BytesIO
from threading import BoundedSemaphore
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from balai.files import limits
from balai.files.checks.fault import Fault

_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_one_at_a_time = BoundedSemaphore(1)

# Pillow's own guard against small files that unpack to gigabytes: at the limit it raises instead of only warning.
Image.MAX_IMAGE_PIXELS = limits.MAX_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

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
    with _one_at_a_time:
        return _encode(_guarded(data))


def black_out(jpeg: bytes, boxes: list[Box]) -> Photo:
    """A stored photo with rectangles (left, top, right, bottom; pixels) painted black."""
    with _one_at_a_time:
        image = _guarded(jpeg)
        draw = ImageDraw.Draw(image)
        for left, top, right, bottom in boxes:
            draw.rectangle((min(left, right), min(top, bottom), max(left, right), max(top, bottom)), fill="black")
        return _encode(image)


def _guarded(data: bytes) -> Image.Image:
    try:
        return _decode(data)
    except Fault:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise Fault("too_many_pixels", width="?", height="?") from fault
    except Exception as fault:  # decoders fed with hostile bytes raise nearly anything
        raise Fault("damaged") from fault


def _decode(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data), formats=_FORMATS) as image:
        _refuse_what_is_too_much(image)
        if image.format in {"JPEG", "MPO"}:
            image.draft("RGB", (limits.MAX_SIDE_KEPT, limits.MAX_SIDE_KEPT))
        image.load()
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((limits.MAX_SIDE_KEPT, limits.MAX_SIDE_KEPT))
        return _on_white(upright)


def _refuse_what_is_too_much(image: Image.Image) -> None:
    width, height = image.size
    # MPO is a JPEG with further pictures behind it (depth, a larger preview); the first one is the photo.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise Fault("animated")
    whole = image.format in {"PNG", "WEBP"} or bool(image.info.get("progressive"))
    most = limits.MAX_PIXELS_WHOLE if whole else limits.MAX_PIXELS
    if width * height > most or max(width, height) > limits.MAX_SIDE_IN:
        raise Fault("too_many_pixels", width=width, height=height)


def _on_white(image: Image.Image) -> Image.Image:
    """A new RGB image that carries the pixels and nothing else; what was transparent is white."""
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda level: level / 256).convert("L")
    clean = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        clean.paste(layer, mask=layer.getchannel("A"))
    else:
        clean.paste(image.convert("RGB"))
    return clean


def _encode(image: Image.Image) -> Photo:
    small = image.copy()
    small.thumbnail((limits.THUMBNAIL_SIDE, limits.THUMBNAIL_SIDE))
    return Photo(
        _jpeg(image, limits.JPEG_QUALITY), _jpeg(small, limits.THUMBNAIL_QUALITY), image.size[0], image.size[1]
    )


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
