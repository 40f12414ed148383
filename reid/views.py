"""The store over HTTP, read-only: lists with filters, search, ordering and cursor pagination.

Cursors, because these tables reach millions of rows: no page costs more than another, no list counts its rows,
and none is ordered by what no index holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_filters.rest_framework import (
    DjangoFilterBackend,
    FilterSet,
    MultipleChoiceFilter,
)
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.viewsets import ReadOnlyModelViewSet

from reid import models, serializers
from reid.classes import CHOICES
from reid.keyset import Pages

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response


class StoreViewSet(ReadOnlyModelViewSet[Any]):
    pagination_class = Pages
    filter_backends = (DjangoFilterBackend, SearchFilter, OrderingFilter)
    cursor_ordering: tuple[str] = ("pk",)
    """The field that a list is in order of (see `reid.keyset`): one that an index serves."""

    def answer_with(self, rows: QuerySet[Any], ordering: str) -> Response:
        """One page of `rows`, which belong to the object at hand, in this order."""
        self.cursor_ordering = (ordering,)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class CameraViewSet(StoreViewSet):
    """Named sites."""

    queryset = models.Camera.objects.all()
    serializer_class = serializers.CameraSerializer
    search_fields = ("name",)
    ordering_fields = cursor_ordering = ("name",)


class DeploymentViewSet(StoreViewSet):
    """The days on which a camera ran."""

    queryset = models.Deployment.objects.all()
    serializer_class = serializers.DeploymentSerializer
    filterset_fields = {"camera": ["exact"], "started_on": ["gte", "lte"]}
    ordering_fields = ("started_on",)
    cursor_ordering = ("started_on",)


class ImageViewSet(StoreViewSet):
    """Photographs."""

    queryset = models.Image.objects.all()
    serializer_class = serializers.ImageSerializer
    filterset_fields = {
        "camera": ["exact"],
        "encounter": ["exact"],
        "captured_at": ["gte", "lt", "isnull"],
    }
    search_fields = ("path",)
    ordering_fields = ("captured_at", "path")
    cursor_ordering = ("path",)


class DetectionFilter(FilterSet):  # type: ignore[misc]  # the package has no types
    # A generated column, which django-filter has no filter of its own for; give it several times for any of them.
    effective_class = MultipleChoiceFilter(choices=CHOICES)

    class Meta:
        model = models.Detection
        fields = {
            "image": ["exact"],
            "image__camera": ["exact"],
            "image__captured_at": ["gte", "lt", "isnull"],
            "sighting": ["exact"],
            "deer": ["exact", "isnull"],
            "identity_source": ["exact"],
            "is_valid": ["exact"],
            "is_reference": ["exact"],
            "flank": ["exact"],
        }


class DetectionViewSet(StoreViewSet):
    """Animals on photographs, with the identity each one has."""

    queryset = models.Detection.objects.select_related("image", "deer")
    serializer_class = serializers.DetectionSerializer
    filterset_class = DetectionFilter
    search_fields = ("deer__name",)
    ordering_fields = ("created_at",)
    cursor_ordering = ("-created_at",)

    @extend_schema(responses=serializers.SimilarityScoreSerializer(many=True))
    @action(detail=True, serializer_class=serializers.SimilarityScoreSerializer, filter_backends=())
    def scores(self, request: Request, pk: str) -> Response:
        """Every logged score of this detection, best first."""
        return self.answer_with(self.get_object().scores.all(), "-score")


class DeerViewSet(StoreViewSet):
    """Individual profiles, with what the store knows of each."""

    queryset = models.Deer.objects.with_history()
    serializer_class = serializers.DeerSerializer
    filterset_fields = {
        "sex": ["exact"],
        "status": ["exact"],
        "merged_into": ["exact", "isnull"],
    }
    search_fields = ("name", "notes")
    ordering_fields = cursor_ordering = ("name",)


class SimilarityScoreViewSet(StoreViewSet):
    """The log of every pair compared."""

    queryset = models.SimilarityScore.objects.all()
    serializer_class = serializers.SimilarityScoreSerializer
    filterset_fields = {
        "detection": ["exact"],
        "deer": ["exact"],
        "space": ["exact"],
        "run": ["exact"],
        "matched": ["exact"],
        "score": ["gte", "lte"],
    }
    ordering_fields = ("score", "calculated_at")
    cursor_ordering = ("-score",)


class ReidRunViewSet(StoreViewSet):
    """Runs of identification, backfill and training."""

    queryset = models.ReidRun.objects.all()
    serializer_class = serializers.ReidRunSerializer
    filterset_fields = ("kind", "state", "space")
    cursor_ordering = ("-started_at",)


class OperationViewSet(StoreViewSet):
    """Who changed identities, when and why."""

    queryset = models.Operation.objects.select_related("actor")
    serializer_class = serializers.OperationSerializer
    filterset_fields = ("kind", "run", "selection")
    cursor_ordering = ("-created_at",)

    @extend_schema(responses=serializers.IdentityEventSerializer(many=True))
    @action(detail=True, serializer_class=serializers.IdentityEventSerializer, filter_backends=())
    def events(self, request: Request, pk: str) -> Response:
        """Every field this operation changed, before and after."""
        return self.answer_with(self.get_object().events.all(), "pk")
