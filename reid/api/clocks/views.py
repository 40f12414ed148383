"""Endpoints of clock corrections: each parses its request, calls `reid.importing.clocks.corrections`, and answers."""

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
from reid.importing.clocks import corrections
from reid.importing.clocks.corrections import CorrectionConflict, CorrectionProblem
from reid.models import Camera, ClockCorrection

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

NO_CORRECTION = "There is no clock correction {key}."


@example(shift="+1h", reason="summer time was never set", dry_run=True)
class CorrectClockRequest(StrictBody):
    shift = serializers.CharField(
        required=False, max_length=40, help_text="Time to add, such as +1h30m or -45s."
    )
    set_from = serializers.CharField(
        required=False, max_length=40, help_text="What the clock showed; instead of shift."
    )
    to = serializers.CharField(
        required=False, max_length=40, help_text="What the time was when it showed that."
    )
    first_day = serializers.DateField(
        required=False, help_text="Days as the wrong clock has them, both inclusive."
    )
    last_day = serializers.DateField(required=False)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500)
    dry_run = serializers.BooleanField(default=False, help_text="Count only; nothing is changed.")


class ClockCorrectionSerializer(UndoableSerializer[ClockCorrection]):
    class Meta:
        model = ClockCorrection
        fields = (
            *("id", "camera", "seconds", "first_day", "last_day", "reason", "actor", "created_at"),
            *("undone_at", "undone_by"),
        )


class ClockCorrectionResult(serializers.Serializer[Any]):
    """What a correction or its undo did; a dry run has no correction."""

    correction: Any = ClockCorrectionSerializer(allow_null=True)
    photographs = serializers.IntegerField(help_text="How many were moved.")
    seconds = serializers.FloatField()


class ClockView(ReviewerView):
    """Base: a correction's problems as HTTP errors."""

    def handle_exception(self, exc: Exception) -> Response:
        match exc:
            case CorrectionConflict():
                exc = ConflictProblem(str(exc))
            case CorrectionProblem():
                exc = ValidationError(str(exc))
        return super().handle_exception(exc)


class CorrectClockView(ClockView):
    @extend_schema(
        operation_id="camera_correct_clock",
        summary="Correct a camera's clock",
        description=(
            "Moves the camera's photographs in time and builds their encounters anew. The answer names the "
            "correction, which can be undone."
        ),
        request=CorrectClockRequest,
        responses={
            201: ClockCorrectionResult,
            200: OpenApiResponse(ClockCorrectionResult, "What a dry run counted."),
        }
        | REFUSALS,
    )
    def post(self, request: Request, camera: UUID) -> Response:
        body = CorrectClockRequest(data=request.data)
        body.is_valid(raise_exception=True)
        wanted, row = body.validated_data, get_object_or_404(Camera, pk=camera)
        shift = corrections.shift_of(
            row, **{name: wanted[name] for name in ("shift", "set_from", "to") if name in wanted}
        )
        correction, count = corrections.correct(
            row,
            shift,
            actor=self.reviewer,
            first_day=wanted.get("first_day"),
            last_day=wanted.get("last_day"),
            reason=wanted.get("reason", ""),
            dry_run=wanted["dry_run"],
        )
        result = {
            "correction": None if wanted["dry_run"] else correction,
            "photographs": count,
            "seconds": correction.seconds,
        }
        status_code = status.HTTP_200_OK if wanted["dry_run"] else status.HTTP_201_CREATED
        return Response(ClockCorrectionResult(result).data, status=status_code)


class UndoClockCorrectionView(ClockView):
    @extend_schema(
        operation_id="clock_correction_undo",
        summary="Undo a clock correction",
        description="Gives every photograph of it its time back. Refused where one was moved again since.",
        request=None,
        responses={200: ClockCorrectionResult} | REFUSALS,
    )
    def post(self, request: Request, correction: UUID) -> Response:
        try:
            row, count = corrections.undo(correction, actor=self.reviewer)
        except ClockCorrection.DoesNotExist as error:
            raise NotFound(NO_CORRECTION.format(key=correction)) from error
        result = {"correction": row, "photographs": count, "seconds": -row.seconds}
        return Response(ClockCorrectionResult(result).data)


@described(
    plural="clock corrections",
    singular="a clock correction",
    about="A clock correction moved photographs of a camera in time: by whom, when, how far, and whether it was undone.",
)
class ClockCorrectionViewSet(StoreViewSet):
    """Who moved photographs of which camera in time."""

    queryset = ClockCorrection.objects.select_related("actor", "undone_by")
    serializer_class = ClockCorrectionSerializer
    query_class = filters.ListQuery
    cursor_ordering = ("-created_at",)
