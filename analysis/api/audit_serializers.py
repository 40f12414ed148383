"""Serializers of the audit's requests and responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from analysis.api.scorer_requests import ScorerQuery, StrictScorerRequest
from analysis.recommendation.types import ALPHA_FDP, ALPHAS_FDP
from reid.api.review_pages import ANTLER_YEAR, OTHER_ANTLERS, crop_url
from reid.models import AuditPlan, Detection
from reid.taxonomy import CHOICES, SEX_CHOICES

if TYPE_CHECKING:
    from analysis.audit.lineup import Lineup

VERSION_LENGTH: Final = 16
DEER_NEEDED: Final = "Name the deer that was chosen."
NO_DEER_WANTED: Final = "Only the answer deer names one."
NO_SHARES_WANTED: Final = "Only a batch has shares."
PLAN: Final = "2f9d6a52-90d1-4f1c-8f0b-6f6f8a1d2c33"
DEER: Final = "0b7a3c52-1c5e-4f43-8f6e-b7b7c2a4d9e2"
SIGHTING: Final = "c2a9be0e-9a53-43f5-9b50-5d2a4e3f6a70"
DETECTION: Final = "6f0d4e0e-6d1c-4c57-9d0a-2f0b1f0a7c11"


class OfferQuery(ScorerQuery):
    alpha_fdp = serializers.ChoiceField(
        choices=ALPHAS_FDP,
        required=False,
        help_text=f"The share of wrong assignments that is to be proven; left out: {ALPHA_FDP}.",
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample("Prove 5 %", value={"alpha_fdp": 0.05}, request_only=True),
        OpenApiExample("A batch", value={"kind": "batch", "alpha_fdp": 0.05}, request_only=True),
    ]
)
class PlanRequest(StrictScorerRequest):
    alpha_fdp = serializers.ChoiceField(
        choices=ALPHAS_FDP,
        required=False,
        help_text=f"The share of wrong assignments to be proven; left out: {ALPHA_FDP}.",
    )
    kind = serializers.ChoiceField(
        choices=AuditPlan.Kind.choices,
        required=False,
        default=AuditPlan.Kind.THRESHOLD.value,
        help_text="batch: ask about the sightings that are there, where no threshold can be proven.",
    )
    shares = serializers.ListField(
        child=serializers.FloatField(),
        required=False,
        max_length=2,
        help_text="Of a batch: one or two shares of its sightings, best scores first; left out: those offered.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if "shares" in attrs and attrs["kind"] != AuditPlan.Kind.BATCH:
            raise serializers.ValidationError({"shares": NO_SHARES_WANTED})
        return attrs


class AnswerChoice:
    DEER = "deer"
    NONE = "none"
    CANNOT_TELL = "cannot_tell"
    ALL = (DEER, NONE, CANNOT_TELL)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "It is this one",
            value={"item": 17, "version": "9f2c0b6f4a1d7e30", "answer": "deer", "deer": DEER},
            request_only=True,
        ),
        OpenApiExample(
            "None of those shown",
            value={"item": 17, "version": "9f2c0b6f4a1d7e30", "answer": "none"},
            request_only=True,
        ),
    ]
)
class RecordRequest(StrictScorerRequest):
    item = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    version = serializers.CharField(
        max_length=VERSION_LENGTH, help_text="As the item was shown with; it ends when judged."
    )
    answer = serializers.ChoiceField(choices=AnswerChoice.ALL)
    deer = serializers.UUIDField(required=False, help_text="For the answer deer: which one.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        needs_deer = attrs["answer"] == AnswerChoice.DEER
        if needs_deer != ("deer" in attrs):
            text = DEER_NEEDED if needs_deer else NO_DEER_WANTED
            code = "required" if needs_deer else "invalid"
            raise serializers.ValidationError({"deer": serializers.ErrorDetail(text, code)})
        return attrs


class SeenDetection(serializers.ModelSerializer[Detection]):
    captured_at = serializers.DateTimeField(source="image.captured_at", allow_null=True)
    effective_class = serializers.ChoiceField(CHOICES)
    crop = serializers.SerializerMethodField()

    class Meta:
        model = Detection
        fields = ("id", "captured_at", "effective_class", "flank", "crop")

    def get_crop(self, detection: Detection) -> str:
        return crop_url(detection.pk)


class SeenReference(serializers.Serializer[Any]):
    """Without its similarity, which would whisper the answer."""

    detection = serializers.UUIDField()
    flank = serializers.ChoiceField(Detection.Flank.choices)
    antler_year = serializers.IntegerField(allow_null=True, help_text=ANTLER_YEAR)
    is_other_antler_year = serializers.BooleanField(
        source="is_other_season", help_text=OTHER_ANTLERS
    )
    crop = serializers.SerializerMethodField()

    def get_crop(self, reference: Any) -> str:
        return crop_url(reference.detection)


class SeenSuspect(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="deer.pk")
    name = serializers.CharField(source="deer.name")
    sex = serializers.ChoiceField(SEX_CHOICES, source="deer.sex")
    references = SeenReference(many=True)


class SeenItem(serializers.Serializer[Any]):
    """One of the three deer is claimed; which one, and how alike they are, is not said."""

    item = serializers.IntegerField(source="item.pk")
    version = serializers.CharField(help_text="Send it back with the answer.")
    sighting = serializers.UUIDField(source="item.sighting_id")
    camera = serializers.SerializerMethodField()
    detections = SeenDetection(many=True)
    deer = SeenSuspect(many=True, source="suspects")

    @extend_schema_field({"type": "string", "nullable": True})
    def get_camera(self, lineup: Lineup) -> str | None:
        camera = lineup.detections[0].image.camera if lineup.detections else None
        return camera.name if camera else None


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Something to judge",
            value={
                "plan": PLAN,
                "batch": None,
                "status": "open",
                "answers": 43,
                "more": 31,
                "candidate": 1,
                "candidates": 2,
                "item": {
                    "item": 17,
                    "version": "9f2c0b6f4a1d7e30",
                    "sighting": SIGHTING,
                    "camera": "North feeder",
                    "detections": [
                        {
                            "id": DETECTION,
                            "captured_at": "2025-10-01T06:12:00-05:00",
                            "effective_class": "buck",
                            "flank": "left",
                            "crop": f"/api/detections/{DETECTION}/crop",
                        }
                    ],
                    "deer": [{"id": DEER, "name": "Oak", "sex": "buck", "references": []}],
                },
            },
            response_only=True,
        )
    ]
)
class NextAnswer(serializers.Serializer[Any]):
    """`item` is null where nothing is left to judge, and `plan` where no audit is open; `batch` is the number of a batch."""

    plan = serializers.UUIDField(allow_null=True)
    batch = serializers.IntegerField(allow_null=True, min_value=1)
    status = serializers.ChoiceField(AuditPlan.Status.choices, allow_null=True)
    answers = serializers.IntegerField(
        min_value=0, help_text="Given so far; second looks and planted pairs count as well."
    )
    more = serializers.IntegerField(
        min_value=0, help_text="About so many judgements are left for the threshold under test."
    )
    candidate = serializers.IntegerField(
        allow_null=True, help_text="Which threshold is under test, from 1."
    )
    candidates = serializers.IntegerField(min_value=0, help_text="Thresholds of the plan.")
    item = SeenItem(allow_null=True)

    NONE_OPEN: Final = {
        **dict.fromkeys(("plan", "batch", "status", "candidate", "item")),
        **dict.fromkeys(("answers", "more", "candidates"), 0),
    }
    """What it says where no audit is open."""


class RecordAnswer(serializers.Serializer[Any]):
    item = serializers.IntegerField()
    plan = serializers.UUIDField()
    status = serializers.ChoiceField(AuditPlan.Status.choices)
