"""Calendar of scheduled reports: on which day one is due, and which days it covers. Pure.

All days are local days of the ranch. A weekly one is due on a weekday, a monthly one on a day from 1 to LAST_DAY, which
every month has.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

WEEK: Final = "week"
MONTH: Final = "month"
SEASON: Final = "season"
LAST_DAY: Final = 28


def first_due(every: str, day: int, today: date) -> date:
    """The first day after `today` on which it is due.

    `every` is WEEK, with `day` from 0 (Monday) to 6, or MONTH, with `day` from 1 to LAST_DAY.

    >>> first_due(WEEK, 0, date(2026, 11, 27)), first_due(WEEK, 4, date(2026, 11, 27))
    (datetime.date(2026, 11, 30), datetime.date(2026, 12, 4))
    >>> first_due(MONTH, 1, date(2026, 12, 1)), first_due(MONTH, 28, date(2026, 12, 1))
    (datetime.date(2027, 1, 1), datetime.date(2026, 12, 28))
    """
    if every == WEEK:
        return today + timedelta(days=(day - today.weekday() - 1) % 7 + 1)
    if today.day < day:
        return today.replace(day=day)
    return _next_month(today).replace(day=day)


def covered(covers: str, due_on: date, season: tuple[int, int] = (9, 1)) -> tuple[date, date]:
    """First and last day, both inclusive, of a report that is due on `due_on`.

    WEEK: the last whole week from Monday to Sunday. MONTH: the last whole calendar month. SEASON: from the latest
    beginning of a season (`season`: month and day) to the day before `due_on`; on the second day of a season, all
    of the one before.

    >>> covered(WEEK, date(2026, 11, 27))
    (datetime.date(2026, 11, 16), datetime.date(2026, 11, 22))
    >>> covered(MONTH, date(2026, 3, 1))
    (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
    >>> covered(SEASON, date(2026, 11, 27)), covered(SEASON, date(2026, 9, 2))
    ((datetime.date(2026, 9, 1), datetime.date(2026, 11, 26)), (datetime.date(2025, 9, 1), datetime.date(2026, 8, 31)))
    """
    if covers == WEEK:
        monday = due_on - timedelta(days=due_on.weekday() + 7)
        return monday, monday + timedelta(days=6)
    if covers == MONTH:
        last = due_on.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    last = due_on - timedelta(days=1)
    begins = date(last.year, *season)
    if (
        begins == last
    ):  # a report needs two days: on the second day of a season it is of the one before
        last -= timedelta(days=1)
    return begins if begins < last else date(begins.year - 1, *season), last


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
