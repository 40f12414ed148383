"""Serializers of the thresholds' requests and responses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from analysis.api.scorer_requests import ScorerQuery, StrictScorerRequest
from analysis.thresholds.queued_answers import State
from reid.api.filters import ListQuery, OrderingField
from reid.api.query import FlagField, OneOfField
from reid.api.serializers import ScorerSerializer, space_field
from reid.identifying import thresholds
from reid.identifying.thresholds import NOT_A_THRESHOLD
from reid.models import Threshold, threshold_override
from reid.strata import Stratum
from reid.units import SCORE_UNITS

NONE: Final = "none"
THRESHOLD_NEEDED: Final = "Name a threshold, or none."
NO_FIELD_TAKEN: Final = "This address takes no field."
THRESHOLD: Final = "9c1f6a52-2b7d-4e1c-8f0b-6f6f8a1d2c44"
SPACE: Final = "2f9d6a52-90d1-4f1c-8f0b-6f6f8a1d2c33"
SCORER: Final = "7b1e6a52-41d0-4f1c-8f0b-6f6f8a1d2c55"
_RECORD: Final = {
    "id": THRESHOLD,
    "space": SPACE,
    "scorer": {"id": SCORER, "kind": "embedding", "name": "general"},
    "value": 0.8123,
    "source": "analysis",
    "proof": "proven",
    "is_active": False,
    "assigns": "all",
    "overridden_by": None,
    "gallery_size": 20,
    "proposed_at": "2026-10-12T06:00:11Z",
    "approved_by": None,
    "approved_at": None,
    "replaces": None,
    "evidence": {"verdict": "RECOMMEND", "threshold": 0.8123, "rule_version": 2},
}
_COUNTS: Final = {"assigned_sightings": 412, "assigned_detections": 903, "sightings": 1420}


class ThresholdQuery(ListQuery):
    space = serializers.UUIDField(source="scorer__space", help_text="Of the scorer.")
    scorer = serializers.UUIDField()
    source = OneOfField(Threshold.Source.choices)  # type: ignore[assignment]  # a field, which DRF collects
    is_active = FlagField()
    ordering = OrderingField("proposed_at")


@extend_schema_serializer(examples=[OpenApiExample("a proposal", value=_RECORD)])
class ThresholdSerializer(serializers.ModelSerializer[Threshold]):
    """A threshold with its evidence, and whether that still holds."""

    # With `now` (reid.identifying.thresholds.Now) in the context; without it as much is read for every row.

    space = space_field()
    scorer = ScorerSerializer(read_only=True)
    value = serializers.FloatField(read_only=True, help_text="Matched is a score at or above it.")
    proof = serializers.SerializerMethodField(
        help_text="proven, unproven, or expired: and why, as the store stands now."
    )
    assigns = serializers.SerializerMethodField(
        help_text="all, or the sightings that it assigns alone; the others are left for review: their false names "
        "cannot be bounded."
    )
    overridden_by = serializers.SerializerMethodField(
        help_text="Of one in force: the score that runs use instead, unproven, while REID_THRESHOLD is set; else null."
    )
    approved_by = serializers.SlugRelatedField[Any](
        slug_field="username", read_only=True, allow_null=True
    )
    replaces = serializers.CharField(
        source="replaces_id", allow_null=True, read_only=True, help_text="Id of the one before."
    )
    evidence = serializers.DictField(
        read_only=True, help_text="All that the proposal rested on when it was made."
    )

    class Meta:
        model = Threshold
        fields = (
            *("id", "space", "scorer", "value", "source", "proof", "is_active"),
            *("assigns", "overridden_by"),
            *("gallery_size", "proposed_at", "approved_by", "approved_at", "replaces", "evidence"),
        )

    def get_proof(self, threshold: Threshold) -> str:
        return str(thresholds.validity(threshold, self.context.get("now")))

    @extend_schema_field({"type": "string", "enum": ["all", *Stratum]})
    def get_assigns(self, threshold: Threshold) -> str:
        return threshold.stratum or "all"

    def get_overridden_by(self, threshold: Threshold) -> float | None:
        units = threshold_override() if threshold.is_active else None
        return None if units is None else units / SCORE_UNITS


@extend_schema_field({"type": "string", "example": "0.8"})
class UnitsField(serializers.Field[Any, Any, Any, Any]):
    """A score above 0 and at most 1 with up to four decimals, in score units; None for the word none."""

    def to_internal_value(self, data: Any) -> int | str:
        if data == NONE:
            return NONE
        units = thresholds.units_of(data)
        if units is None:
            raise serializers.ValidationError(NOT_A_THRESHOLD.format(text=data), "invalid")
        return units


class WhatIfQuery(ScorerQuery):
    threshold = UnitsField(
        help_text="Above 0 and at most 1, with up to four decimals; none: if no threshold were in force."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "threshold" not in attrs:
            error = serializers.ErrorDetail(THRESHOLD_NEEDED, "required")
            raise serializers.ValidationError({"threshold": error})
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "counted",
            value={
                "state": "ready",
                "counts": _COUNTS,
                "summary": ["     412 sightings (903 detections) would be given a deer"],
                "refused": "",
                "computed_at": "2026-10-12T06:00:11Z",
                "seconds": 1.4,
            },
            response_only=True,
            status_codes=["200"],
        ),
        OpenApiExample(
            "being counted",
            value={
                **{"state": "waiting", "counts": None, "summary": [], "refused": ""},
                **{"computed_at": None, "seconds": 0.0},
            },
            response_only=True,
            status_codes=["202"],
        ),
    ]
)
class WhatIfAnswer(serializers.Serializer[Any]):
    """`counts` are null until a worker has counted; ask again after Retry-After."""

    state = serializers.ChoiceField([item.value for item in State])
    counts = serializers.DictField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text="`sightings` in all; of each kind of change its `_sightings` and `_detections`.",
    )
    summary = serializers.ListField(child=serializers.CharField(), help_text="The same in words.")
    refused = serializers.CharField(help_text="Why there is no answer; else empty.")
    computed_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.FloatField(help_text="What it took to count.")


@extend_schema_serializer(
    examples=[
        OpenApiExample("What is recommended", value={}, request_only=True),
        OpenApiExample("An operator's own", value={"value": 0.8}, request_only=True),
    ]
)
class ProposeRequest(StrictScorerRequest):
    value = serializers.DecimalField(
        max_digits=5,
        decimal_places=4,
        min_value=thresholds.SMALLEST,
        max_value=Decimal(1),
        required=False,
        help_text="An operator's own, which nothing proves; left out: the one that is recommended.",
    )


class ActRequest(serializers.Serializer[Any]):
    """An act takes no field: what it is done to stands in its address."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.initial_data:
            error = serializers.ErrorDetail(NO_FIELD_TAKEN, "unknown_field")
            raise serializers.ValidationError(dict.fromkeys(self.initial_data, error))
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "approved",
            value={
                "state": "ready",
                "message": "0.8123 is in force from the next run on.",
                "threshold": _RECORD
                | {
                    "is_active": True,
                    "approved_by": "mary",
                    "approved_at": "2026-10-12T07:31:40Z",
                },
            },
            response_only=True,
            status_codes=["200"],
        ),
        OpenApiExample(
            "being looked at",
            value={
                "state": "waiting",
                "message": "A worker looks whether 0.8123 still holds: send this again.",
                "threshold": _RECORD,
            },
            response_only=True,
            status_codes=["202"],
        ),
    ]
)
class ActAnswer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(
        [State.READY.value, State.WAITING.value], help_text="waiting: nothing was done yet."
    )
    message = serializers.CharField()
    threshold = ThresholdSerializer()
