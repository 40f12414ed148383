"""Matched points over HTTP: where a photograph and one of a deer agree, for a reviewer to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound
from rest_framework.response import Response
from rest_framework.views import APIView

from reid.api.pictures.crops import NOT_SHOWN
from reid.api.problems import ReviewProblem
from reid.api.review_pages import crop_url
from reid.models import Deer, Detection, Scorer
from reid.patterns.keypoints import NoKeypoints
from reid.scoring.explain import explain

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request


NO_DEER: Final = "There is no deer of this id."


class BackgroundLost(APIException):
    """409: what chance is measured by cannot be read; the sentence says what to do."""

    status_code = status.HTTP_409_CONFLICT


class SizeField(serializers.ListField):
    """Width and height in pixels."""

    child = serializers.IntegerField()


class MatchedPointDocument(serializers.Serializer[Any]):
    """Places as fractions of the crops' widths and heights, from the top left."""

    x = serializers.FloatField(min_value=0, max_value=1)
    y = serializers.FloatField(min_value=0, max_value=1)
    reference_x = serializers.FloatField(min_value=0, max_value=1)
    reference_y = serializers.FloatField(min_value=0, max_value=1)
    weight = serializers.FloatField(help_text="How much more alike than chance brings, above 0.")


class MatchesDocument(serializers.Serializer[Any]):
    """Strongest first. Where there are none, `says` says why, and `reference` may be null."""

    says = serializers.CharField()
    crop = serializers.SerializerMethodField()
    size = SizeField(allow_null=True)
    reference = serializers.UUIDField(
        allow_null=True, help_text="The photograph of the deer that it agrees with most."
    )
    reference_crop = serializers.SerializerMethodField()
    reference_size = SizeField(allow_null=True)
    points = MatchedPointDocument(many=True)

    def get_crop(self, found: Any) -> str:
        return crop_url(self.context["detection"])

    def get_reference_crop(self, found: Any) -> str | None:
        return crop_url(found.reference) if found.reference else None


class MatchesView(APIView):
    @extend_schema(
        operation_id="detections_matches",
        summary="Get the matched points of a detection and a deer",
        description=(
            "The places in which the coat of the detection agrees with that reference of the deer that it agrees with "
            "most, by the patterns of the active scorer. Of the deer's references those of its own encounter and of the "
            "other flank are left out, and those of other antler years where REID_ANTLER_SEASONS says so, as in the score."
        ),
        responses={
            200: MatchesDocument,
            404: OpenApiResponse(ReviewProblem, "There is no such detection, or no such deer."),
            409: OpenApiResponse(ReviewProblem, "The file of the background is lost."),
        },
    )
    def get(self, request: Request, detection: UUID, deer: UUID) -> Response:
        shown = (
            Detection.objects.public()
            .select_related("sighting", "image")
            .filter(pk=detection)
            .first()
        )
        if shown is None:
            raise NotFound(NOT_SHOWN)
        profile = Deer.objects.filter(pk=deer).first()
        if profile is None:
            raise NotFound(NO_DEER)
        try:
            found = explain(shown, profile, Scorer.objects.active())
        except NoKeypoints as error:
            raise BackgroundLost(str(error)) from error
        document = MatchesDocument(found, context={"detection": detection})
        return Response(document.data, headers={"Cache-Control": "no-store"})
