"""Files derived from a detection: their names, and their end when the detection goes or gets another box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reid.imaging.canonical import crop_name
from reid.storage.photo_store import photo_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID


def thumbnail_name(detection: UUID) -> str:
    """Where the small picture of a crop is kept; two digits of the id keep folders small."""
    return f"thumbnails/{detection.hex[:2]}/{detection}.jpg"


def torso_name(detection: UUID, *, is_aligned: bool = True) -> str:
    """Where an upright torso is kept, or what the gate turned down; two digits of the id keep folders small."""
    ending = ".jpg" if is_aligned else ".refused.jpg"
    return f"torsos/{detection.hex[:2]}/{detection}{ending}"


def keypoints_name(detection: UUID) -> str:
    """Where they are kept; two digits of the id keep folders small."""
    return f"patterns/{detection.hex[:2]}/{detection}.keypoints"


def delete_pictures(detections: Iterable[UUID]) -> None:
    """Delete all files derived from detections that are gone, or have another box; where there are none, nothing."""
    photo_store.delete_all(name for key in detections for name in _names(key))


def _names(detection: UUID) -> Iterator[str]:
    yield crop_name(detection)
    yield thumbnail_name(detection)
    yield torso_name(detection)
    yield torso_name(detection, is_aligned=False)
    yield keypoints_name(detection)
