"""Crops of detections as JPEGs of the size that a request names, cut from their photographs.

Each photograph is opened once for all its boxes, and decoded no larger than the crops need.
"""

from __future__ import annotations

import contextlib
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from django.conf import settings

from reid.imaging import crops, decoding
from reid.imaging.frame import Frame
from reid.imaging.frames import read_frame
from reid.showing.blurring import blurred

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from uuid import UUID

    from PIL.Image import Image as Picture

    from reid.models import Detection

JPEG_QUALITY: Final = 90


@dataclass(frozen=True, slots=True)
class WantedCrop:
    """A crop to make: the photograph, the regions of it that are blurred, and the box."""

    detection_id: UUID
    frame: Frame
    regions: tuple[crops.Box, ...]
    box: crops.Box

    @classmethod
    def of(cls, detection: Detection, regions: Mapping[UUID, tuple[crops.Box, ...]]) -> Self:
        """Reads detection.image, which the caller has selected with it; `regions` are by photograph."""
        box = crops.Box(detection.x, detection.y, detection.width, detection.height)
        of_image = regions.get(detection.image_id, ())
        return cls(detection.pk, Frame.of(detection.image), of_image, box)


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
    by_frame: dict[Frame, list[WantedCrop]] = {}
    for item in wanted:
        by_frame.setdefault(item.frame, []).append(item)
    for frame, items in by_frame.items():
        try:
            picture = _open(frame, at_least=_needed_side(items, longest_side))
            picture = blurred(picture, items[0].regions, frame.size)
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
            visible = item.box.clamped(item.frame.size)
            scales.append(min(1.0, longest_side / visible.longest))
    return max(1, math.ceil(max(items[0].frame.size) * max(scales)))


def _open(frame: Frame, *, at_least: int) -> Picture:
    """Raises reid.imaging.crops.ImageProblem for everything that is wrong with the file."""
    return decoding.open_oriented(
        io.BytesIO(read_frame(frame)),
        max_pixels=settings.IMAGE_MAX_PIXELS,
        max_bytes=settings.IMAGE_MAX_BYTES,
        at_least=at_least,
    )


def _cut(picture: Picture, item: WantedCrop, longest_side: int) -> bytes | Missing:
    try:
        crop = crops.cut(picture, item.box, item.frame.size)
    except crops.ImageProblem as problem:
        return Missing(problem.reason)
    crop.thumbnail((longest_side, longest_side))
    return crops.encode_jpeg(crop, JPEG_QUALITY)
