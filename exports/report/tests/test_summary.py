"""Ratios, rates and what is undefined."""

from __future__ import annotations

import pytest

from exports.report.counting.summary import Effort, Filters, ratio, relative_change
from exports.tests import build


def test_a_ratio_to_nothing_is_undefined() -> None:
    assert ratio(3, 0) is None
    assert ratio(0, 4) == 0.0


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(10.0, 15.0, 0.5), (10.0, 0.0, -1.0), (0.0, 5.0, None), (None, 5.0, None), (5.0, None, None)],
)
def test_relative_change(before, after, expected) -> None:
    assert relative_change(before, after) == expected


def test_a_rate_is_for_100_camera_days() -> None:
    assert Effort(50, estimated=False).rate(6) == 12.0
    assert Effort(0, estimated=False).rate(6) is None


def test_sex_ratios_are_of_sightings() -> None:
    tally = build.period(
        *build.many(10, 3, "buck"), *build.many(11, 4, "doe"), *build.seen(build.at(11, 9), "fawn")
    ).tally
    assert (tally.bucks_per_doe, tally.fawns_per_doe) == (0.75, 0.25)
    assert build.period(*build.many(10, 3, "buck")).tally.bucks_per_doe is None


def test_a_tally_without_detections_has_no_confidence() -> None:
    assert build.period().tally.mean_confidence is None


def test_classes_shown_are_the_asked_and_the_seen() -> None:
    period = build.period(*build.seen(build.at(10, 1), "pig"))
    assert build.summary(period).classes == ("buck", "doe", "fawn", "unknown_deer", "pig")
    asked = Filters(("doe", "turkey"), (), ())
    assert build.summary(build.period(), filters=asked).classes == ("doe", "turkey")


def test_a_report_is_empty_when_no_period_has_a_sighting() -> None:
    empty, full = build.period(), build.period(*build.seen(build.at(10, 1), "doe"))
    assert build.summary(empty, empty).is_empty
    assert not build.summary(empty, full).is_empty
