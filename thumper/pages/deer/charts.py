"""Charts of a deer's activity as numbers for an SVG: bars of the hours of day, and squares of a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reid.profiles import activity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BAR: Final = 20
"""Width of an hour's bar with its gap, in units of the picture."""
TALLEST: Final = 100
SQUARE: Final = 13
"""Side of a calendar's day with its gap."""
LEFT, TOP = 30, 18
"""Room for the names of days and months."""
SHADES: Final = 4
"""Shades of a day with sightings, from 1; 0 is a day without."""


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour's bar: where it stands, its height, its hour and its sightings."""

    x: int
    y: float
    height: float
    hour: int
    sightings: int


@dataclass(frozen=True, slots=True)
class Square:
    """A day's square; `shade` from 0 to SHADES."""

    x: int
    y: int
    shade: int
    day: date
    sightings: int


@dataclass(frozen=True, slots=True)
class YearChart:
    """A year's calendar; `months` are names with their places and their sightings."""

    year: int
    width: int
    height: int
    squares: list[Square]
    months: list[tuple[int, str, int]]
    total: int
    busiest: int


def bars(hours: Sequence[int]) -> list[Bar]:
    """The hours' bars, the tallest as tall as the picture."""
    most = max(hours, default=0) or 1
    heights = [TALLEST * number / most for number in hours]
    return [
        Bar(BAR * hour, round(TALLEST - height, 1), round(height, 1), hour, hours[hour])
        for hour, height in enumerate(heights)
    ]


def year_chart(days: Mapping[date, int], year: int) -> YearChart:
    """The calendar of one year, shaded by its own busiest day."""
    cells = activity.calendar(days, year)
    most = max((cell.sightings for cell in cells), default=0)
    squares = [
        Square(
            LEFT + SQUARE * cell.column,
            TOP + SQUARE * cell.row,
            _shade(cell.sightings, most),
            cell.day,
            cell.sightings,
        )
        for cell in cells
    ]
    months = [
        (
            LEFT + SQUARE * next(cell.column for cell in cells if cell.day.month == month),
            date_format(date(year, month, 1), "M"),
            sum(cell.sightings for cell in cells if cell.day.month == month),
        )
        for month in range(1, 13)
    ]
    width = LEFT + SQUARE * (cells[-1].column + 1)
    total = sum(cell.sightings for cell in cells)
    return YearChart(year, width, TOP + SQUARE * 7, squares, months, total, most)


def weekdays() -> list[tuple[int, str]]:
    """Names of some rows of a calendar, with their places."""
    return [
        (TOP + SQUARE * row + 10, name)
        for row, name in ((0, _("Mon")), (2, _("Wed")), (4, _("Fri")))
    ]


def _shade(number: int, most: int) -> int:
    """Of so many shades as there are sightings on the busiest day, where these are fewer than SHADES."""
    return 0 if not number else max(1, -(-SHADES * number // max(most, SHADES)))
