"""Bodies that clients of the older system send are accepted as they are, and mean the same."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from exports.requests.build_spec import archive_spec, report_spec
from exports.requests.specs import GroupBy, ReportType
from reid.tests import make

TODAY = date(2025, 11, 15)
WHOLE: dict[str, Any] = {
    "report_type": "seasonal_activity",
    "start_date": "2024-09-01",
    "end_date": "2025-01-31",
    "comparison_periods": None,
    "include_charts": True,
    "include_tables": True,
    "include_insights": True,
    "group_by": "month",
    "classifications": None,
    "title": None,
}
ROWS = [
    {"start_date": "2024-09-01", "end_date": "2024-09-30", "label": "September 2024"},
    {"start_date": "2024-11-01", "end_date": "2024-11-30", "label": "November 2024"},
]


def test_a_body_with_every_field_and_its_nulls():
    spec = report_spec(WHOLE, TODAY)
    (period,) = spec.periods
    assert (period.start, period.end) == (date(2024, 9, 1), date(2025, 1, 31))
    assert spec.title == "Seasonal activity 1 Sep 2024 - 31 Jan 2025"
    assert spec.selection.classifications == ()


@pytest.mark.parametrize("group_by", ["day", "week", "month"])
@pytest.mark.parametrize("report_type", ["seasonal_activity", "custom"])
def test_the_least_that_was_sent(report_type, group_by):
    body = {"report_type": report_type, "start_date": "2025-01-01", "end_date": "2025-02-01"}
    spec = report_spec(body | {"group_by": group_by}, TODAY)
    assert (spec.report_type, spec.group_by) == (ReportType(report_type), GroupBy(group_by))


@pytest.mark.parametrize("part", ["include_charts", "include_tables", "include_insights"])
def test_a_part_that_is_not_wanted(part):
    spec = report_spec(WHOLE | {part: False}, TODAY)
    assert getattr(spec, part) is False


def test_a_comparison_that_also_bears_the_dates_which_were_required():
    spec = report_spec(WHOLE | {"report_type": "comparison", "comparison_periods": ROWS}, TODAY)
    assert [period.label for period in spec.periods] == ["September 2024", "November 2024"]


@pytest.mark.parametrize(
    ("older", "now"),
    [
        (["doe", "fawn"], ("doe", "fawn")),
        (["mature", "mid", "young"], ("buck",)),
        (["cattle", "pig", "raccoon"], ("cattle", "pig", "raccoon")),
        (["unknown"], ("unknown_deer",)),
    ],
)
def test_its_names_of_classes(older, now):
    assert report_spec(WHOLE | {"classifications": older}, TODAY).selection.classifications == now


@pytest.mark.django_db
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"include_crops": True, "include_metadata_csv": True, "crop_size": 300},
        {"include_crops": False},
        {"include_metadata_csv": False, "crop_size": 1024},
    ],
)
def test_an_archive_of_ids(options):
    detection = make.detection()
    spec = archive_spec({"detection_ids": [str(detection.pk)], **options}, TODAY)
    assert spec.detection_ids == (detection.pk,)
    assert spec.crop_size == options.get("crop_size", 300)
    assert spec.include_crops is options.get("include_crops", True)
    assert spec.include_metadata_csv is options.get("include_metadata_csv", True)
