"""The words for numbers and days; the examples in the module are run too."""

from __future__ import annotations

import doctest
from datetime import date, datetime

import pytest

from exports.report import wording
from exports.requests import naming
from exports.requests.specs import GroupBy, ReportPeriod
from exports.scheduling import calendar
from exports.tests import build


def test_the_examples_in_the_docstrings_hold() -> None:
    for module in (wording, naming, calendar):
        result = doctest.testmod(module, extraglobs={"date": date, "datetime": datetime})
        assert result.attempted
        assert result.failed == 0


@pytest.mark.parametrize(
    ("start", "end", "group_by", "expected"),
    [
        (date(2025, 10, 1), date(2025, 10, 31), GroupBy.MONTH, "October 2025"),
        (date(2025, 10, 1), date(2025, 10, 30), GroupBy.MONTH, "1 - 30 Oct 2025"),
        (date(2024, 2, 1), date(2024, 2, 29), GroupBy.MONTH, "February 2024"),
        (date(2025, 9, 29), date(2025, 10, 5), GroupBy.WEEK, "29 Sep - 5 Oct 2025"),
        (date(2025, 10, 1), date(2025, 10, 1), GroupBy.DAY, "Wed 1 Oct 2025"),
        (date(2025, 10, 1), date(2025, 10, 1), GroupBy.WEEK, "1 Oct 2025"),
    ],
)
def test_a_bucket_is_named_by_what_it_covers(start, end, group_by, expected) -> None:
    period = build.period(period=ReportPeriod("", start, end), group_by=group_by, watches={})
    assert wording.bucket(period.buckets[0], group_by) == expected


def test_estimated_camera_days_are_marked() -> None:
    sure = build.period()
    guessed = build.period(watches={build.NORTH: build.watch("North", estimated=True)})
    assert wording.camera_days(sure.effort) == "122"
    assert wording.camera_days(guessed.effort) == "~61"
