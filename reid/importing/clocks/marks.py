"""Clocks that cannot be right: times outside a camera's deployments, in the future, or of a clock that was reset.

A wrong clock is no reason to lose a photograph: it is kept and marked (`Image.clock_problem`). Deployments that are
imported later are a reason to look again (`mark_clock_problems`).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from reid.models import Deployment, Image

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo
    from uuid import UUID

    from reid.models import Camera

PROBLEM: Final = Image.ClockProblem

FIRST_DIGITAL: Final = date(2005, 1, 1)
"""Clocks that lost power begin at 1970 (Unix), 1980 (the card's file system), 1999 to 2004 (when the first
digital trail cameras were made), and before 2005 hardly any photograph is one of a digital trail camera."""

RESET_AT: Final = (time(0), time(12))
"""On 1 January of some later year, the firmware's own, a clock that lost power begins at midnight or at noon."""
RESET_LASTS: Final = timedelta(minutes=10)
"""So soon after its beginning a reset clock is known as one; real photographs of that time are few."""

Days = list[tuple[date, date]]
"""First and last day of each deployment of a camera, both inclusive."""


def problem_of(at: datetime, days: Days, zone: tzinfo, now: datetime) -> str:
    """Why a time cannot be right (an Image.ClockProblem), or nothing. A deployment vouches for a time within it."""
    if at > now:
        return PROBLEM.FUTURE
    clock = at.astimezone(zone)
    if is_deployed(clock.date(), days):
        return ""
    if clock.date() < FIRST_DIGITAL or _was_reset(clock):
        return PROBLEM.FACTORY
    return PROBLEM.NOT_DEPLOYED if days else ""


def is_deployed(day: date, days: Days) -> bool:
    return any(first <= day <= last for first, last in days)


def _was_reset(clock: datetime) -> bool:
    if (clock.month, clock.day) != (1, 1):
        return False
    begins = (datetime.combine(clock.date(), at, clock.tzinfo) for at in RESET_AT)
    return any(timedelta(0) <= clock - begin < RESET_LASTS for begin in begins)


def days_of(cameras: Iterable[UUID]) -> dict[UUID, Days]:
    days: defaultdict[UUID, Days] = defaultdict(list)
    rows = Deployment.objects.filter(camera__in=list(cameras)).order_by()
    for camera, first, last in rows.values_list("camera", "started_on", "ended_on"):
        days[camera].append((first, last or date.max))
    return days


def mark_clock_problems(cameras: Iterable[Camera | None]) -> int:
    """Judge every timed photograph of these cameras anew, with None those of no camera; how many marks that changed.

    For whoever has changed a camera's deployments, its zone, its photographs or their times.
    """
    cameras = list(cameras)
    now, days, changed = timezone.now(), days_of(camera.pk for camera in cameras if camera), 0
    for camera in cameras:
        own = camera.time_zone if camera else ""
        zone = ZoneInfo(own) if own else timezone.get_default_timezone()
        ran = days[camera.pk] if camera else []
        marks: defaultdict[str, list[UUID]] = defaultdict(list)
        images = Image.objects.filter(camera=camera, captured_at__isnull=False).order_by()
        rows = images.values_list("pk", "captured_at", "clock_problem").iterator(chunk_size=2_000)
        for key, at, marked in rows:
            if at and (problem := problem_of(at, ran, zone, now)) != marked:
                marks[problem].append(key)
        for problem, keys in marks.items():
            for start in range(0, len(keys), 500):
                block = Image.objects.filter(pk__in=keys[start : start + 500])
                changed += block.update(clock_problem=problem)
    return changed
