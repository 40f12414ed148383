"""Names of days, classes and what else a title says. Pure, ASCII, English."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


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
