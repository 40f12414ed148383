"""Places that are suspected: looked for camera by camera, stored, and shown with their boxes of now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from django.db import transaction

from reid.imaging.canonical import CropRequest, crops_of_image
from reid.imaging.frame import Frame
from reid.models import Camera, Detection, Repeat, RepeatAnswer
from reid.repeats.candidates import Stand, beginnings, number_of, stands
from reid.repeats.clustering import Cluster, Rule, clusters, overlaps

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from numpy.typing import NDArray

EXAMPLES: Final = 6
"""Boxes that are shown of a place."""
RULE: Final = Rule()
_BATCH: Final = 200
_SAME: Final = 0.7
"""Overlap from which on a place is one that is known: its median moves a little with every photograph."""


@dataclass(frozen=True, slots=True)
class Members:
    """Boxes at a place now: their detections in the order of time, and how many photographs and encounters they are on."""

    keys: list[UUID]
    frames: int
    encounters: int


def look(cameras: Iterable[Camera] | None = None) -> list[Repeat]:
    """Look for places at these cameras (None: all that stand); the open suspicions there, by camera and time.

    Suspicions that nobody answered follow their boxes, or go. What a person keeps is found and not asked again; what
    was removed is a new suspicion where enough new boxes are at it.
    """
    found: list[Repeat] = []
    for camera in Camera.objects.all() if cameras is None else cameras:
        found += _look_at(camera)
    return found


def open_repeats() -> list[Repeat]:
    """All that wait for an answer, by camera and time."""
    rows = Repeat.objects.select_related("camera", "removal__undone_by").filter(kept_at=None)
    return [row for row in rows if row.answer is RepeatAnswer.OPEN]


def members(repeat: Repeat) -> Members:
    """The boxes that are at a place now, and of which no person has said anything."""
    camera = repeat.camera.survivor
    number = number_of(repeat.last_at, beginnings(camera))
    for stand in stands(camera, number):
        at = np.flatnonzero(overlaps(_box_of(repeat), stand.boxes.edges) >= RULE.overlap)
        return Members([stand.keys[index] for index in at], *_counts(stand, at))
    return Members([], 0, 0)


def make_crops(repeats: Iterable[Repeat]) -> None:
    """Cut the crops of the examples of these, which pages show; a photograph that cannot be read has none.

    Raises StoreAway.
    """
    keys = [key for repeat in repeats for key in repeat.examples]
    for start in range(0, len(keys), _BATCH):
        rows = Detection.objects.public().filter(pk__in=keys[start : start + _BATCH])
        for row in rows.select_related("image"):
            crops_of_image(Frame.of(row.image), [CropRequest.of(row)])


@transaction.atomic
def _look_at(camera: Camera) -> list[Repeat]:
    # Whoever looks at the same camera at the same time waits.
    Camera.objects.select_for_update(no_key=True).filter(pk=camera.pk).first()
    starts = beginnings(camera)
    known = Repeat.objects.select_related("removal__undone_by").filter(camera=camera)
    standing = [row for row in known if row.answer is not RepeatAnswer.REMOVED]
    standing += Repeat.objects.filter(camera__merged_into=camera, kept_at__isnull=False)
    open_ones: list[Repeat] = []
    met: set[UUID] = set()
    for stand in stands(camera):
        here = [row for row in standing if number_of(row.last_at, starts) == stand.number]
        for cluster in clusters(stand.boxes, RULE):
            row = _same(cluster, [one for one in here if one.pk not in met])
            if row is not None:
                met.add(row.pk)
            if row is None or row.answer is RepeatAnswer.OPEN:
                open_ones.append(_stored(row or Repeat(camera=camera), cluster, stand))
    gone = [row.pk for row in standing if row.answer is RepeatAnswer.OPEN and row.pk not in met]
    Repeat.objects.filter(pk__in=gone).delete()
    return sorted(open_ones, key=lambda row: row.first_at)


def _same(cluster: Cluster, rows: list[Repeat]) -> Repeat | None:
    """The known place that this one is: the nearest one."""
    if not rows:
        return None
    shares = overlaps(np.array(cluster.box), np.array([_box_of(row) for row in rows]))
    return rows[int(shares.argmax())] if shares.max() >= _SAME else None


def _stored(row: Repeat, cluster: Cluster, stand: Stand) -> Repeat:
    row.left, row.top, row.right, row.bottom = cluster.box
    row.frames, row.encounters = _counts(stand, cluster.members)
    at = np.sort(cluster.members)
    picks = np.linspace(0, len(at) - 1, EXAMPLES).round().astype(int)
    row.examples = [str(stand.keys[index]) for index in dict.fromkeys(at[picks].tolist())]
    seconds = stand.boxes.seconds[cluster.members]
    row.first_at = datetime.fromtimestamp(float(seconds.min()), UTC)
    row.last_at = datetime.fromtimestamp(float(seconds.max()), UTC)
    row.save()
    return row


def _counts(stand: Stand, at: NDArray[np.intp]) -> tuple[int, int]:
    boxes = stand.boxes
    return len(np.unique(boxes.frames[at])), len(np.unique(boxes.encounters[at]))


def _box_of(repeat: Repeat) -> NDArray[np.float64]:
    return np.array([repeat.left, repeat.top, repeat.right, repeat.bottom])
