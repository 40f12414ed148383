"""Canonical crops in the default storage: made once of each detection, read ever after.

Every embedding is taken from the stored JPEG, also on the pass that makes it, so that a later pass over
the stored crops sees the same pixels. No database here: these functions run in threads.
"""

from __future__ import annotations

import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from reid.imaging.crops import Box, ImageProblem, canonical_crop, encode_jpeg, scale_needed
from reid.imaging.decoding import open_oriented
from reid.imaging.frames import read_frame, read_stored

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


def crops_of_image(frame: Frame, requests: Sequence[CropRequest]) -> list[CropResult]:
    """The canonical crops of one image's detections, in order; the frame is decoded at most once.

    A box below REID_MIN_CROP pixels on a side, outside its image, or of a file that cannot be read or is another
    photograph by now, is a problem of its own and costs no other one.
    """
    result_of: dict[UUID, Image.Image | ImageProblem] = {}
    to_cut = []
    for item in requests:
        problem = _problem(item.box, frame.size)
        crop = None if problem else stored_crop(item.id)
        if problem or crop:
            result_of[item.id] = problem or crop  # type: ignore[assignment] # one of them is there
        else:
            to_cut.append(item)
    if to_cut:
        result_of |= _cut(frame, to_cut)
    return [CropResult(item.id, result_of[item.id]) for item in requests]


def _problem(box: Box, full_size: tuple[int, int]) -> ImageProblem | None:
    try:
        inside = box.clamped(full_size)
    except ImageProblem as problem:
        return problem
    if min(inside.width, inside.height) < settings.REID_MIN_CROP:
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
            store(crop_name(item.id), content)
    return cut


def _content(frame: Frame) -> bytes:
    """The bytes of the photograph; a disk that cannot be read now may be there for the next pass: missing."""
    try:
        return read_frame(frame)
    except ImageProblem as problem:
        if problem.reason == "unreadable":
            raise ImageProblem("missing", problem.detail) from problem
        raise


def store(name: str, content: bytes) -> None:
    """Whole or not at all: a reader never sees half a crop under its name."""
    try:
        target = Path(default_storage.path(name))
    except NotImplementedError:  # an object store, which puts whole objects
        if default_storage.exists(name):
            default_storage.delete(name)
        default_storage.save(name, ContentFile(content))
        return
    write_whole(target, content)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, whoever else writes it at the same time; its folder is made. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(part).replace(path)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise
