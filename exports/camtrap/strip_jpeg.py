"""Removal of all metadata from a JPEG file: the picture alone is left. Pure, and lossless.

A photograph whose camera's position was made coarse must not carry the exact one in its EXIF, in XMP, in
a maker's note, in a comment, or in a second picture behind the first.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_START: Final = b"\xff\xd8"
_END: Final = 0xD9
_SCAN: Final = 0xDA
_COMMENT: Final = 0xFE
_APPLICATION: Final = range(0xE0, 0xF0)
_NO_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD8)})
# In a scan, FF before a zero byte is data, and restart markers belong to it.
_MARKER_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
CUT_SHORT: Final = "the file ends before its picture does"

# What a decoder needs to show the right colours in the right size.
_KEPT: Final = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}


class BrokenJpeg(ValueError):
    """The file is no JPEG, or ends before its picture does."""


def bare(data: bytes, orientation: int) -> bytes:
    """The same picture, bit for bit, with no metadata but how to turn it.

    `orientation` is EXIF's, 1 to 8; 1 (upright) is not written. Raises BrokenJpeg.
    """
    parts = [_START]
    if orientation != 1:
        parts.append(_orientation_segment(orientation))
    parts += (part for marker, part in _segments(data) if _is_kept(marker, part))
    return b"".join(parts)


def _is_kept(marker: int, part: bytes) -> bool:
    if marker in _APPLICATION:
        return marker in _KEPT and part[4:].startswith(_KEPT[marker])
    return marker != _COMMENT


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment up to the end of the picture, a scan with its entropy-coded data."""
    if data[:2] != _START:
        raise BrokenJpeg("this is no JPEG")
    position = 2
    while True:
        if not data.startswith(b"\xff", position):
            raise BrokenJpeg("a segment does not begin where the one before it ends")
        start = position
        while data.startswith(b"\xff", start + 1):  # fill bytes
            start += 1
        if start + 1 >= len(data):
            raise BrokenJpeg(CUT_SHORT)
        marker = data[start + 1]
        if marker == _END:
            yield marker, data[start : start + 2]
            return
        end = start + 2
        if marker not in _NO_LENGTH:
            end += int.from_bytes(data[end : end + 2], "big")
        if marker == _SCAN:
            end = _end_of_scan(data, end)
        if end > len(data):
            raise BrokenJpeg(CUT_SHORT)
        yield marker, data[start:end]
        position = end


def _end_of_scan(data: bytes, position: int) -> int:
    """Where the marker stands that ends the entropy-coded data."""
    marker = _MARKER_AFTER_SCAN.search(data, position)
    if marker is None:
        raise BrokenJpeg(CUT_SHORT)
    return marker.start()


def _orientation_segment(orientation: int) -> bytes:
    """An EXIF segment (TIFF, big-endian) with the one entry 0x0112, a SHORT."""
    tiff = b"MM\0\x2a\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    payload = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload
