"""Serializers of an audit's documents: what is frozen, and how far it is."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from analysis.api.batch_serializers import BatchDocument
from analysis.recommendation.types import Verdict
from reid.models import AuditPlan


class CandidateDocument(serializers.Serializer[Any]):
    threshold = serializers.FloatField(min_value=0, max_value=1)
    assigned = serializers.IntegerField()
    audited = serializers.IntegerField()
    wrong = serializers.IntegerField()
    evidence = serializers.FloatField(help_text="It passes at 1 / risk.")
    fdp_estimate = serializers.FloatField(allow_null=True)
    fdp_corrected = serializers.FloatField(
        allow_null=True, help_text="The estimate, were as many wrong pairs missed as planted ones."
    )
    fdp_upper = serializers.FloatField()
    status = serializers.ChoiceField(["open", "passed", "failed"])


class PlantedDocument(serializers.Serializer[Any]):
    shown = serializers.IntegerField()
    missed = serializers.IntegerField(help_text="Planted wrong pairs that were called right.")
    limit = serializers.FloatField(help_text="Past this share the answers are not taken.")
    is_trusted = serializers.BooleanField()


class AuditDocument(serializers.Serializer[Any]):
    """As `audit_threshold plan --format json` says it; rates as shares of 1."""

    plan = serializers.UUIDField()
    kind = serializers.ChoiceField(AuditPlan.Kind.choices)
    batch = BatchDocument(allow_null=True)
    status = serializers.ChoiceField(AuditPlan.Status.choices)
    alpha = serializers.FloatField()
    risk = serializers.FloatField()
    population = serializers.IntegerField()
    audited = serializers.IntegerField()
    candidates = CandidateDocument(many=True)
    cannot_tell = serializers.IntegerField()
    second_looks = serializers.IntegerField()
    planted = PlantedDocument()


class MoreDocument(serializers.Serializer[Any]):
    audits = serializers.IntegerField()


class StatusDocument(AuditDocument):
    verdict = serializers.ChoiceField([item.value for item in Verdict])
    reason = serializers.CharField()
    more = MoreDocument()
