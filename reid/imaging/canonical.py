"""Canonical crops in the store of photographs: made once of each detection, read ever after.

Every embedding is taken from the stored JPEG, also on the pass that makes it, so that a later pass over
the stored crops sees the same pixels. No database here: these functions run in threads.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from reid.imaging.crops import Box, ImageProblem, canonical_crop, encode_jpeg, scale_needed
from reid.imaging.decoding import open_oriented
from reid.imaging.frames import read_frame, read_stored
from reid.storage.photo_store import photo_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from PIL import Image

    from reid.imaging.frame import Frame
    from reid.models import Detection


@dataclass(frozen=True, slots=True)
class CropRequest:
    """A detection whose crop is wanted."""

    id: UUID
    box: Box

    @classmethod
    def of(cls, detection: Detection) -> CropRequest:
        return cls(detection.pk, Box(detection.x, detection.y, detection.width, detection.height))


@dataclass(frozen=True, slots=True)
class CropResult:
    """Result of one request: the canonical crop as RGB, or the problem."""

    id: UUID
    crop: Image.Image | ImageProblem


def crop_name(detection_id: UUID) -> str:
    """Where a canonical crop is stored; two digits of the id keep folders small."""
    return f"crops/{detection_id.hex[:2]}/{detection_id}.jpg"


def crops_of_image(
    frame: Frame, requests: Sequence[CropRequest], min_side: int | None = None
) -> list[CropResult]:
    """The canonical crops of one image's detections, in order; the frame is decoded at most once.

    A box below `min_side` pixels on a side (REID_MIN_CROP: what networks can compare; people may look at less), outside
    its image, or of a file that cannot be read or is another photograph by now, is a problem of its own and costs no
    other one.
    """
    if min_side is None:
        min_side = settings.REID_MIN_CROP
    result_of: dict[UUID, Image.Image | ImageProblem] = {}
    to_cut = []
    for item in requests:
        problem = _problem(item.box, frame.size, min_side)
        crop = None if problem else stored_crop(item.id)
        if problem or crop:
            result_of[item.id] = problem or crop  # type: ignore[assignment] # one of them is there
        else:
            to_cut.append(item)
    if to_cut:
        result_of |= _cut(frame, to_cut)
    return [CropResult(item.id, result_of[item.id]) for item in requests]


def _problem(box: Box, full_size: tuple[int, int], min_side: int) -> ImageProblem | None:
    try:
        inside = box.clamped(full_size)
    except ImageProblem as problem:
        return problem
    if min(inside.width, inside.height) < min_side:
        return ImageProblem("too_small", str(inside))
    return None


def _opened(content: bytes, at_least: int | None = None) -> Image.Image:
    return open_oriented(
        io.BytesIO(content),
        max_pixels=settings.IMAGE_MAX_PIXELS,
        max_bytes=settings.IMAGE_MAX_BYTES,
        at_least=at_least,
    )


def stored_crop(detection_id: UUID) -> Image.Image | None:
    """The canonical crop as it is stored, or None where there is none to be read."""
    try:
        return _opened(read_stored(crop_name(detection_id)))
    except ImageProblem:
        return None  # not there yet, or damaged: it is made anew


def _cut(frame: Frame, requests: Sequence[CropRequest]) -> dict[UUID, Image.Image | ImageProblem]:
    try:
        boxes = [item.box for item in requests]
        picture = _opened(_content(frame), scale_needed(frame.size, boxes))
    except ImageProblem as problem:
        return {item.id: problem for item in requests}
    cut: dict[UUID, Image.Image | ImageProblem] = {}
    for item in requests:
        try:
            content = encode_jpeg(canonical_crop(picture, item.box, frame.size))
            cut[item.id] = _opened(content)
        except ImageProblem as problem:
            cut[item.id] = problem
        else:
            photo_store.replace(crop_name(item.id), content)
    return cut


def _content(frame: Frame) -> bytes:
    """The bytes of the photograph; a disk that cannot be read now may be there for the next pass: missing."""
    try:
        return read_frame(frame)
    except ImageProblem as problem:
        if problem.reason == "unreadable":
            raise ImageProblem("missing", problem.detail) from problem
        raise
