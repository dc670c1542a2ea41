"""MP4 with one AAC track (ISO 14496-12): headers and length, without decoding.

Whole files carry their length in `mdhd`; recordings that were cut into fragments (browsers, phones) carry it in each
fragment's run of samples.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from balai.files.checks.fault import Fault

_INSIDE: Final = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf"}
# Titles, places and whatever a recorder app writes beside the sound.
_DESCRIPTIONS: Final = {b"udta", b"meta", b"uuid"}
_HEADER: Final = 8
_LARGE_HEADER: Final = 16
_DEEPEST: Final = 8
_MOST_BOXES: Final = 20_000
_DEFAULT_DURATION, _RUN_OFFSET, _RUN_FLAGS = 0x8, 0x1, 0x4
_RUN_DURATION, _RUN_SIZE, _RUN_SAMPLE_FLAGS, _RUN_COMPOSITION = 0x100, 0x200, 0x400, 0x800
_BASE_OFFSET, _DESCRIPTION_INDEX = 0x1, 0x2


@dataclass(slots=True)
class _Found:
    """What the walk has gathered. Times are in units of `scale` a second."""

    scale: int = 0
    whole: int = 0
    fragments: int = 0
    default: int = 0
    fragment_default: int = 0
    handlers: list[bytes] = field(default_factory=list)
    codecs: list[bytes] = field(default_factory=list)


def seconds(data: bytes) -> float:
    """Length of an MP4 recording; Fault when it holds anything but one AAC track."""
    found = _Found()
    try:
        for name, start, end in _boxes(data):
            _read(found, name, data[start:end])
    except struct.error as fault:
        raise Fault("damaged") from fault
    if found.handlers != [b"soun"] or found.codecs != [b"mp4a"]:
        raise Fault("not_voice")
    if found.scale == 0:
        raise Fault("damaged")
    return max(found.whole, found.fragments) / found.scale


def without_descriptions(data: bytes) -> bytes:
    """The same file with titles, places and private boxes blanked in place, so that every offset still holds."""
    out = bytearray(data)
    for name, start, end in _boxes(data):
        if name in _DESCRIPTIONS:
            out[start - 4 : start] = b"free"
            out[start:end] = bytes(end - start)
    return bytes(out)


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(type, start and end of the body) of every box, containers before what they hold. Bodies start right behind the type."""
    count, stack = 0, [(0, len(data))]
    while stack:
        position, end = stack.pop()
        while position < end:
            count += 1
            name, body, after = _box(data, position, end)
            if count > _MOST_BOXES or len(stack) > _DEEPEST:
                raise Fault("damaged")
            yield name, body, after
            if name in _INSIDE:
                stack.append((after, end))
                position, end = body, after
            else:
                position = after


def _box(data: bytes, start: int, end: int) -> tuple[bytes, int, int]:
    if end - start < _HEADER:
        raise Fault("damaged")
    size, name = struct.unpack_from(">I4s", data, start)
    body = start + _HEADER
    if size == 1 or (size == 0 and name != b"mdat"):  # 64-bit sizes have no place in 600 KB
        raise Fault("damaged")
    after = end if size == 0 else start + size
    if not body <= after <= end:
        raise Fault("damaged")
    return name, body, after


def _read(found: _Found, name: bytes, body: bytes) -> None:
    match name:
        case b"hdlr":
            found.handlers.append(body[8:12])
        case b"stsd":
            found.codecs += _codecs(body)
        case b"mdhd":
            found.scale, found.whole = _media_header(body)
        case b"trex":
            found.default = struct.unpack_from(">I", body, 12)[0]
        case b"tfhd":
            found.fragment_default = _fragment_default(body) or found.default
        case b"trun":
            found.fragments += _run(body, found.fragment_default)
        case _:
            pass


def _codecs(body: bytes) -> list[bytes]:
    (count,) = struct.unpack_from(">I", body, 4)
    names, position = [], 8
    for _entry in range(min(count, 4)):
        size, name = struct.unpack_from(">I4s", body, position)
        names.append(name)
        position += max(size, _HEADER)
    return names


def _media_header(body: bytes) -> tuple[int, int]:
    scale, length = struct.unpack_from(">IQ" if body[0] == 1 else ">II", body, 20 if body[0] == 1 else 12)
    unknown = length in {0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF}
    return scale, 0 if unknown else length


def _fragment_default(body: bytes) -> int:
    flags = int.from_bytes(body[1:4], "big")
    at = 8 + (8 if flags & _BASE_OFFSET else 0) + (4 if flags & _DESCRIPTION_INDEX else 0)
    return int(struct.unpack_from(">I", body, at)[0]) if flags & _DEFAULT_DURATION else 0


def _run(body: bytes, default: int) -> int:
    flags = int.from_bytes(body[1:4], "big")
    (count,) = struct.unpack_from(">I", body, 4)
    if not flags & _RUN_DURATION:
        return int(count) * default
    at = 8 + (4 if flags & _RUN_OFFSET else 0) + (4 if flags & _RUN_FLAGS else 0)
    step = 4 * sum(bool(flags & bit) for bit in (_RUN_DURATION, _RUN_SIZE, _RUN_SAMPLE_FLAGS, _RUN_COMPOSITION))
    if at + count * step > len(body):
        raise Fault("damaged")
    return sum(struct.unpack_from(">I", body, at + sample * step)[0] for sample in range(count))
