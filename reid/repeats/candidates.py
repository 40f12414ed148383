"""Candidates: boxes of one camera that may show a thing, and of which no person has said anything.

Left out: what bears a deer's name, what a person reviewed, drew or moved, and photographs without a time. They are
taken apart by the beginnings of the camera's deployments: whoever was there had the camera in hand, and it
sees another view since.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Exists, OuterRef
from django.utils import timezone

from reid.models import Deployment, Detection, IdentityEvent, Operation
from reid.repeats.clustering import Boxes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from reid.models import Camera, DetectionQuerySet

_COLUMNS: Final = (
    *("pk", "image", "image__encounter", "image__captured_at"),
    *("image__width", "image__height", "x", "y", "width", "height"),
)


_Row = tuple["UUID", "UUID", "UUID | None", datetime, int, int, int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """Candidates of the time in which a camera saw one view: keys and boxes in one order, by time."""

    number: int
    keys: list[UUID]
    boxes: Boxes


def candidates(camera: Camera) -> DetectionQuerySet:
    """The detections of the camera that may be part of a suspicion."""
    moved = IdentityEvent.objects.filter(
        detection=OuterRef("pk"), operation__kind=Operation.Kind.MOVE_BOX
    )
    unsaid = Detection.objects.valid().filter(
        image__camera=camera,
        image__captured_at__isnull=False,
        deer__isnull=True,
        reviewed_by__isnull=True,
    )
    # Without a detector's name and beyond doubt: a person drew it, here or where it was imported from.
    by_detectors = unsaid.exclude(detector="", confidence__gte=1.0)
    unturned = by_detectors.exclude(flank_source=Detection.FlankSource.REVIEWED)
    return unturned.exclude(Exists(moved))


def beginnings(camera: Camera) -> list[datetime]:
    """When the camera's deployments began, in order: each one begins another view."""
    zone = ZoneInfo(camera.time_zone) if camera.time_zone else timezone.get_default_timezone()
    rows = Deployment.objects.filter(camera=camera).values_list("started_on", "started_at")
    return sorted(datetime.combine(day, clock or time.min, zone) for day, clock in rows)


def number_of(moment: datetime, starts: Sequence[datetime]) -> int:
    """Number of the stand that a moment is in: how many deployments had begun."""
    return bisect_right(starts, moment)


def stands(camera: Camera, number: int | None = None) -> list[Stand]:
    """The candidates of a camera by view, in the order of time; of one view alone where its number is given."""
    starts = beginnings(camera)
    wanted = candidates(camera)
    if number is not None and number > 0:
        wanted = wanted.filter(image__captured_at__gte=starts[number - 1])
    if number is not None and number < len(starts):
        wanted = wanted.filter(image__captured_at__lt=starts[number])
    rows_of: dict[int, list[_Row]] = {}
    for row in wanted.order_by("image__captured_at", "pk").values_list(*_COLUMNS):
        rows_of.setdefault(number_of(row[3], starts), []).append(row)
    return [
        Stand(number, [row[0] for row in rows], _boxes(rows)) for number, rows in rows_of.items()
    ]


def _boxes(rows: Sequence[_Row]) -> Boxes:
    pixels = np.array([row[4:] for row in rows], float)
    size, corner, extent = pixels[:, 0:2], pixels[:, 2:4], pixels[:, 4:6]
    return Boxes(
        edges=np.concatenate([corner / size, (corner + extent) / size], axis=1),
        seconds=np.array([row[3].timestamp() for row in rows]),
        frames=_numbers([row[1] for row in rows]),
        encounters=_numbers([row[2] for row in rows]),
    )


def _numbers(keys: Sequence[UUID | None]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """A number for each key, the same for the same."""
    number_of_key = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([number_of_key[key] for key in keys], np.intp)
