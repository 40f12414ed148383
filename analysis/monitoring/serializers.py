"""Serializers of the history: its records over HTTP, and those of `watch_reid --format json`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from analysis.monitoring.alerts import Alert, AlertState
from reid.api.serializers import ScorerSerializer, space_field
from reid.models import PerformanceSnapshot
from reid.units import SCORE_UNITS

ALERTS = [(item.value, item.name.replace("_", " ").capitalize()) for item in Alert]
ALERT_STATES = [(item.value, item.value) for item in AlertState]

_EXAMPLE = {
    "id": 12,
    "space": "2f9d6a52-90d1-4f1c-8f0b-6f6f8a1d2c33",
    "scorer": {
        "id": "7b1e6a52-41d0-4f1c-8f0b-6f6f8a1d2c55",
        "kind": "embedding",
        "name": "general",
    },
    "period": "2026-10-12",
    "taken_at": "2026-10-12T06:00:11Z",
    "starts_baseline": False,
    "gallery_fingerprint": "8c0e5d3f",
    "deer": 20,
    "references": 143,
    "threshold": 0.8123,
    "threshold_state": "proven",
    "eligible": 1420,
    "assigned": 781,
    "assignment_rate": 0.55,
    "new_sightings": 64,
    "reviewed_sightings": 12,
    "stale_detections": 0,
    "baseline_trials": 1210,
    "baseline_assigned": 690,
    "sample_trials": 64,
    "sample_assigned": 19,
    "sample_rate": 0.297,
    "rate_centre": 0.5702,
    "rate_lower": 0.3757,
    "rate_upper": 0.7506,
    "psi": 0.31,
    "psi_bound": 0.447,
    "trainable_deer": 24,
    "new_trainable_deer": 4,
    "verdict": "KEEP_CURRENT",
    "reason": "The threshold in force is proven.",
    "gates": [],
    "best_scores": {"all": [0, 12, 1408], "baseline": [0, 9, 1201], "sample": [0, 2, 62]},
    "alerts": [
        {
            "kind": "rate_fell",
            "state": "raised",
            "since": "2026-10-12",
            "text": "Of the last 64 sightings 29.7% were assigned, below the control limit of 37.6%.",
        }
    ],
}


class AlertSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=ALERTS)
    state = serializers.ChoiceField(
        choices=ALERT_STATES, help_text="raised: new; on: as before; cleared: over."
    )
    since = serializers.DateField(help_text="The period in which it was raised.")
    text = serializers.CharField(help_text="What was found, and what to do.")


@extend_schema_serializer(examples=[OpenApiExample("a fallen rate", value=_EXAMPLE)])
class PerformanceSnapshotSerializer(serializers.ModelSerializer[PerformanceSnapshot]):
    """Rates are shares of 1, the threshold is a similarity; what is not defined is null."""

    space = space_field()
    scorer = ScorerSerializer(read_only=True)
    threshold = serializers.SerializerMethodField(
        help_text="The threshold in force in [0, 1], or null where none was approved."
    )
    assignment_rate = serializers.FloatField(
        source="rate", allow_null=True, read_only=True, help_text="assigned / eligible."
    )
    sample_rate = serializers.FloatField(
        allow_null=True, read_only=True, help_text="sample_assigned / sample_trials."
    )
    gates = serializers.ListField(child=serializers.CharField(), read_only=True)
    best_scores = serializers.DictField(
        child=serializers.ListField(child=serializers.IntegerField()),
        read_only=True,
        help_text="all, baseline and sample: sightings by best score, in 20 bars of 0.05.",
    )
    alerts = AlertSerializer(many=True, read_only=True)

    class Meta:
        model = PerformanceSnapshot
        fields = (
            *("id", "space", "scorer", "period", "taken_at", "starts_baseline"),
            *("gallery_fingerprint", "deer", "references", "threshold", "threshold_state"),
            *("eligible", "assigned", "assignment_rate"),
            *("new_sightings", "reviewed_sightings", "stale_detections"),
            *("baseline_trials", "baseline_assigned", "sample_trials", "sample_assigned"),
            *("sample_rate", "rate_centre", "rate_lower", "rate_upper", "psi", "psi_bound"),
            *("trainable_deer", "new_trainable_deer", "verdict", "reason", "gates"),
            *("best_scores", "alerts"),
        )

    def get_threshold(self, snapshot: PerformanceSnapshot) -> float | None:
        return None if snapshot.threshold is None else snapshot.threshold / SCORE_UNITS
