"""Calendar of scheduled reports, worked by hand. 27 November 2026 is a Friday."""

from __future__ import annotations

from datetime import date

import pytest

from exports.scheduling.calendar import MONTH, SEASON, WEEK, covered, first_due

FRIDAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("every", "day", "today", "due"),
    [
        (WEEK, 0, FRIDAY, date(2026, 11, 30)),
        (WEEK, 4, FRIDAY, date(2026, 12, 4)),  # not today: a week later
        (MONTH, 28, FRIDAY, date(2026, 11, 28)),
        (MONTH, 1, FRIDAY, date(2026, 12, 1)),
        (MONTH, 1, date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_it_is_due_on_the_next_such_day(every: str, day: int, today: date, due: date) -> None:
    assert first_due(every, day, today) == due


@pytest.mark.parametrize(
    ("covers", "due", "first", "last"),
    [
        (WEEK, FRIDAY, date(2026, 11, 16), date(2026, 11, 22)),
        (MONTH, date(2026, 3, 1), date(2026, 2, 1), date(2026, 2, 28)),
        (SEASON, FRIDAY, date(2026, 9, 1), date(2026, 11, 26)),
        (SEASON, date(2026, 9, 2), date(2025, 9, 1), date(2026, 8, 31)),
        (SEASON, date(2026, 3, 1), date(2025, 9, 1), date(2026, 2, 28)),
    ],
)
def test_it_covers_whole_days_that_are_over(
    covers: str, due: date, first: date, last: date
) -> None:
    assert covered(covers, due) == (first, last)
