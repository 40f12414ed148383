"""The store over HTTP, read-only: lists with filters, search, ordering and cursor pagination.

Cursors, because these tables reach millions of rows: no page costs more than another, no list counts its rows,
and none is ordered by what no index holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.template import loader
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.filters import BaseFilterBackend
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.viewsets import ReadOnlyModelViewSet

from reid import models
from reid.api import filters, serializers
from reid.api.pagination import Pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response


_View = TypeVar("_View", bound="StoreViewSet")


def described(*, plural: str, singular: str, about: str) -> Callable[[type[_View]], type[_View]]:
    """Class decorator: a list and its rows in the OpenAPI document, in words for readers."""
    describe: Callable[[type[_View]], type[_View]] = extend_schema_view(
        list=extend_schema(
            summary=f"List {plural}",
            description=f"{about} The rows come in pages: follow next until it is null.",
        ),
        retrieve=extend_schema(summary=f"Get {singular}", description=about),
    )
    return describe


class QueryFilter(BaseFilterBackend):
    """Query parameters narrow a list; the browsable API has a form for them."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        return view.query_class().narrowed(queryset, view.params)

    def to_html(self, request: Request, queryset: Any, view: Any) -> str:
        form = view.query_class(view.params)
        for field in form.fields.values():
            field.allow_null = True  # so that a choice need not be made
        return loader.get_template("pages/filters.html").render({"form": form})


class StoreViewSet(ReadOnlyModelViewSet[Any]):
    pagination_class = Pages
    filter_backends = (QueryFilter,)
    query_class: type[filters.ListQuery] = filters.ListQuery
    """Reads the query parameters of the list."""
    cursor_ordering: tuple[str] = ("pk",)
    """The field that a list is in order of (see `reid.api.pagination`): one that an index serves."""
    params: dict[str, Any]

    def query(self) -> filters.ListQuery | None:
        """The query parameters of this address; None where it is no list."""
        return None if self.action in (None, "retrieve", "metadata") else self.query_class()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse parameters that the list does not know, whoever is let in. Raises ValidationError."""
        super().initial(request, *args, **kwargs)
        of_form = isinstance(request.accepted_renderer, BrowsableAPIRenderer)
        query = self.query()
        self.params = query.read(request.query_params, of_form=of_form) if query else {}

    def answer_with(self, rows: QuerySet[Any], ordering: str) -> Response:
        """One page of `rows`, which belong to the object at hand, in this order."""
        self.cursor_ordering = (ordering,)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


@described(
    plural="cameras",
    singular="a camera",
    about="A camera is a named site. Its position and time zone are those that were imported or set in the admin.",
)
class CameraViewSet(StoreViewSet):
    """Named sites."""

    queryset = models.Camera.objects.all()
    serializer_class = serializers.CameraSerializer
    query_class = filters.CameraQuery
    cursor_ordering = ("name",)


@described(
    plural="deployments",
    singular="a deployment",
    about="A deployment is the span of local days on which a camera ran. Effort is counted from deployments where there are any.",
)
class DeploymentViewSet(StoreViewSet):
    """The days on which a camera ran."""

    queryset = models.Deployment.objects.all()
    serializer_class = serializers.DeploymentSerializer
    query_class = filters.DeploymentQuery
    cursor_ordering = ("started_on",)


@described(
    plural="photographs",
    singular="a photograph",
    about="A photograph has its file, its camera and the moment at which it was taken, null where that is unknown; a frame of a video "
    "has the video, its number in it from 0, and its seconds from the first frame.",
)
class ImageViewSet(StoreViewSet):
    """Photographs."""

    queryset = models.Image.objects.select_related("video").prefetch_related("tags")
    serializer_class = serializers.ImageSerializer
    query_class = filters.ImageQuery
    cursor_ordering = ("path",)


@described(
    plural="detections",
    singular="a detection",
    about="A detection is one animal on one photograph: where it is, what it is, which deer it is and who said so.",
)
class DetectionViewSet(StoreViewSet):
    """Animals on photographs, with the identity each one has."""

    queryset = models.Detection.objects.select_related("image", "deer", "torso__head")
    serializer_class = serializers.DetectionSerializer
    query_class = filters.DetectionQuery
    cursor_ordering = ("-created_at",)

    @extend_schema(
        summary="List the scores of a detection",
        description="Every logged score of this detection, the best first, in pages.",
        responses=serializers.SimilarityScoreSerializer(many=True),
    )
    @action(
        detail=True,
        serializer_class=serializers.SimilarityScoreSerializer,
        query_class=filters.ListQuery,
    )
    def scores(self, request: Request, pk: str) -> Response:
        """Every logged score of this detection, best first."""
        rows = self.get_object().scores.select_related("scorer")
        return self.answer_with(rows, "-score")


@described(
    plural="deer",
    singular="a deer",
    about="A deer is the profile of one animal, with how often and when it was seen. One that was merged into another names it.",
)
class DeerViewSet(StoreViewSet):
    """Individual profiles, with what the store knows of each."""

    queryset = models.Deer.objects.with_history().prefetch_related("tags", "seasons__noted_by")
    serializer_class = serializers.DeerSerializer
    query_class = filters.DeerQuery
    cursor_ordering = ("name",)


@described(
    plural="scores",
    singular="a score",
    about="A score says how alike a detection and a deer are, and is logged for every pair that was compared. Review never changes it.",
)
class SimilarityScoreViewSet(StoreViewSet):
    """The log of every pair compared."""

    queryset = models.SimilarityScore.objects.select_related("scorer")
    serializer_class = serializers.SimilarityScoreSerializer
    query_class = filters.SimilarityScoreQuery
    cursor_ordering = ("-score",)


@described(
    plural="runs",
    singular="a run",
    about="A run is one pass of identification, of recalculation, of training or of applying a threshold, with how far it is and what it counted.",
)
class ReidRunViewSet(StoreViewSet):
    """Runs of identification, backfill and training."""

    queryset = models.ReidRun.objects.select_related("scorer", "detector")
    serializer_class = serializers.ReidRunSerializer
    query_class = filters.ReidRunQuery
    cursor_ordering = ("-started_at",)


@described(
    plural="operations",
    singular="an operation",
    about="An operation is one change of identities: by whom, when, why, and whether it was undone.",
)
class OperationViewSet(StoreViewSet):
    """Who changed identities, when and why."""

    queryset = models.Operation.objects.select_related("actor")
    serializer_class = serializers.OperationSerializer
    query_class = filters.OperationQuery
    cursor_ordering = ("-created_at",)

    @extend_schema(
        summary="List the changes of an operation",
        description="Every field that this operation changed, with its value before and after, in pages.",
        responses=serializers.IdentityEventSerializer(many=True),
    )
    @action(
        detail=True,
        serializer_class=serializers.IdentityEventSerializer,
        query_class=filters.ListQuery,
    )
    def events(self, request: Request, pk: str) -> Response:
        """Every field this operation changed, before and after."""
        return self.answer_with(self.get_object().events.all(), "pk")
