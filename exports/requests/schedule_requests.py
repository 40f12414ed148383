"""Serializer of a schedule's request: when, of which days, to whom, and the fields of the report."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from exports.requests.fields import AddressListField, ClassificationsField, IdListField, LineField
from exports.requests.serializers import MAX_FILTER_IDS
from exports.requests.specs import GroupBy

EVERY: Final = ("week", "month")
COVERS: Final = ("week", "month", "season")
MAX_SCHEDULE_TITLE: Final = 80
_LEAP_YEAR: Final = 2000


@extend_schema_field({"type": "string", "pattern": r"^\d{2}-\d{2}$"})
class SeasonStartField(serializers.Field[Any, Any, Any, Any]):
    """A day of every year, MM-DD, as a pair of month and day."""

    default_error_messages = {"no_day": "This is no day of every year: use MM-DD such as 09-01."}

    def to_internal_value(self, data: Any) -> tuple[int, int]:
        try:
            day = date.fromisoformat(f"{_LEAP_YEAR}-{data}")
        except ValueError:
            self.fail("no_day")
        if (day.month, day.day) == (2, 29):
            self.fail("no_day")
        return day.month, day.day

    def to_representation(self, value: tuple[int, int]) -> str:
        return "{:02d}-{:02d}".format(*value)


class ScheduleRequest(serializers.Serializer[Any]):
    """A report that is built and mailed each week or month."""

    title = LineField(max_length=MAX_SCHEDULE_TITLE)
    every = serializers.ChoiceField(EVERY)
    day = serializers.IntegerField(
        min_value=0,
        max_value=28,
        help_text="Weekly: 0 (Monday) to 6. Monthly: 1 to 28.",
    )
    covers = serializers.ChoiceField(
        COVERS, help_text="The last whole week or month, or the season so far."
    )
    season_start = SeasonStartField(required=False, help_text="MM-DD; 09-01 where it is left out.")
    recipients = AddressListField(required=False, allow_null=True)
    notify = serializers.BooleanField(default=False, help_text="Mail me as well.")
    group_by = serializers.ChoiceField([item.value for item in GroupBy], default=GroupBy.DAY.value)
    include_charts = serializers.BooleanField(default=True)
    include_tables = serializers.BooleanField(default=True)
    include_insights = serializers.BooleanField(default=True)
    classifications = ClassificationsField(required=False, allow_null=True)
    cameras = IdListField(max_items=MAX_FILTER_IDS, required=False, allow_null=True)
    deer = IdListField(max_items=MAX_FILTER_IDS, required=False, allow_null=True)
