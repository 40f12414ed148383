"""Photographs of a Camtrap DP package: the files as they are, or without what would betray a position.

One photograph is in memory at a time, and none is larger than IMAGE_MAX_BYTES.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from PIL import Image

from exports.camtrap.strip_jpeg import BrokenJpeg, bare
from reid.imaging import decoding
from reid.imaging.frames import read_frame
from reid.imaging.jpeg_end import END, has_end

if TYPE_CHECKING:
    from reid.imaging.frame import Frame

_TYPES: Final = {
    "JPEG": ("image/jpeg", "jpg"),
    "MPO": ("image/jpeg", "jpg"),  # a JPEG with further pictures behind the first
    "PNG": ("image/png", "png"),
    "TIFF": ("image/tiff", "tif"),
    "WEBP": ("image/webp", "webp"),
    "BMP": ("image/bmp", "bmp"),
    "HEIF": ("image/heic", "heic"),
    "AVIF": ("image/avif", "avif"),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph's bytes, its IANA media type and its file ending."""

    data: bytes
    media_type: str
    ending: str


def read_picture(frame: Frame, *, without_metadata: bool) -> Picture:
    """The photograph `frame` of the storage.

    `without_metadata` leaves its pixels as they are and everything else out but how it is turned; what is
    no JPEG becomes an upright PNG then. Raises reid.imaging.decoding.ImageProblem: missing, unreadable, too_large or
    changed.
    """
    data = read_frame(frame)
    limits = {"max_pixels": settings.IMAGE_MAX_PIXELS, "max_bytes": settings.IMAGE_MAX_BYTES}
    decoding.probe(io.BytesIO(data), **limits)  # whole, and within the limits
    with Image.open(io.BytesIO(data), formats=decoding.FORMATS) as header:
        kind = header.format or ""
        orientation = decoding.orientation(header)
    media_type, ending = _TYPES[kind]
    if not without_metadata:
        return Picture(data, media_type, ending)
    if media_type == "image/jpeg":
        try:
            if not has_end(data):
                data = data.rstrip(b"\xff") + END
            return Picture(bare(data, orientation), media_type, ending)
        except BrokenJpeg as error:
            raise decoding.ImageProblem("unreadable", str(error)) from error
    buffer = io.BytesIO()
    upright = decoding.open_oriented(io.BytesIO(data), **limits)
    # Made anew from the pixels: Pillow would carry some formats' text and profiles along.
    Image.frombytes(upright.mode, upright.size, upright.tobytes()).save(buffer, "PNG")
    media_type, ending = _TYPES["PNG"]
    return Picture(buffer.getvalue(), media_type, ending)
