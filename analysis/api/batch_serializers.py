"""Serializers of batches and their certificates."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from analysis.recommendation.types import Verdict
from reid.models import AuditPlan


class CertifiedDocument(serializers.Serializer[Any]):
    """What is certified: for this batch, and for no other sighting."""

    claim = serializers.CharField()
    says = serializers.CharField(help_text="The proof, in words.")
    pairs = serializers.IntegerField(help_text="Sightings that it speaks of.")
    from_score = serializers.FloatField(min_value=0, max_value=1)
    judged = serializers.IntegerField()
    found_wrong = serializers.IntegerField(
        help_text="Judged, and not found right: these are not assigned."
    )
    is_judged_whole = serializers.BooleanField(help_text="Every sighting of it was judged.")


class BatchDocument(serializers.Serializer[Any]):
    """A batch that was opened; rates as shares of 1."""

    number = serializers.IntegerField(min_value=1, help_text="Which one of this store.")
    plan = serializers.UUIDField()
    status = serializers.ChoiceField(AuditPlan.Status.choices)
    scorer = serializers.UUIDField()
    alpha = serializers.FloatField()
    risk = serializers.FloatField(help_text="Of this batch; all together stay within 0.05.")
    opened_at = serializers.DateTimeField()
    is_assigned = serializers.BooleanField()
    operation = serializers.UUIDField(
        allow_null=True, help_text="The last assignment, which can be undone."
    )
    certified = CertifiedDocument(allow_null=True)


class BatchList(serializers.Serializer[Any]):
    batches = BatchDocument(many=True)


class JudgementsDocument(serializers.Serializer[Any]):
    """Judgements that certify it, by the number of errors among them; null where so many are too many."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {errors: serializers.IntegerField(allow_null=True, min_value=0) for errors in "012"}


class OfferedCandidateDocument(serializers.Serializer[Any]):
    threshold = serializers.FloatField(min_value=0, max_value=1)
    pairs = serializers.IntegerField()
    share = serializers.FloatField()
    judgements = JudgementsDocument()


class OfferDocument(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1)
    risk = serializers.FloatField()
    pairs = serializers.IntegerField(help_text="Sightings that could be named.")
    claim = serializers.CharField()
    candidates = OfferedCandidateDocument(many=True)


class OfferAnswer(serializers.Serializer[Any]):
    """What can be begun as the store stands; `batch` is null where no batch is offered."""

    verdict = serializers.ChoiceField([item.value for item in Verdict])
    reason = serializers.CharField()
    batch = OfferDocument(allow_null=True)


class AssignedAnswer(serializers.Serializer[Any]):
    says = serializers.CharField(help_text="What was done, in words.")
    sightings = serializers.IntegerField()
    left_out = serializers.DictField(child=serializers.IntegerField(), help_text="By the reason.")
    batch = BatchDocument()
