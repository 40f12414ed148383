"""JPEG files without an end marker: told apart by whether any of the picture is missing. Pure.

A card that was pulled out too early leaves half a picture; some programs leave out nothing but the two bytes of
the end marker. What stands behind a whole picture does not change it, so the missing end is tried with
different bytes in its place.
"""

from __future__ import annotations

import hashlib
import io
import re
from typing import TYPE_CHECKING, Final

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

END: Final = b"\xff\xd9"
MOST_ZEROS: Final = 64
"""Zero bytes at the end of a picture; more of them are what a card had where nothing was written."""

_SCAN: Final = 0xDA
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
_NO_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_MARKER_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# Fixed bytes of no pattern: among a few of them one changes whatever is still to be decoded.
_FILLERS: Final = tuple(
    hashlib.sha256(bytes([number])).digest().replace(b"\xff", b"\x7f") for number in range(8)
)
_COEFFICIENTS: Final = 64
_TRIES: Final = 64
"""Bytes that end no marker: scan data has one among 256, so that looking at each of them would take long."""


def has_end(data: bytes) -> bool:
    """Whether an end marker stands behind the start of the first scan.

    Scan data cannot hold it by chance; an EXIF thumbnail, in front of the scan, has one of its own.
    """
    for marker, _, end in _segments(data):
        if marker == _SCAN:
            return _has_mark_behind(data, end)
    return False


def _has_mark_behind(data: bytes, start: int) -> bool:
    """Looked for from the back, where it nearly always is, and past what a card filled up with zeros.

    One byte at a time is found by the C library, twenty times as fast as two together.
    """
    end = len(data)
    for _ in range(_TRIES):
        end = data.rfind(END[1:], start + 1, end)
        if end < 0 or data[end - 1 : end + 1] == END:
            return end >= 0
    return data.find(END, start, end) >= 0


def lacks_only_its_end(data: bytes) -> bool:
    """Whether a JPEG without an end marker has all of its picture."""
    scan_data = data.rstrip(b"\xff")
    if len(scan_data) - len(scan_data.rstrip(b"\0")) > MOST_ZEROS:
        return False
    try:
        if not _has_all_scans(data):
            return False
        pictures = (_pixels(scan_data + filler * 2 + END) for filler in _FILLERS)
        first = next(pictures)
        return all(picture == first for picture in pictures)
    except (OSError, SyntaxError, ValueError, LookupError):
        return False


def _pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as picture:
        return picture.tobytes()


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, and where its content begins and ends; of a scan its header."""
    position = 2
    while data.startswith(b"\xff", position):
        while data.startswith(b"\xff", position + 1):  # fill bytes
            position += 1
        if position + 1 >= len(data):
            return
        marker = data[position + 1]
        start = position + 2
        end = start
        if marker not in _NO_LENGTH:
            end += int.from_bytes(data[start : start + 2], "big")
        yield marker, start + 2, end
        position = end
        if marker == _SCAN:
            behind = _MARKER_AFTER_SCAN.search(data, end)
            if behind is None:
                return
            position = behind.start()


def _has_all_scans(data: bytes) -> bool:
    """Whether a progressive picture's scans give every coefficient to its last bit; true of any other."""
    components: dict[int, list[int]] = {}
    for marker, start, end in _segments(data):
        content = data[start:end]
        if marker in _FRAMES:
            if marker not in _PROGRESSIVE:
                return True
            for number in range(content[5]):
                # one more bit than any scan can have left
                components[content[6 + 3 * number]] = [16] * _COEFFICIENTS
        elif marker == _SCAN and content:
            count = content[0]
            first, last, bits = content[1 + 2 * count : 4 + 2 * count]
            for number in range(count):
                left = components.get(content[1 + 2 * number])
                if left is not None:
                    left[first : last + 1] = [bits & 15] * (last + 1 - first)
    return bool(components) and all(not any(left) for left in components.values())
