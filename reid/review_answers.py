"""What a reviewer is shown, and what is said where a review was not done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from django.urls import reverse
from rest_framework import serializers, status
from rest_framework.exceptions import APIException

from reid.classes import DEER, SEX_CHOICES
from reid.models import Deer, Detection, Operation
from reid.serializers import OperationSerializer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from reid.review import Change, ReviewError, ReviewRefused


def crop_url(detection: UUID) -> str:
    return reverse("detection-crop", args=[detection])


class ShownDetection(serializers.ModelSerializer[Detection]):
    """Post all of them back in `versions`; only those that `is_identifiable` are shown and named."""

    captured_at = serializers.DateTimeField(source="image.captured_at", allow_null=True)
    is_identifiable = serializers.SerializerMethodField()
    crop = serializers.SerializerMethodField()

    class Meta:
        model = Detection
        fields = (
            *("id", "version", "captured_at", "effective_class", "flank", "flank_source"),
            *("is_identifiable", "crop"),
        )

    def get_is_identifiable(self, detection: Detection) -> bool:
        return detection.is_valid and detection.effective_class in DEER

    def get_crop(self, detection: Detection) -> str:
        return crop_url(detection.pk)


class ShownReference(serializers.Serializer[Any]):
    detection = serializers.UUIDField()
    flank = serializers.ChoiceField(Detection.Flank.choices)
    similarity = serializers.FloatField(min_value=0, max_value=1)
    crop = serializers.SerializerMethodField()

    def get_crop(self, reference: Any) -> str:
        return crop_url(reference.detection)


class ShownDeer(serializers.ModelSerializer[Deer]):
    sex = serializers.ChoiceField(SEX_CHOICES)

    class Meta:
        model = Deer
        fields = ("id", "name", "sex")


class ShownCandidate(serializers.Serializer[Any]):
    """`references`: its most alike one of each flank, best first."""

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

    def get_versions(self, done: Operation) -> dict[str, int]:
        changed = Detection.objects.filter(events__operation=done).order_by().distinct()
        return {str(key): version for key, version in changed.values_list("pk", "version")}


class ReviewPage(serializers.Serializer[Any]):
    """`item` is null where nothing waits. Without a threshold everything is a ranking only."""

    item = ShownItem(allow_null=True)
    remaining = serializers.IntegerField(min_value=0)
    reviewed = serializers.IntegerField(min_value=0, help_text="Yours, from the queue.")
    ranking_only = serializers.BooleanField()
    threshold = serializers.FloatField(
        source="threshold.value", default=None, allow_null=True, min_value=0, max_value=1
    )
    space = serializers.CharField(allow_null=True)


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that stands against a review; of a change also who made it, when and in which operation."""

    code: str
    field: str
    message: str
    before: Any = None
    after: Any = None
    by: str = ""
    at: datetime | None = None
    operation: UUID | None = None

    @classmethod
    def of(cls, change: Change, code: str) -> Self:
        return cls(
            code=code,
            field=f"{change.subject}.{change.id}.{change.field}",
            message=str(change),
            before=change.before,
            after=change.after,
            by=change.by,
            at=change.at,
            operation=change.operation,
        )


class Contradicted(APIException):
    """409: somebody changed it first, or the record says otherwise; `errors` lists what is known of it."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, error: ReviewError, code: str, changes: Sequence[Change] = ()) -> None:
        super().__init__(str(error), code)
        listed = tuple(Violation.of(change, code) for change in changes)
        self.errors = listed or (Violation(code, "", str(error)),)


class Refused(APIException):
    """409 where the record contradicts the review, else 400: the request itself makes no sense."""

    def __init__(self, error: ReviewRefused) -> None:
        self.status_code = (
            status.HTTP_409_CONFLICT if error.code == "conflict" else status.HTTP_400_BAD_REQUEST
        )
        super().__init__(str(error), error.code)
        self.errors = (Violation(error.code, error.field, str(error)),)


class ReviewProblem(serializers.Serializer[Any]):
    """A problem (RFC 9457); where somebody was faster each error says what changed, by whom and when."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    errors: Any = serializers.ListField(child=serializers.DictField())
