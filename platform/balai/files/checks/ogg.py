"""Ogg with one Opus stream (RFC 3533, RFC 7845): headers and length, without decoding."""

import struct
from typing import Final

from balai.files.checks.fault import Fault

_PAGE: Final = struct.Struct("<4sBBqIIIB")  # capture, version, type, granule, serial, sequence, checksum, segments
_RATE: Final = 48_000
_HEAD_BYTES: Final = 19
_NO_PACKET_ENDS: Final = -1


def seconds(data: bytes) -> float:
    """Length of an Ogg Opus file; Fault when it is not exactly one Opus stream."""
    position, expected, serial_seen, last, skip = 0, 0, None, 0, 0
    while position < len(data):
        granule, serial, sequence, body, position = _page(data, position)
        if serial_seen is None:
            serial_seen, skip = serial, _pre_skip(body)
        if serial != serial_seen or sequence != expected:
            raise Fault("damaged")
        expected += 1
        if granule != _NO_PACKET_ENDS:
            last = max(last, granule)
    return (last - skip) / _RATE


def _page(data: bytes, start: int) -> tuple[int, int, int, bytes, int]:
    if len(data) - start < _PAGE.size:
        raise Fault("damaged")
    capture, version, _type, granule, serial, sequence, _checksum, segments = _PAGE.unpack_from(data, start)
    if capture != b"OggS" or version != 0:
        raise Fault("damaged")
    table = start + _PAGE.size
    body = table + segments
    end = body + sum(data[table:body])
    if end > len(data):
        raise Fault("damaged")
    return granule, serial, sequence, data[body:end], end


def _pre_skip(head: bytes) -> int:
    if not head.startswith(b"OpusHead"):
        raise Fault("not_voice")
    if len(head) < _HEAD_BYTES or head[8] >> 4 or head[9] not in {1, 2}:
        raise Fault("damaged")
    skip: int = struct.unpack_from("<H", head, 10)[0]
    return skip
