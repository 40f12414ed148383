"""The report's arithmetic: spans, effort, buckets, all worked by hand."""

from __future__ import annotations

from datetime import date

import pytest

from exports.report.counting.days import Watch, spans, watched_days
from exports.requests.specs import GroupBy, ReportPeriod
from exports.tests import build
from reid.cameras.days import days_of


def test_days_include_both_ends() -> None:
    assert list(days_of(date(2025, 2, 28), date(2025, 3, 1))) == [
        date(2025, 2, 28),
        date(2025, 3, 1),
    ]


def test_months_are_clipped_to_the_period() -> None:
    period = ReportPeriod("", date(2025, 12, 15), date(2026, 2, 3))
    assert spans(period, GroupBy.MONTH) == [
        (date(2025, 12, 15), date(2025, 12, 31)),
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 2, 3)),
    ]


def test_weeks_begin_on_monday() -> None:
    period = ReportPeriod("", date(2025, 10, 1), date(2025, 10, 13))  # a Wednesday to a Monday
    assert spans(period, GroupBy.WEEK) == [
        (date(2025, 10, 1), date(2025, 10, 5)),
        (date(2025, 10, 6), date(2025, 10, 12)),
        (date(2025, 10, 13), date(2025, 10, 13)),
    ]


@pytest.mark.parametrize("group_by", GroupBy)
def test_spans_cover_the_period_without_gap_or_overlap(group_by: GroupBy) -> None:
    period = ReportPeriod("", date(2024, 2, 10), date(2025, 2, 9))  # with a leap day
    covered = [day for start, end in spans(period, group_by) for day in days_of(start, end)]
    assert covered == list(days_of(period.start, period.end))


def test_watched_days_are_clipped_and_counted_once() -> None:
    runs = [(date(2025, 9, 20), date(2025, 10, 2)), (date(2025, 10, 2), None)]
    assert watched_days(runs, build.AUTUMN, today=date(2025, 10, 4)) == {
        date(2025, 10, number) for number in (1, 2, 3, 4)
    }


def test_empty_buckets_hours_and_classes_are_zero() -> None:
    period = build.period(*build.seen(build.at(11, 5, 6), "doe"))
    assert [bucket.tally.sightings for bucket in period.buckets] == [0, 1]
    assert period.hours == (0,) * 6 + (1,) + (0,) * 17
    assert period.tally.of("buck").sightings == 0


def test_rates_count_only_what_a_watching_camera_saw() -> None:
    ran = Watch("North", frozenset(days_of(date(2025, 10, 1), date(2025, 10, 20))), estimated=False)
    rows = [*build.seen(build.at(10, 5), "doe"), *build.seen(build.at(11, 5), "doe")]
    period = build.period(*rows, watches={build.NORTH: ran})
    assert (period.tally.sightings, period.tally.watched) == (2, 1)
    assert period.rate == 5.0  # one in 20 days
    assert period.class_rate("doe") == 5.0
    assert [bucket.rate for bucket in period.buckets] == [5.0, None]


def test_an_estimate_is_called_so_only_where_it_counts() -> None:
    october = frozenset(days_of(date(2025, 10, 1), date(2025, 10, 31)))
    watches = {
        build.NORTH: build.watch("North"),
        build.SOUTH: Watch("South", october, estimated=True),
    }
    period = build.period(watches=watches)
    assert [bucket.effort.estimated for bucket in period.buckets] == [True, False]
    assert [bucket.effort.camera_days for bucket in period.buckets] == [62, 30]
    assert period.effort.estimated


def test_cameras_stand_in_order_of_sightings_then_name() -> None:
    period = build.period(
        *build.seen(build.at(10, 5), "doe", camera=build.SOUTH),
        *build.seen(build.at(10, 6), "doe", camera=None),
    )
    assert [camera.name for camera in period.cameras] == ["", "South plot", "North gate"]


def test_two_deer_of_one_sighting_are_both_seen() -> None:
    moment = build.at(10, 5)
    (first,) = build.seen(moment, "buck", deer=build.GUS, sighting=1)
    second = build.seen(moment, "buck", "buck", deer=build.IVY, sighting=1)[1]
    period = build.period(first, second)
    assert [(deer.name, deer.sightings) for deer in period.deer] == [("Gus", 1), ("Ivy", 1)]
    assert (period.tally.sightings, period.tally.deer) == (1, 2)
