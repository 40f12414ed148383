"""Endpoints of the history of performance, read-only."""

from __future__ import annotations

from rest_framework import serializers

from analysis.monitoring.serializers import PerformanceSnapshotSerializer
from reid.api.filters import ListQuery, OrderingField
from reid.api.query import FlagField
from reid.api.store import StoreViewSet, described
from reid.models import PerformanceSnapshot


class PerformanceSnapshotQuery(ListQuery):
    space = serializers.UUIDField(source="scorer__space", help_text="Of the scorer.")
    space__is_active = FlagField(source="scorer__space__is_active")
    scorer = serializers.UUIDField()
    scorer__is_active = FlagField()
    period__gte = serializers.DateField()
    period__lte = serializers.DateField()
    ordering = OrderingField("period", "taken_at")


@described(
    plural="snapshots of performance",
    singular="a snapshot of performance",
    about="A snapshot says how well identification worked in one period by one scorer: rates, drift, alerts.",
)
class PerformanceSnapshotViewSet(StoreViewSet):
    """How well identification worked, a snapshot a period and scorer, newest first."""

    queryset = PerformanceSnapshot.objects.select_related("scorer")
    serializer_class = PerformanceSnapshotSerializer
    query_class = PerformanceSnapshotQuery
    cursor_ordering = ("-period",)
