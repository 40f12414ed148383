"""Endpoints of camera merges: each parses its request, calls `reid.cameras.merging`, and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response

from reid.api import filters
from reid.api.problems import ConflictProblem
from reid.api.query import StrictBody
from reid.api.review_requests import example
from reid.api.review_views import REFUSALS, ReviewerView
from reid.api.serializers import UndoableSerializer
from reid.api.store import StoreViewSet, described
from reid.cameras import merging
from reid.cameras.problems import MergeConflict, MergeProblem, UnknownMerge
from reid.models import Camera, CameraMerge

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request


@example(into="a4f1d7b0-3a5c-4a77-8a55-6f3c3e4d1b99", reason="one tree", dry_run=True)
class MergeCamerasRequest(StrictBody):
    into = serializers.PrimaryKeyRelatedField(
        queryset=Camera.everything.all(), help_text="The camera that goes on, under its own name."
    )
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500)
    dry_run = serializers.BooleanField(default=False, help_text="Count only; nothing is changed.")


class CameraMergeSerializer(UndoableSerializer[CameraMerge]):
    class Meta:
        model = CameraMerge
        fields = (
            *("id", "camera", "into", "reason", "actor", "created_at", "undone_at", "undone_by"),
        )


class CameraMergeResult(serializers.Serializer[Any]):
    """What a merge or its undo did; a dry run has no merge."""

    merge: Any = CameraMergeSerializer(allow_null=True)
    photographs = serializers.IntegerField(help_text="How many changed over, or came back.")
    deployments = serializers.IntegerField()
    outages = serializers.IntegerField()


class CameraMergeView(ReviewerView):
    """Base: a merge's problems as HTTP errors."""

    def handle_exception(self, exc: Exception) -> Response:
        match exc:
            case MergeConflict():
                exc = ConflictProblem(str(exc))
            case UnknownMerge():
                exc = NotFound(str(exc))
            case MergeProblem():
                exc = ValidationError(str(exc))
        return super().handle_exception(exc)


class MergeCamerasView(CameraMergeView):
    @extend_schema(
        operation_id="camera_merge",
        summary="Merge a camera into another one",
        description=(
            "Photographs, deployments, outages and clock corrections of the camera become those of the other one, and "
            "its name leads there. Refused where both ran, or were out, at the same time. The answer names the merge, "
            "which can be undone."
        ),
        request=MergeCamerasRequest,
        responses={
            201: CameraMergeResult,
            200: OpenApiResponse(CameraMergeResult, "What a dry run counted."),
        }
        | REFUSALS,
    )
    def post(self, request: Request, camera: UUID) -> Response:
        row = get_object_or_404(Camera.everything, pk=camera)
        body = MergeCamerasRequest(data=request.data)
        body.is_valid(raise_exception=True)
        report = merging.merge(row, actor=self.reviewer, **body.validated_data)
        if body.validated_data["dry_run"]:
            return Response(_result(report) | {"merge": None})
        return Response(_result(report), status=status.HTTP_201_CREATED)


class UndoCameraMergeView(CameraMergeView):
    @extend_schema(
        operation_id="camera_merge_undo",
        summary="Undo a camera merge",
        description=(
            "The merged camera is one of its own again and gets back what it had. What came to the other one since "
            "stays there. Refused where something of it belongs to a third camera by now."
        ),
        request=None,
        responses={200: CameraMergeResult} | REFUSALS,
    )
    def post(self, request: Request, merge: UUID) -> Response:
        return Response(_result(merging.undo(merge, actor=self.reviewer)))


def _result(report: merging.MergeReport) -> dict[str, Any]:
    return dict(CameraMergeResult(report).data)


@described(
    plural="camera merges",
    singular="a camera merge",
    about="A camera merge made two cameras one: by whom, when, and whether it was undone.",
)
class CameraMergeViewSet(StoreViewSet):
    """Which cameras were merged, by whom and when."""

    queryset = CameraMerge.objects.select_related("actor", "undone_by")
    serializer_class = CameraMergeSerializer
    query_class = filters.ListQuery
    cursor_ordering = ("-created_at",)
