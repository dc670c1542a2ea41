"""WebM with one Opus track (Matroska, RFC 9559): headers and length, without decoding.

Read as a flat run of elements: a container's header is stepped into, so the unknown sizes that browsers write while
recording need no special treatment. Browsers write no duration either; the last block's time is what counts.
"""

from dataclasses import dataclass, field
from typing import Final

from balai.files.checks.fault import Fault

_EBML, _SEGMENT, _INFO, _TRACKS, _TRACK = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE
_CLUSTER, _GROUP, _SIMPLE_BLOCK, _BLOCK, _CLUSTER_TIME = 0x1F43B675, 0xA0, 0xA3, 0xA1, 0xE7
_DOC_TYPE, _SCALE, _TRACK_KIND, _CODEC, _ENCODINGS, _ATTACHMENTS = 0x4282, 0x2AD7B1, 0x83, 0x86, 0x6D80, 0x1941A469
_INSIDE: Final = {_EBML, _SEGMENT, _INFO, _TRACKS, _TRACK, _CLUSTER, _GROUP}
_AUDIO: Final = 2
_NANOSECONDS: Final = 1_000_000_000
_MAX_SCALE: Final = 100_000_000
_FRAME: Final = 0.02


@dataclass(slots=True)
class _Found:
    """What the walk has gathered; times in ticks of `scale` nanoseconds."""

    doc_type: bytes = b""
    scale: int = 1_000_000
    tracks: int = 0
    codecs: set[bytes] = field(default_factory=set)
    cluster: int = 0
    times: list[int] = field(default_factory=list)


def seconds(data: bytes) -> float:
    """Length of a WebM recording; Fault when it holds anything but one Opus track."""
    found, position = _Found(), 0
    while position < len(data):
        name, body, position = _element(data, position)
        if name in {_SIMPLE_BLOCK, _BLOCK}:
            found.times.append(found.cluster + _relative_time(body))
        elif name == _CLUSTER_TIME:
            found.cluster = _number(body)
        else:
            _read_header(found, name, body)
    if found.doc_type not in {b"webm", b"matroska"} or found.tracks != 1 or found.codecs != {b"A_OPUS"}:
        raise Fault("not_voice")
    if not found.times or not 0 < found.scale <= _MAX_SCALE:
        raise Fault("damaged")
    # A first block that starts late (a recorder that was paused) doesn't count as sound.
    return (max(found.times) - max(min(found.times), 0)) * found.scale / _NANOSECONDS + _FRAME


def _read_header(found: _Found, name: int, body: bytes) -> None:
    if name == _DOC_TYPE:
        found.doc_type = body.rstrip(b"\0")
    elif name == _SCALE:
        found.scale = _number(body)
    elif name == _TRACK:
        found.tracks += 1
    elif name == _CODEC:
        found.codecs.add(body.rstrip(b"\0"))
    elif name in {_ENCODINGS, _ATTACHMENTS} or (name == _TRACK_KIND and _number(body) != _AUDIO):
        raise Fault("not_voice")


def _element(data: bytes, start: int) -> tuple[int, bytes, int]:
    """(id, body, where the next one starts); a container's body is empty and the next one is its first child."""
    name, at = _vint(data, start, keep_marker=True, longest=4)
    size, at = _vint(data, at, keep_marker=False, longest=8)
    if name in _INSIDE:
        return name, b"", at
    if size is None or size > len(data) - at:
        raise Fault("damaged")
    return name or 0, data[at : at + size], at + size


def _vint(data: bytes, start: int, *, keep_marker: bool, longest: int) -> tuple[int | None, int]:
    """A variable-length number and where it ends; None for the reserved "unknown" size."""
    head = data[start]
    length = 9 - head.bit_length()
    if length > longest or start + length > len(data):
        raise Fault("damaged")
    value = int.from_bytes(data[start : start + length], "big")
    if keep_marker:
        return value, start + length
    value &= (1 << 7 * length) - 1
    return (None if value == (1 << 7 * length) - 1 else value), start + length


def _number(body: bytes) -> int:
    if len(body) > 8:  # noqa: PLR2004 - the format's longest integer
        raise Fault("damaged")
    return int.from_bytes(body, "big")


def _relative_time(block: bytes) -> int:
    _track, at = _vint(block, 0, keep_marker=False, longest=8)
    if at + 2 > len(block):
        raise Fault("damaged")
    return int.from_bytes(block[at : at + 2], "big", signed=True)
