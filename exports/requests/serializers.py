"""Serializers of export requests: the fields that a body may have, and their limits."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from exports.requests.fields import (
    AddressListField,
    ClassificationsField,
    DayField,
    IdListField,
    LineField,
)
from exports.requests.specs import ArchiveFormat, GroupBy, ReportType

MAX_DETECTIONS: Final = 10_000


MAX_FILTER_IDS: Final = 1_000


MAX_TITLE: Final = 120


MIN_CROP, MAX_CROP, DEFAULT_CROP = 128, 1024, 300


MAX_DECIMALS: Final = 5


REPORT_TYPE_UNKNOWN: Final = (
    "report_type must be one of: seasonal_activity, comparison, custom, survey"
)


FORMAT_UNKNOWN: Final = "format must be one of: crops, camtrap-dp"


# --- requests -----------------------------------------------------------------------------------
class PeriodRequest(serializers.Serializer[Any]):
    """Local days, both inclusive."""

    label = LineField(max_length=60)  # type: ignore[assignment]  # a field, not Field.label
    start_date = DayField()
    end_date = DayField(required=False, help_text="Today where it is left out.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A month by week",
            value={"start_date": "2025-10-01", "end_date": "2025-10-31", "group_by": "week"},
            request_only=True,
        ),
        OpenApiExample(
            "Two seasons side by side",
            value={
                "report_type": "comparison",
                "comparison_periods": [
                    {"label": "2023", "start_date": "2023-09-01", "end_date": "2023-12-31"},
                    {"label": "2024", "start_date": "2024-09-01", "end_date": "2024-12-31"},
                ],
            },
            request_only=True,
        ),
        OpenApiExample(
            "The estimates of a survey",
            value={"report_type": "survey", "survey": "3f1c1a52-7a5e-4d0e-9a51-0f4f0c6b5d11"},
            request_only=True,
        ),
    ]
)
class ReportRequest(serializers.Serializer[Any]):
    """A PDF report."""

    report_type = serializers.ChoiceField(
        [item.value for item in ReportType],
        default=ReportType.SEASONAL_ACTIVITY.value,
        error_messages={"invalid_choice": REPORT_TYPE_UNKNOWN},
    )
    start_date = DayField(
        required=False,
        allow_null=True,
        help_text="Required but for a comparison and for a survey, which has its own days.",
    )
    end_date = DayField(required=False, allow_null=True, help_text="Today where it is left out.")
    group_by = serializers.ChoiceField(
        [item.value for item in GroupBy], default=GroupBy.MONTH.value
    )
    comparison_periods = PeriodRequest(many=True, required=False, allow_null=True)
    survey = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="Required for a survey, and for nothing else. Its estimates go into the report as they are now.",
    )
    include_charts = serializers.BooleanField(default=True)
    include_tables = serializers.BooleanField(default=True)
    include_insights = serializers.BooleanField(default=True)
    classifications = ClassificationsField(
        required=False, allow_null=True, help_text="All deer classes where it is left out."
    )
    cameras = IdListField(max_items=MAX_FILTER_IDS, required=False, allow_null=True)
    deer = IdListField(max_items=MAX_FILTER_IDS, required=False, allow_null=True)
    title = LineField(max_length=MAX_TITLE, required=False, allow_null=True, allow_blank=True)
    notify = serializers.BooleanField(default=False, help_text="Mail me when it has ended.")
    recipients = AddressListField(
        required=False,
        allow_null=True,
        help_text="Who is mailed the report, or a link to it that needs no account.",
    )


class FilterRequest(serializers.Serializer[Any]):
    """Valid detections of these classes, cameras and deer, photographed on these local days."""

    start_date = DayField(required=False, allow_null=True)
    end_date = DayField(required=False, allow_null=True, help_text="Today where it is left out.")
    classifications = ClassificationsField(
        required=False, allow_null=True, help_text="All deer classes where it is left out."
    )
    cameras = IdListField(max_items=MAX_FILTER_IDS, required=False, allow_null=True)
    deer = IdListField(max_items=MAX_FILTER_IDS, required=False, allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "The bucks of a month",
            value={
                "filter": {
                    "start_date": "2025-10-01",
                    "end_date": "2025-10-31",
                    "classifications": ["buck"],
                }
            },
            request_only=True,
        ),
        OpenApiExample(
            "A Camtrap DP package, cameras within a kilometre or so",
            value={
                "format": "camtrap-dp",
                "coordinate_precision": 2,
                "filter": {"start_date": "2025-10-01", "end_date": "2025-10-31"},
            },
            request_only=True,
        ),
    ]
)
class ArchiveRequest(serializers.Serializer[Any]):
    """A ZIP of crops and their metadata, or a Camtrap DP package: of `detection_ids` or of what `filter` finds."""

    detection_ids = IdListField(
        max_items=MAX_DETECTIONS, allow_empty=False, required=False, allow_null=True
    )
    filter = FilterRequest(required=False, allow_null=True)
    include_crops = serializers.BooleanField(default=True)
    include_metadata_csv = serializers.BooleanField(default=True)
    crop_size = serializers.IntegerField(
        default=DEFAULT_CROP, min_value=MIN_CROP, max_value=MAX_CROP, help_text="Pixels."
    )
    format = serializers.ChoiceField(
        [item.value for item in ArchiveFormat],
        default=ArchiveFormat.CROPS.value,
        error_messages={"invalid_choice": FORMAT_UNKNOWN},
        help_text="The fields about crops and metadata.csv are for crops alone.",
    )
    coordinate_precision = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MAX_DECIMALS,
        help_text="For camtrap-dp: decimals of a degree to which positions are rounded. Exact where left out.",
    )
    include_empty = serializers.BooleanField(
        default=True,
        help_text="For camtrap-dp with a filter of dates and cameras alone: its photographs without an animal too.",
    )
    title = LineField(max_length=MAX_TITLE, required=False, allow_null=True, allow_blank=True)
    notify = serializers.BooleanField(default=False, help_text="Mail me when it has ended.")
