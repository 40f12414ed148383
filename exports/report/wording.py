"""Wording of numbers, days and classes in a report. Pure, ASCII, English."""

from __future__ import annotations

import re
from calendar import monthrange
from typing import TYPE_CHECKING, Final

from exports.requests.naming import class_name as class_name
from exports.requests.naming import day as day
from exports.requests.naming import days as days
from exports.requests.naming import listed as listed
from exports.requests.specs import GroupBy
from reid.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from exports.report.counting.summary import Bucket, Effort

_PICTOGRAPHS: Final = re.compile(
    "[\U0001f000-\U0001faff\u200d\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f]+"
)

UNDEFINED: Final = "-"
"""Stands where a number is undefined; the notes of the report say so."""


def count(number: int) -> str:
    """
    >>> count(11570)
    '11,570'
    """
    return f"{number:,}"


def decimal(number: float | None, places: int = 2) -> str:
    """
    >>> decimal(0.5), decimal(None), decimal(12.34, 1)
    ('0.50', '-', '12.3')
    """
    return UNDEFINED if number is None else f"{number:,.{places}f}"


def share(part: int, whole: int) -> str:
    """
    >>> share(1, 4), share(0, 0)
    ('25%', '-')
    """
    return f"{part / whole:.0%}" if whole else UNDEFINED


def change(relative: float | None) -> str:
    """
    >>> change(0.45), change(-0.2), change(0.0), change(None)
    ('+45%', '-20%', '0%', '-')
    """
    if relative is None:
        return UNDEFINED
    rounded = f"{relative:+.0%}"
    return "0%" if rounded in ("+0%", "-0%") else rounded


def printable(text: str) -> str:
    """The text without pictographs, for which a report's fonts have no sign: a box says less than nothing.

    >>> printable("Rut \U0001f98c 2026"), printable("12\u00b0C, \u00a9")
    ('Rut  2026', '12\xb0C, \xa9')
    """
    return _PICTOGRAPHS.sub("", text)


def with_gone(names: Iterable[str], chosen: int) -> tuple[str, ...]:
    """The names of what was chosen, and how many of that are gone since.

    >>> with_gone(["Gus"], 1), with_gone(["Gus"], 3)
    (('Gus',), ('Gus', '2 that are gone'))
    """
    known = tuple(names)
    gone = chosen - len(known)
    return (*known, counted(gone, "that is gone", "that are gone")) if gone else known


def moment(value: datetime) -> str:
    """
    >>> moment(datetime(2025, 9, 1, 6, 5))
    '1 Sep 2025, 06:05'
    """
    return f"{day(value)}, {value:%H:%M}"


def bucket(value: Bucket, group_by: GroupBy) -> str:
    """A month by its name where it is whole; days and weeks, and parts of months, by their dates."""
    if group_by is GroupBy.DAY:
        return f"{value.start:%a} {day(value.start)}"
    last_of_month = monthrange(value.start.year, value.start.month)[1]
    if group_by is GroupBy.MONTH and (value.start.day, value.end.day) == (1, last_of_month):
        return f"{value.start:%B %Y}"
    return days(value.start, value.end)


def camera_days(value: Effort) -> str:
    """The number, with a tilde where it is an estimate."""
    return f"{'~' if value.estimated else ''}{count(value.camera_days)}"
