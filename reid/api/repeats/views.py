"""Endpoints of repeats: the list, one, and the answer of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from reid.api import filters
from reid.api.query import StrictBody
from reid.api.review_views import REFUSALS, ReviewerView
from reid.api.store import StoreViewSet, described
from reid.models import Repeat, RepeatAnswer
from reid.repeats.answers import ACTS

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request


class RepeatQuery(filters.ListQuery):
    camera = serializers.UUIDField()


class RepeatSerializer(serializers.ModelSerializer[Repeat]):
    box: Any = serializers.SerializerMethodField(
        help_text="Left, top, right and bottom edge, as shares of the photograph's width and height."
    )
    answer: Any = serializers.ChoiceField(
        [item.value for item in RepeatAnswer], read_only=True, help_text="What a person said of it."
    )
    kept_by = serializers.CharField(
        source="kept_by.username", default=None, allow_null=True, read_only=True
    )
    examples: Any = serializers.ListField(
        child=serializers.UUIDField(),
        read_only=True,
        help_text="Detections at the place, spread over the time.",
    )

    class Meta:
        model = Repeat
        fields = (
            *("id", "camera", "box", "frames", "encounters", "first_at", "last_at", "examples"),
            *("found_at", "answer", "removal", "kept_at", "kept_by"),
        )

    def get_box(self, repeat: Repeat) -> list[float]:
        edges = (repeat.left, repeat.top, repeat.right, repeat.bottom)
        return [round(edge, 4) for edge in edges]


class AnswerRequest(StrictBody):
    """Take-back takes an answer back: the place is open again, and removed boxes count again."""

    answer = serializers.ChoiceField(list(ACTS))


@described(
    plural="repeats",
    singular="a repeat",
    about=(
        "A repeat is a place of a camera's view at which a detector boxed the same thing again and again, such as a stump or a "
        "feeder: one suspicion, which a person removes or keeps."
    ),
)
class RepeatViewSet(StoreViewSet):
    """Places that are suspected, and what people said of them."""

    queryset = Repeat.objects.select_related("kept_by", "removal__undone_by")
    serializer_class = RepeatSerializer
    query_class = RepeatQuery
    cursor_ordering = ("-found_at",)


class AnswerRepeatView(ReviewerView):
    """The answer to one suspicion."""

    @extend_schema(
        operation_id="repeats_answer",
        summary="Answer a repeat",
        description=(
            "remove: there is no animal; all boxes at the place that nobody has named, reviewed, drawn or moved are thrown out in "
            "one operation, `removal`, which can be undone. keep: these are animals; the place is not suspected again. take-back: "
            "neither of them."
        ),
        request=AnswerRequest,
        responses={200: RepeatSerializer} | REFUSALS,
    )
    def post(self, request: Request, repeat: UUID) -> Response:
        body = AnswerRequest(data=request.data)
        body.is_valid(raise_exception=True)
        row = ACTS[body.validated_data["answer"]](repeat, actor=self.reviewer)
        return Response(RepeatSerializer(row).data)
