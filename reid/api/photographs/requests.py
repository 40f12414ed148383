"""Shapes of these requests, as they are checked and as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reid.api.query import UNKNOWN_FIELD
from reid.api.review_requests import (
    DEER,
    DETECTION,
    MOST,
    SIGHTING,
    PerDetectionField,
    ReviewRequest,
    VersionsField,
    example,
)
from reid.imaging.crops import Box
from reid.models import TAG_LENGTH
from reid.reviewing import NOTE_LENGTH
from reid.taxonomy import CHOICES

IMAGE: Final = "9b0e6d4a-3f4e-4c0b-8f43-6f1a2b7c8d90"
CAMERA: Final = "2d7c1f7e-51a4-4f3c-9b7f-0c7f4f0e8a11"
LARGEST: Final = 2**31 - 1
BOX: Final = {"x": 120, "y": 80, "width": 400, "height": 300}


class BoxField(serializers.Serializer[Any]):
    """A rectangle in whole pixels of the photograph after EXIF turning, `x` and `y` its top left corner."""

    x = serializers.IntegerField(min_value=0, max_value=LARGEST)
    y = serializers.IntegerField(min_value=0, max_value=LARGEST)
    width = serializers.IntegerField(min_value=1, max_value=LARGEST)
    height = serializers.IntegerField(min_value=1, max_value=LARGEST)

    def to_internal_value(self, data: Any) -> Any:
        """The `Box`. Raises ValidationError, also for what no box has."""
        if isinstance(data, dict) and (unknown := sorted(data.keys() - self.fields.keys())):
            raise serializers.ValidationError(dict.fromkeys(unknown, UNKNOWN_FIELD))
        return Box(**super().to_internal_value(data))


@extend_schema_field({"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}})
class ImageVersionsField(PerDetectionField):
    """Each photograph with the version that the person saw."""

    child = serializers.IntegerField(min_value=0, max_value=LARGEST)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            allow_empty=False, help_text="Each photograph with the version that you saw.", **kwargs
        )


def _tags() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=TAG_LENGTH), required=False, max_length=50
    )


@example(image=IMAGE, box=BOX, classification="buck")
class DrawBoxRequest(ReviewRequest):
    image = serializers.UUIDField()
    box = BoxField()
    classification = serializers.ChoiceField(CHOICES)


@example(detection=DETECTION, box=BOX, versions={DETECTION: 3})
class MoveBoxRequest(ReviewRequest):
    detection = serializers.UUIDField()
    box = BoxField()
    versions = VersionsField()


@example(versions={IMAGE: 0}, is_favourite=True, add_tags=["to print"])
class AnnotateRequest(ReviewRequest):
    """What is left out stays as it is; an empty note takes the note away."""

    versions = ImageVersionsField()
    note = serializers.CharField(required=False, allow_blank=True, max_length=NOTE_LENGTH)
    is_favourite = serializers.BooleanField(required=False)
    add_tags = _tags()
    remove_tags = _tags()


@example(versions={IMAGE: 0}, camera=CAMERA)
class SetCameraRequest(ReviewRequest):
    versions = ImageVersionsField()
    camera = serializers.UUIDField()


@example(sightings=[SIGHTING], deer=DEER, versions={DETECTION: 3})
class AssignGroupRequest(ReviewRequest):
    """`versions` names every detection of all of the sightings."""

    sightings = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=MOST
    )
    deer = serializers.UUIDField()
    versions = VersionsField()
