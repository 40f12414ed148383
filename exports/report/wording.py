"""Wording of numbers, days and classes in a report. Pure, ASCII, English."""

from __future__ import annotations

from calendar import monthrange
from typing import TYPE_CHECKING, Final

from exports.requests.specs import GroupBy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from exports.report.summary import Bucket, Effort

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


def day(value: date) -> str:
    """
    >>> day(date(2025, 9, 1))
    '1 Sep 2025'
    """
    return f"{value.day} {value:%b %Y}"


def days(start: date, end: date) -> str:
    """Both inclusive, no year or month said twice.

    >>> days(date(2025, 9, 1), date(2025, 9, 7)), days(date(2025, 12, 29), date(2026, 1, 4))
    ('1 - 7 Sep 2025', '29 Dec 2025 - 4 Jan 2026')
    """
    if start == end:
        return day(start)
    if start.year != end.year:
        return f"{day(start)} - {day(end)}"
    if start.month != end.month:
        return f"{start.day} {start:%b} - {day(end)}"
    return f"{start.day} - {day(end)}"


def moment(value: datetime) -> str:
    """
    >>> moment(datetime(2025, 9, 1, 6, 5))
    '1 Sep 2025 06:05'
    """
    return f"{day(value)} {value:%H:%M}"


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


def class_name(name: str) -> str:
    """
    >>> class_name("unknown_deer"), class_name("buck")
    ('Unknown deer', 'Buck')
    """
    return name.replace("_", " ").capitalize()


def listed(names: Sequence[str], most: int = 6) -> str:
    """
    >>> listed(["Gus", "Ivy"]), listed(["A", "B", "C", "D"], most=2)
    ('Gus and Ivy', 'A, B and 2 more')
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
