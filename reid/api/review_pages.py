"""Bodies of review responses: what a reviewer is shown, and the errors of a review that was not done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from rest_framework import serializers

from reid.api.serializers import OperationSerializer, ScorerSerializer
from reid.models import Deer, Detection, Operation
from reid.taxonomy import SEX_CHOICES

if TYPE_CHECKING:
    from uuid import UUID


def crop_url(detection: UUID) -> str:
    return reverse("detection-crop", args=[detection])


ANTLER_YEAR: Final = "The year in which the antlers grew that it shows; null where it is no buck's, or its time is not known."
OTHER_ANTLERS: Final = (
    "Whether it shows the antlers of another year than the sighting does: compare the rest of the animal. References "
    "of which this is true come last."
)


class ShownDetection(serializers.ModelSerializer[Detection]):
    """Post all of them back in `versions`; only those that `is_identifiable` are shown and named."""

    captured_at = serializers.DateTimeField(source="image.captured_at", allow_null=True)
    antler_year = serializers.IntegerField(read_only=True, allow_null=True, help_text=ANTLER_YEAR)
    is_identifiable = serializers.SerializerMethodField()
    crop = serializers.SerializerMethodField()

    class Meta:
        model = Detection
        fields = (
            *("id", "version", "captured_at", "effective_class", "flank", "flank_source"),
            *("antler_year", "is_identifiable", "crop"),
        )

    def get_is_identifiable(self, detection: Detection) -> bool:
        return detection.is_identifiable

    def get_crop(self, detection: Detection) -> str:
        return crop_url(detection.pk)


class ShownReference(serializers.Serializer[Any]):
    detection = serializers.UUIDField()
    flank = serializers.ChoiceField(Detection.Flank.choices)
    similarity = serializers.FloatField(min_value=0, max_value=1)
    antler_year = serializers.IntegerField(allow_null=True, help_text=ANTLER_YEAR)
    is_other_antler_year = serializers.BooleanField(
        source="is_other_season", help_text=OTHER_ANTLERS
    )
    crop = serializers.SerializerMethodField()

    def get_crop(self, reference: Any) -> str:
        return crop_url(reference.detection)


class ShownDeer(serializers.ModelSerializer[Deer]):
    sex = serializers.ChoiceField(SEX_CHOICES)

    class Meta:
        model = Deer
        fields = ("id", "name", "sex")


class ShownCandidate(serializers.Serializer[Any]):
    """`references`: its most alike one of each flank, best first; then, of a buck, those of other antler years."""

    rank = serializers.IntegerField(min_value=1)
    deer = ShownDeer()
    score = serializers.FloatField(min_value=0, max_value=1)
    references = ShownReference(many=True)


class ShownItem(serializers.Serializer[Any]):
    sighting = serializers.UUIDField(source="sighting.pk")
    selection = serializers.ChoiceField(
        Operation.Selection.choices, help_text="Send it back with the review."
    )
    camera = serializers.CharField(source="sighting.encounter.camera", allow_null=True)
    assigned = serializers.CharField(
        allow_null=True, help_text="The deer that a run gave it, or null."
    )
    margin = serializers.FloatField(
        source="comparison.margin",
        allow_null=True,
        help_text="Best score less the second; null where there is one candidate or none.",
    )
    detections = ShownDetection(many=True)
    candidates = ShownCandidate(many=True, source="comparison.candidates")


class FlankSet(OperationSerializer):
    """The operation, and the versions with which the same sighting can be reviewed on."""

    versions = serializers.SerializerMethodField()

    class Meta(OperationSerializer.Meta):
        fields: tuple[str, ...] = (*OperationSerializer.Meta.fields, "versions")  # type: ignore[assignment]

    def get_versions(self, operation: Operation) -> dict[str, int]:
        detections = Detection.objects.filter(events__operation=operation).order_by().distinct()
        return {str(key): version for key, version in detections.values_list("pk", "version")}


class ReviewPage(serializers.Serializer[Any]):
    """`item` is null where nothing waits but what is being compared. Without a threshold everything is a ranking only."""

    item = ShownItem(allow_null=True)
    remaining = serializers.IntegerField(min_value=0)
    comparing = serializers.IntegerField(
        min_value=0,
        help_text="Of those that remain: a run that begins by itself compares them with known deer first.",
    )
    reviewed = serializers.IntegerField(min_value=0, help_text="Yours, from the queue.")
    ranking_only = serializers.BooleanField()
    threshold = serializers.FloatField(
        source="assigns_at", default=None, allow_null=True, min_value=0, max_value=1
    )
    space = serializers.CharField(source="scorer.space", allow_null=True)
    scorer = ScorerSerializer(allow_null=True)
