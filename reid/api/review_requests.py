"""Shapes of review requests, as they are checked and as the OpenAPI document shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from reid.api.query import Query, StrictBody
from reid.models import Detection, Operation
from reid.reviewing import NAME_LENGTH
from reid.taxonomy import CHOICES

if TYPE_CHECKING:
    from uuid import UUID

MOST: Final = 10_000
"""Detections or sightings that one review may name."""
SHOWN_AT_MOST: Final = 100
SELECTIONS: Final = [
    (one.value, one.label)
    for one in (
        Operation.Selection.QUEUE,
        Operation.Selection.RANDOM,
        Operation.Selection.SEARCH,
        Operation.Selection.DOUBT,
    )
]
"""Selections that a client may send; audits and imports have endpoints of their own."""
A_DAY: Final = 86_400.0  # seconds

NOT_A_DETECTION: Final = "{key} is no detection id."
NOTHING_GIVEN: Final = "Give a classification, flanks, or both."

DETECTION: Final = "6f0d4e0e-6d1c-4c57-9d0a-2f0b1f0a7c11"
OTHER_DETECTION: Final = "2d1c8b5e-4f0a-4a7e-9c63-7e5b1d2f3a48"
DEER: Final = "0b7a3c52-1c5e-4f43-8f6e-b7b7c2a4d9e2"
OTHER_DEER: Final = "5e8c1f0b-7f7e-4c1f-9d55-08a3f6c8b2a1"
SIGHTING: Final = "c2a9be0e-9a53-43f5-9b50-5d2a4e3f6a70"
OPERATION: Final = "a4f1d7b0-3a5c-4a77-8a55-6f3c3e4d1b99"


def example(**value: Any) -> Any:
    """Class decorator: a request as it may be sent."""
    return extend_schema_serializer(
        examples=[OpenApiExample("A request", value=value, request_only=True)]
    )


class PerDetectionField(serializers.DictField):
    """An object whose keys are detection ids; read as UUID -> value."""

    def to_internal_value(self, data: Any) -> dict[UUID, Any]:
        key_field = serializers.UUIDField()
        value_of: dict[UUID, Any] = {}
        for key, value in super().to_internal_value(data).items():
            try:
                value_of[key_field.to_internal_value(key)] = value
            except serializers.ValidationError:
                text = NOT_A_DETECTION.format(key=key[:40])
                raise serializers.ValidationError(text) from None
        if len(value_of) > MOST:
            raise serializers.ValidationError(f"Name at most {MOST} detections.")
        return value_of


@extend_schema_field({"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}})
class VersionsField(PerDetectionField):
    child = serializers.IntegerField(min_value=0, max_value=2**31 - 1)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            allow_empty=False, help_text="Each detection with the version that you saw.", **kwargs
        )


@extend_schema_field(
    {"type": "object", "additionalProperties": {"type": "string", "enum": Detection.Flank.values}}
)
class FlanksField(PerDetectionField):
    child = serializers.ChoiceField(Detection.Flank.choices)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(help_text="Which flank some of the detections show.", **kwargs)


class CircumstancesRequest(StrictBody):
    """Fields that are not known are refused."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class ReviewRequest(CircumstancesRequest):
    selection = serializers.ChoiceField(
        SELECTIONS,
        required=False,
        help_text="How the item came to be shown, as /api/review/next says it; doubt from /api/review/labels; else search. "
        "Whether it was drawn at random the server knows itself.",
    )
    shown_rank = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=SHOWN_AT_MOST
    )
    seconds = serializers.FloatField(
        required=False, allow_null=True, min_value=0, max_value=A_DAY, help_text="It took so long."
    )


class NewNameRequest(ReviewRequest):
    """The name of a deer that has no profile yet."""

    name = serializers.CharField(max_length=NAME_LENGTH)
    confirm_new = serializers.BooleanField(
        default=False,
        help_text="It is a new deer although its name is nearly that of another one. Without this such a name is "
        "refused (409, code near_name), and each error names a deer that may be meant.",
    )


class SightingRequest(ReviewRequest):
    """`versions` names every detection of the sighting."""

    sighting = serializers.UUIDField()
    versions = VersionsField()
    flanks = FlanksField()


@example(
    sighting=SIGHTING,
    deer=DEER,
    versions={DETECTION: 3},
    selection="queue",
    shown_rank=1,
    seconds=4.2,
)
class NameRequest(SightingRequest):
    deer = serializers.UUIDField()


@example(sighting=SIGHTING, name="Juniper", versions={DETECTION: 3}, flanks={DETECTION: "left"})
class NewDeerRequest(SightingRequest, NewNameRequest):
    pass


@example(sighting=SIGHTING, deer=[DEER, OTHER_DEER], versions={DETECTION: 3}, selection="random")
class RejectRequest(ReviewRequest):
    sighting = serializers.UUIDField()
    versions = VersionsField()
    deer = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=SHOWN_AT_MOST,
        help_text="None of these; left out: not the one that it bears.",
    )


@example(sightings=[SIGHTING], name="Juniper's twin", versions={DETECTION: 3})
class SplitRequest(NewNameRequest):
    sightings = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=MOST
    )
    versions = VersionsField()


@example(sighting=SIGHTING, detections=[DETECTION], versions={DETECTION: 3, OTHER_DETECTION: 0})
class SplitSightingRequest(ReviewRequest):
    """`versions` names every detection of the sighting."""

    sighting = serializers.UUIDField()
    detections = serializers.ListField(
        child=serializers.UUIDField(),
        allow_empty=False,
        max_length=MOST,
        help_text="Those that show another animal than the rest.",
    )
    versions = VersionsField()


@example(deer=OTHER_DEER, into=DEER, reason="the same notch in the left ear")
class MergeRequest(ReviewRequest):
    deer = serializers.UUIDField(help_text="Ends as a profile of its own.")
    into = serializers.UUIDField(help_text="Takes over its detections.")


@example(sighting=SIGHTING, versions={DETECTION: 3})
class KeepLabelRequest(ReviewRequest):
    """`versions` names every detection of the sighting."""

    sighting = serializers.UUIDField()
    versions = VersionsField()


@example(deer=DEER, other=OTHER_DEER)
class KeepApartRequest(ReviewRequest):
    deer = serializers.UUIDField()
    other = serializers.UUIDField()


@example(versions={DETECTION: 3}, reason="a stump")
class DetectionsRequest(ReviewRequest):
    versions = VersionsField()


@example(versions={DETECTION: 3}, classification="buck")
class CorrectClassRequest(DetectionsRequest):
    classification = serializers.ChoiceField(CHOICES, required=False)
    flanks = FlanksField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if not attrs.get("classification") and not attrs.get("flanks"):
            raise serializers.ValidationError(NOTHING_GIVEN, "required")
        return attrs


@example(versions={DETECTION: 3}, flanks={DETECTION: "left"})
class SetFlankRequest(DetectionsRequest):
    flanks = FlanksField(required=True, allow_empty=False)


@example(operation=OPERATION, reason="pressed the wrong key")
class UndoRequest(CircumstancesRequest):
    operation = serializers.UUIDField()


class NextRequest(Query):
    skip = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=SHOWN_AT_MOST,
        help_text="Sightings to leave for later.",
    )
    uncompared = serializers.BooleanField(
        help_text="Sightings too that are being compared with known deer, without candidates."
    )
    sighting = serializers.UUIDField(
        help_text="This sighting in place of the next one, whether it waits or was decided."
    )
