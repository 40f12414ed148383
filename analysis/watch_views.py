"""The history of performance over HTTP, read-only."""

from __future__ import annotations

from analysis.watch_serializers import PerformanceSnapshotSerializer
from reid.models import PerformanceSnapshot
from reid.views import StoreViewSet


class PerformanceSnapshotViewSet(StoreViewSet):
    """How well identification worked, a snapshot a period and embedding space, newest first."""

    queryset = PerformanceSnapshot.objects.all()
    serializer_class = PerformanceSnapshotSerializer
    filterset_fields = {
        "space": ["exact"],
        "space__is_active": ["exact"],
        "period": ["gte", "lte"],
    }
    ordering_fields = ("period", "taken_at")
    cursor_ordering = ("-period",)
