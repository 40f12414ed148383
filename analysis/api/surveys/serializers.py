"""Requests and answers of surveys."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from analysis.surveys.services import LONGEST_NAME, State
from reid.api.filters import ListQuery, OrderingField, SearchField
from reid.api.query import StrictBody
from reid.api.review_requests import example
from reid.models import Survey

STATES = [(item.value, item.value) for item in State]


class SurveyQuery(ListQuery):
    search = SearchField("name")
    start__gte = serializers.DateField()
    start__lte = serializers.DateField()
    ordering = OrderingField("start", "created_at")


class SurveySerializer(serializers.ModelSerializer[Survey]):
    made_by = serializers.CharField(
        source="made_by.username", default=None, allow_null=True, read_only=True
    )

    class Meta:
        model = Survey
        fields: tuple[str, ...] = (
            *("id", "name", "start", "end", "occasion_days", "basis", "cameras", "habitat_km2"),
            *("one_side", "note", "made_by", "created_at", "estimated_at", "problem"),
        )


class SurveyDetailSerializer(SurveySerializer):
    state = serializers.ChoiceField(
        choices=STATES,
        default=State.NONE.value,
        read_only=True,
        help_text="Of the estimate: none, waiting, ready or failed; problem says why it failed.",
    )
    result = serializers.JSONField(
        read_only=True,
        allow_null=True,
        help_text="Document of the estimates, as estimate_population --format json writes it; null until they are computed.",
    )

    class Meta(SurveySerializer.Meta):
        fields = (*SurveySerializer.Meta.fields, "state", "frozen_sha256", "result")


@example(
    name="2025 autumn",
    start="2025-10-01",
    end="2025-10-28",
    occasion_days=7,
    basis="both",
    habitat_km2=8.5,
)
class MakeSurveyRequest(StrictBody):
    name = serializers.CharField(max_length=LONGEST_NAME)
    start = serializers.DateField(help_text="First day, in each camera's own days.")
    end = serializers.DateField(help_text="Last day, included.")
    occasion_days = serializers.IntegerField(
        default=7, min_value=1, max_value=366, help_text="Days of one occasion."
    )
    basis: Any = serializers.ChoiceField(
        choices=Survey.Basis.choices,
        default=Survey.Basis.BOTH.value,
        help_text="Names that count: given by people, by the machine, or both.",
    )
    cameras = serializers.ListField(
        child=serializers.CharField(max_length=200),
        default=list,
        max_length=1_000,
        help_text="Names of cameras; empty: all.",
    )
    habitat_km2 = serializers.FloatField(
        default=None, allow_null=True, help_text="Area that deer can use, in square kilometres."
    )
    one_side = serializers.BooleanField(
        default=False, help_text="Whether captures of left and right flanks cannot be joined."
    )
    note = serializers.CharField(default="", allow_blank=True, max_length=5_000)
