"""Serializers of the store. Read-only: identities change through runs and reviews alone."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model
from rest_framework import serializers

from reid import models
from reid.units import SCORE_UNITS

_Record = TypeVar("_Record", bound=Model)


class UndoableSerializer(serializers.ModelSerializer[_Record]):
    # Base: who did something, and who undid it, by name. (A docstring would be each one's in the document.)
    actor = serializers.CharField(source="actor.username", read_only=True)
    undone_by = serializers.CharField(
        source="undone_by.username", default=None, allow_null=True, read_only=True
    )


class DeploymentSerializer(serializers.ModelSerializer[models.Deployment]):
    class Meta:
        model = models.Deployment
        fields = (
            *("id", "camera", "started_on", "started_at", "ended_on", "ended_at"),
            *("latitude", "longitude"),
        )


class CameraSerializer(serializers.ModelSerializer[models.Camera]):
    class Meta:
        model = models.Camera
        fields = ("id", "name", "latitude", "longitude", "time_zone", "notes")


class VideoSerializer(serializers.ModelSerializer[models.Video]):
    """The video that a photograph is a frame of."""

    class Meta:
        model = models.Video
        fields = ("id", "path", "sha256", "duration", "fps", "is_damaged")


class ImageSerializer(serializers.ModelSerializer[models.Image]):
    tags: Any = serializers.SlugRelatedField("name", many=True, read_only=True)
    video = VideoSerializer(
        read_only=True, allow_null=True, help_text="Null for what is no frame of a video."
    )

    class Meta:
        model = models.Image
        fields = (
            *("id", "path", "camera", "encounter", "captured_at", "time_source", "clock_problem"),
            *("looked", "look_failure", "width", "height", "sha256"),
            *("source_path", "video", "frame_number", "frame_seconds"),
            *("note", "is_favourite", "tags", "version"),
        )


class TorsoSerializer(serializers.ModelSerializer[models.Torso]):
    """What was found of a detection's torso; its pattern can be compared where it is aligned."""

    reason = serializers.ChoiceField(
        models.Torso.Reason.choices,
        read_only=True,
        allow_blank=True,
        help_text="Why it is not aligned; empty where it is.",
    )
    is_stale = serializers.SerializerMethodField(
        help_text="Found by a mask head that is not in use any more: the next pass makes it anew."
    )

    class Meta:
        model = models.Torso
        fields = (
            *("is_aligned", "reason", "is_stale", "is_infrared", "angle", "elongation"),
            *("sharpness", "coverage", "overlap", "to_crop", "made_at"),
        )

    def get_is_stale(self, torso: models.Torso) -> bool:
        return not torso.head.is_active


class DetectionSerializer(serializers.ModelSerializer[models.Detection]):
    camera = serializers.UUIDField(source="image.camera_id", allow_null=True, read_only=True)
    captured_at = serializers.DateTimeField(
        source="image.captured_at", allow_null=True, read_only=True
    )
    deer_name = serializers.CharField(
        source="deer.name", default=None, allow_null=True, read_only=True
    )

    antler_year = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="The year in which the antlers grew that it shows; null where it is no buck's, or its time is not known.",
    )
    torso = TorsoSerializer(
        read_only=True, allow_null=True, help_text="Null where nobody has looked for it yet."
    )

    class Meta:
        model = models.Detection
        fields = (
            *("id", "image", "sighting", "camera", "captured_at"),
            *("x", "y", "width", "height", "confidence"),
            *("classification", "corrected_classification", "effective_class"),
            *("flank", "flank_source"),
            *("is_valid", "deer", "deer_name", "identity_source", "is_reference"),
            *("antler_year", "torso", "reviewed_at", "version", "created_at"),
        )


class DeerSeasonSerializer(serializers.ModelSerializer[models.DeerSeason]):
    """What was noted of a deer in one antler year."""

    noted_by = serializers.CharField(source="noted_by.username", default=None, allow_null=True)

    class Meta:
        model = models.DeerSeason
        fields = ("year", "points", "age_class", "noted_by")


class DeerSerializer(serializers.ModelSerializer[models.Deer]):
    """With what the store knows of it now: counted, never kept."""

    sightings = serializers.IntegerField(read_only=True)
    references = serializers.IntegerField(read_only=True)
    first_seen = serializers.DateTimeField(read_only=True, allow_null=True)
    last_seen = serializers.DateTimeField(read_only=True, allow_null=True)
    tags: Any = serializers.SlugRelatedField("name", many=True, read_only=True)
    seasons = DeerSeasonSerializer(many=True, read_only=True)

    class Meta:
        model = models.Deer
        fields = (
            *("id", "name", "sex", "status", "born_on", "died_on", "merged_into", "notes"),
            *("portrait", "tags", "seasons"),
            *("sightings", "references", "first_seen", "last_seen"),
        )


class ScorerSerializer(serializers.ModelSerializer[models.Scorer]):
    """What the scores come from."""

    class Meta:
        model = models.Scorer
        fields = ("id", "kind", "name")


def space_field() -> serializers.UUIDField:
    """The embedding space of a row's scorer."""
    return serializers.UUIDField(
        source="scorer.space_id",
        allow_null=True,
        read_only=True,
        help_text="Id of the embedding space of the scorer; null where it has none.",
    )


class SimilarityScoreSerializer(serializers.ModelSerializer[models.SimilarityScore]):
    space = space_field()
    scorer = ScorerSerializer(read_only=True)
    similarity_score = serializers.FloatField(min_value=0, max_value=1, read_only=True)
    threshold_used = serializers.SerializerMethodField(
        help_text="The threshold in [0, 1], or null where its run had none."
    )

    class Meta:
        model = models.SimilarityScore
        fields = (
            *("id", "detection", "deer", "space", "scorer", "run"),
            *("similarity_score", "sex_match"),
            *("matched", "threshold_used", "detection_classification", "deer_sex"),
            "calculated_at",
        )

    def get_threshold_used(self, score: models.SimilarityScore) -> float | None:
        units = score.threshold_used
        return None if units is None else units / SCORE_UNITS


class ReidRunSerializer(serializers.ModelSerializer[models.ReidRun]):
    space = space_field()
    scorer = ScorerSerializer(allow_null=True, read_only=True)
    detector = serializers.StringRelatedField[models.Detector](
        read_only=True,
        allow_null=True,
        help_text="Name and version; null where the run finds no boxes.",
    )
    threshold_used = serializers.SerializerMethodField(
        help_text="The score in [0, 1] at and above which the run assigns, or null where it only ranks."
    )

    class Meta:
        model = models.ReidRun
        fields = (
            *("id", "kind", "state", "detector", "space", "scorer", "threshold"),
            *("threshold_used", "threshold_source"),
            *("gallery_fingerprint", "counts", "error", "cancel_requested"),
            *("started_at", "heartbeat_at", "finished_at"),
        )

    def get_threshold_used(self, run: models.ReidRun) -> float | None:
        used = run.threshold_used
        return None if used is None else used / SCORE_UNITS


class IdentityEventSerializer(serializers.ModelSerializer[models.IdentityEvent]):
    before: Any = serializers.JSONField(read_only=True)
    after: Any = serializers.JSONField(read_only=True)

    class Meta:
        model = models.IdentityEvent
        fields = ("field", "detection", "deer", "image", "before", "after")


class OperationSerializer(serializers.ModelSerializer[models.Operation]):
    actor = serializers.CharField(
        source="actor.username", default=None, allow_null=True, read_only=True
    )

    class Meta:
        model = models.Operation
        fields = ("id", "kind", "actor", "run", "reason", "selection", "created_at", "undone_by")
