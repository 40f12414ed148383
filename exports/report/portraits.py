"""Portraits of deer: small pictures of detections, as JPEGs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.models import Detection
from reid.showing import crops

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

PORTRAIT_SIDE: Final = 150
"""Pixels; about 190 dots an inch as the report prints it."""
PORTRAIT_QUALITY: Final = 80
"""Of the JPEG: it is looked at in the size of a stamp."""


def portraits(detections: Collection[UUID], side: int = PORTRAIT_SIDE) -> dict[UUID, bytes]:
    """Small pictures of `detections` by their id, from their stored crops; two queries.

    `side` is the longest, in pixels. Those that cannot be made are left out.
    """
    rows = Detection.objects.public().select_related("image").in_bulk(detections)
    return dict(crops.portraits(rows.values(), side, PORTRAIT_QUALITY))
