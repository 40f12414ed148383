"""Portraits of deer: small pictures of detections, as JPEGs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.imaging.canonical import CropRequest, crops_of_image
from reid.imaging.crops import ImageProblem, encode_jpeg
from reid.imaging.frame import Frame
from reid.models import Detection

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

PORTRAIT_SIDE: Final = 150
"""Pixels; about 190 dots an inch as the report prints it."""
PORTRAIT_QUALITY: Final = 80
"""Of the JPEG: it is looked at in the size of a stamp."""


def portraits(detections: Collection[UUID], side: int = PORTRAIT_SIDE) -> dict[UUID, bytes]:
    """Small pictures of `detections` by their id, from their stored crops and in one query.

    `side` is the longest, in pixels. Those that cannot be made are left out.
    """
    rows = Detection.objects.public().select_related("image").in_bulk(detections)
    pictures = {}
    for row in rows.values():
        (cut,) = crops_of_image(Frame.of(row.image), [CropRequest.of(row)])
        if not isinstance(cut.crop, ImageProblem):
            cut.crop.thumbnail((side, side))
            pictures[cut.id] = encode_jpeg(cut.crop, PORTRAIT_QUALITY)
    return pictures
