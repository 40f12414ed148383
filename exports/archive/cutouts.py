"""Crops of detections as JPEGs of the size that a request names, cut from their photographs.

Each photograph is opened once for all its boxes, and decoded no larger than the crops need.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, Self, cast

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage

from reid.imaging import crops, decoding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from PIL.Image import Image as Picture

    from reid.models import Detection

JPEG_QUALITY: Final = 90


@dataclass(frozen=True, slots=True)
class WantedCrop:
    """A crop to make: the photograph's name in the storage, its size after EXIF turning, and the box."""

    detection_id: UUID
    path: str
    full_size: tuple[int, int]
    box: crops.Box

    @classmethod
    def of(cls, detection: Detection) -> Self:
        """Reads detection.image, which the caller has selected with it."""
        image = detection.image
        box = crops.Box(detection.x, detection.y, detection.width, detection.height)
        return cls(detection.pk, image.path, (image.width, image.height), box)


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no crop: a reason of reid.imaging.crops.ImageProblem."""

    reason: str


def cut_all(
    wanted: Iterable[WantedCrop], longest_side: int
) -> Iterator[tuple[UUID, bytes | Missing]]:
    """Of each item its JPEG, at most `longest_side` pixels and never enlarged, or why there is none.

    Photographs come in the order of their first item, and items of one photograph together.
    """
    by_path: dict[str, list[WantedCrop]] = {}
    for item in wanted:
        by_path.setdefault(item.path, []).append(item)
    for path, items in by_path.items():
        try:
            picture = _open(path, at_least=_needed_side(items, longest_side))
        except crops.ImageProblem as problem:
            yield from ((item.detection_id, Missing(problem.reason)) for item in items)
        else:
            for item in items:
                yield item.detection_id, _cut(picture, item, longest_side)


def _needed_side(items: list[WantedCrop], longest_side: int) -> int:
    """The longest side of a scaled photograph that still has every pixel the crops will keep.

    The smallest box decides: it is never enlarged, so its scale is the largest, and at most 1.
    """
    scales = [0.0]
    for item in items:
        with contextlib.suppress(crops.ImageProblem):  # outside: cutting will say so
            visible = item.box.clamped(item.full_size)
            scales.append(min(1.0, longest_side / visible.longest))
    return max(1, math.ceil(max(items[0].full_size) * max(scales)))


def _open(path: str, *, at_least: int) -> Picture:
    """Raises reid.imaging.crops.ImageProblem for everything that is wrong with the file."""
    try:
        with default_storage.open(path) as file:
            return decoding.open_oriented(
                cast("BinaryIO", file),  # Django's File has all that reading takes
                max_pixels=settings.IMAGE_MAX_PIXELS,
                max_bytes=settings.IMAGE_MAX_BYTES,
                at_least=at_least,
            )
    except FileNotFoundError as error:
        raise crops.ImageProblem("missing") from error
    except (OSError, SuspiciousFileOperation) as error:
        raise crops.ImageProblem("unreadable") from error


def _cut(picture: Picture, item: WantedCrop, longest_side: int) -> bytes | Missing:
    try:
        crop = crops.cut(picture, item.box, item.full_size)
    except crops.ImageProblem as problem:
        return Missing(problem.reason)
    crop.thumbnail((longest_side, longest_side))
    return crops.encode_jpeg(crop, JPEG_QUALITY)
