"""Small pictures for lists, made of the canonical crop when one is first asked for, and kept."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from django.conf import settings

from reid.imaging.canonical import crop_name
from reid.imaging.crops import encode_jpeg
from reid.imaging.decoding import ImageProblem, open_oriented
from reid.storage.photo_store import photo_store, read_file

if TYPE_CHECKING:
    from uuid import UUID

SIDE: Final = 160
"""Pixels of the longest side."""


def thumbnail_name(detection: UUID) -> str:
    """Where it is kept; two digits of the id keep folders small."""
    return f"thumbnails/{detection.hex[:2]}/{detection}.jpg"


def thumbnail(detection: UUID) -> bytes:
    """The JPEG. Raises FileNotFoundError where there is no canonical crop, or none that can be read."""
    name = thumbnail_name(detection)
    try:
        return read_file(name)
    except FileNotFoundError:
        content = _made(detection)
    photo_store.replace(name, content)
    return content


def _made(detection: UUID) -> bytes:
    with photo_store.open(crop_name(detection)) as crop:
        try:
            picture = open_oriented(
                io.BytesIO(crop.read()),
                max_pixels=settings.IMAGE_MAX_PIXELS,
                max_bytes=settings.IMAGE_MAX_BYTES,
            )
        except ImageProblem as problem:
            raise FileNotFoundError(crop_name(detection)) from problem
    picture.thumbnail((SIDE, SIDE))
    return encode_jpeg(picture)
