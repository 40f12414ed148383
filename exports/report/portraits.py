"""Portraits of the deer that a report lists: small pictures, made from the stored canonical crops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.imaging.canonical import CropRequest, crops_of_image
from reid.imaging.crops import ImageProblem, encode_jpeg
from reid.models import Detection

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

SIDE: Final = 180
"""Pixels; about 230 dots an inch as the report prints it."""


def read(detections: Collection[UUID]) -> dict[UUID, bytes]:
    """JPEGs of `detections` by their id, in one query; those that cannot be made are left out."""
    rows = Detection.objects.public().select_related("image").in_bulk(detections)
    pictures = {}
    for row in rows.values():
        size = (row.image.width, row.image.height)
        (cut,) = crops_of_image(row.image.path, size, [CropRequest.of(row)])
        if not isinstance(cut.crop, ImageProblem):
            cut.crop.thumbnail((SIDE, SIDE))
            pictures[cut.id] = encode_jpeg(cut.crop)
    return pictures
