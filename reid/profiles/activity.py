"""Activity of a deer: its sightings by day, by hour and by camera, in the ranch's time zone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Min
from django.utils import timezone

from reid.models import Camera, Detection

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from reid.models import Deer

HOURS: Final = 24
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class CameraCount:
    """A camera, None where a photograph has none, and how many sightings it has of the deer."""

    camera: Camera | None
    sightings: int


@dataclass(frozen=True, slots=True)
class Activity:
    """Sightings of one deer: by local day, by hour of the day (24 of them), by camera, the most first.

    A sighting counts once, at its first photograph that shows the deer. `untimed` of them have no time.
    """

    days: Mapping[date, int]
    hours: tuple[int, ...]
    cameras: tuple[CameraCount, ...]
    untimed: int

    @property
    def years(self) -> list[int]:
        """Calendar years with a sighting, the latest first."""
        return sorted({day.year for day in self.days}, reverse=True)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of a calendar: its column (week of the year, from 0) and row (Monday 0), and its sightings."""

    day: date
    column: int
    row: int
    sightings: int


def activity_of(deer: Deer) -> Activity:
    """What the photographs of a deer say of where and when it goes about. Two queries."""
    rows = (
        Detection.objects.valid()
        .filter(deer=deer)
        .order_by()
        .values_list("sighting", "image__camera")
        .annotate(first=Min("image__captured_at"))
    )
    days: Counter[date] = Counter()
    hours = [0] * HOURS
    at: Counter[UUID | None] = Counter()
    untimed = 0
    for _, camera, first in rows:
        at[camera] += 1
        if first is None:
            untimed += 1
            continue
        local = timezone.localtime(first)
        days[local.date()] += 1
        hours[local.hour] += 1
    cameras = Camera.objects.in_bulk([key for key in at if key])
    counted = [CameraCount(cameras.get(key) if key else None, number) for key, number in at.items()]
    counted.sort(key=lambda one: (-one.sightings, one.camera.name if one.camera else ""))
    return Activity(days, tuple(hours), tuple(counted), untimed)


def calendar(days: Mapping[date, int], year: int) -> list[CalendarDay]:
    """Every day of a year in weeks from Monday to Sunday, with its sightings."""
    first = date(year, 1, 1)
    shift = first.weekday()
    number = (date(year + 1, 1, 1) - first).days
    return [
        CalendarDay(day, (shift + index) // _WEEK, day.weekday(), days.get(day, 0))
        for index in range(number)
        for day in [first + timedelta(days=index)]
    ]
