"""Time line of one camera: its photographs a day, its deployments and outages, and the gaps between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min
from django.db.models.functions import TruncDate
from django.utils import timezone

from reid.cameras.days import Span, gaps
from reid.importing.clocks.corrections import clock_zone
from reid.models import Deployment, Image, Outage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from reid.models import Camera


@dataclass(frozen=True, slots=True)
class Timeline:
    """Days of one camera, as its own clock has them; doubted times are left out."""

    a_day: dict[date, int]
    """Photographs of each day that has any."""
    deployments: Sequence[Deployment]
    outages: Sequence[Outage]
    gaps: Sequence[Span]
    zone: ZoneInfo
    today: date

    @property
    def years(self) -> list[int]:
        """Years that have anything to show, oldest first; what has no end in sight ends with the next year."""
        days = list(self.a_day)
        rows: list[Deployment | Outage] = [*self.deployments, *self.outages]
        for row in rows:
            next_year = min(max(self.today, row.started_on).year + 1, date.max.year)
            days += [row.started_on, min(row.ended_on or self.today, date(next_year, 12, 31))]
        return list(range(min(days).year, max(days).year + 1)) if days else []


@dataclass(frozen=True, slots=True)
class Doubts:
    """Photographs of one camera whose time cannot be right, for one reason."""

    reason: str
    """An Image.ClockProblem."""
    photographs: int
    first: datetime | None
    last: datetime | None


def timeline_of(camera: Camera) -> Timeline:
    """Three queries, however many photographs."""
    zone = clock_zone(camera)
    today = timezone.localtime(timezone=zone).date()
    images = Image.objects.filter(camera=camera, captured_at__isnull=False, clock_problem="")
    day = TruncDate("captured_at", tzinfo=zone)
    rows = images.order_by().values_list(day).annotate(n=Count("pk"))
    a_day: dict[date, int] = dict(sorted(rows))
    deployments = list(
        Deployment.objects.filter(camera=camera).order_by("started_on", "started_at")
    )
    outages = list(Outage.objects.filter(camera=camera).order_by("started_on"))
    runs = [
        Span(row.started_on, min(row.ended_on or today, today))
        for row in deployments
        if row.started_on <= today
    ]
    out = [Span(row.started_on, row.ended_on) for row in outages]
    return Timeline(a_day, deployments, outages, gaps(a_day, runs, out), zone, today)


def doubts_of(camera: Camera) -> list[Doubts]:
    """The camera's photographs with a time that cannot be right, by reason."""
    marked = Image.objects.filter(camera=camera).exclude(clock_problem="").order_by("clock_problem")
    rows = marked.values_list("clock_problem").annotate(
        n=Count("pk"), first=Min("captured_at"), last=Max("captured_at")
    )
    return [Doubts(reason, n, first, last) for reason, n, first, last in rows]
