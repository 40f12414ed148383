"""Activity of the last weeks: sightings of deer by day, as bars for a page."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils import timezone

from reid.models import Detection, Sighting

WEEKS: Final = 6
WIDTH: Final = 760
HEIGHT: Final = 130
_FOOT: Final = 20
_GAP: Final = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """A day: its number of sightings, and where its bar stands, in units of the drawing."""

    day: datetime.date
    sightings: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Activity:
    """Bars of the days from `first` to `last`; `most` is the highest of them."""

    bars: tuple[Bar, ...]
    most: int
    total: int
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def first(self) -> datetime.date:
        return self.bars[0].day

    @property
    def last(self) -> datetime.date:
        return self.bars[-1].day

    @property
    def marks(self) -> tuple[Bar, ...]:
        """The days that are written below: each seventh."""
        return self.bars[::7]


def last_weeks(newest: datetime.datetime | None) -> Activity | None:
    """Sightings by day in the six weeks that end with the day of the newest photograph; None where there is none.

    A sighting is of the day on which its encounter began.
    """
    if newest is None:
        return None
    last = timezone.localdate(newest)
    first = last - datetime.timedelta(days=7 * WEEKS - 1)
    zone = timezone.get_current_timezone()
    start = datetime.datetime.combine(first, datetime.time(), zone)
    of_deer = Detection.objects.identifiable().filter(sighting=OuterRef("pk")).order_by()
    began = Sighting.objects.filter(Exists(of_deer), encounter__started_at__gte=start).values_list(
        "encounter__started_at", flat=True
    )
    # Days are made here: SQLite would call Python for the day of every photograph.
    counted = Counter(at.astimezone(zone).date() for at in began if at)
    days = [first + datetime.timedelta(days=number) for number in range(7 * WEEKS)]
    return drawn([(day, counted[day]) for day in days])


def drawn(days: list[tuple[datetime.date, int]]) -> Activity:
    """The bars of these days, each with its number of sightings; a day without any has a bar of no height."""
    most = max(n for _, n in days)
    step = WIDTH / len(days)
    room = HEIGHT - _FOOT
    bars = []
    for number, (day, n) in enumerate(days):
        height = round(room * n / most, 1) if most else 0.0
        x = round(number * step + _GAP / 2, 1)
        bars.append(Bar(day, n, x, round(room - height, 1), round(step - _GAP, 1), height))
    return Activity(tuple(bars), most, sum(n for _, n in days))
