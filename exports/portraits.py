"""Small pictures of the deer that a report lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exports.cutouts import Missing, Wanted, cut_all
from reid.models import Detection

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

SIDE: Final = 180  # pixels; about 230 dots an inch as the report prints it


def read(detections: Collection[UUID]) -> dict[UUID, bytes]:
    """JPEGs of `detections` by their id, in one query; those that cannot be made are left out."""
    rows = Detection.objects.public().select_related("image").in_bulk(detections)
    return {
        key: picture
        for key, picture in cut_all(map(Wanted.of, rows.values()), SIDE)
        if not isinstance(picture, Missing)
    }
