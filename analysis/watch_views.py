"""The history of performance over HTTP, read-only."""

from __future__ import annotations

from rest_framework import serializers

from analysis.watch_serializers import PerformanceSnapshotSerializer
from reid.list_queries import ListQuery, OrderingField
from reid.models import PerformanceSnapshot
from reid.query import FlagField
from reid.views import StoreViewSet


class PerformanceSnapshotQuery(ListQuery):
    space = serializers.UUIDField()
    space__is_active = FlagField()
    period__gte = serializers.DateField()
    period__lte = serializers.DateField()
    ordering = OrderingField("period", "taken_at")


class PerformanceSnapshotViewSet(StoreViewSet):
    """How well identification worked, a snapshot a period and embedding space, newest first."""

    queryset = PerformanceSnapshot.objects.all()
    serializer_class = PerformanceSnapshotSerializer
    query_class = PerformanceSnapshotQuery
    cursor_ordering = ("-period",)
