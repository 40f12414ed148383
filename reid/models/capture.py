"""Capture models: cameras, deployments, images, encounters, sightings."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from reid.models.cameras import Camera
from reid.models.detectors import Detector
from reid.models.hidden import VisibleManager
from reid.models.tags import Tag

if TYPE_CHECKING:
    from datetime import date


class Encounter(models.Model):
    """Images of one camera whose gaps are short. One encounter is one trial, however many frames."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Cameras with photographs are merged or kept, never deleted from under their encounters.
    camera = models.ForeignKey(
        Camera, on_delete=models.PROTECT, null=True, blank=True, related_name="encounters"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("started_at", "id")
        indexes = [
            # rebuild of a camera-day; encounters of a report's period
            models.Index(name="encounter_camera_started", fields=["camera", "started_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="encounter_times_come_together",
                condition=Q(started_at__isnull=True, ended_at__isnull=True)
                | Q(started_at__isnull=False, ended_at__gte=F("started_at")),
            ),
        ]

    def __str__(self) -> str:
        started = self.started_at
        return f"encounter of {started:%Y-%m-%d %H:%M}" if started else "encounter without a time"


class Sighting(models.Model):
    """One animal in one encounter: the unit of decision, of trial and of evidence."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    encounter = models.ForeignKey(Encounter, on_delete=models.CASCADE, related_name="sightings")
    label = models.CharField(max_length=120, blank=True, help_text="The import's own name for it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="sighting_label_unique_in_encounter",
                fields=["encounter", "label"],
                condition=~Q(label=""),
            ),
        ]

    def __str__(self) -> str:
        return f"sighting {self.label or self.pk}"


class Image(models.Model):
    """One photograph, which is its bytes. Width and height, like all boxes, are after EXIF turning."""

    class Looked(models.TextChoices):
        """Whether a detector or a person has looked for animals: without that, no box means nothing."""

        NO = "no"
        YES = "yes"
        FAILED = "failed"

    class ClockProblem(models.TextChoices):
        """Why the capture time cannot be what the camera's clock should have shown."""

        NOT_DEPLOYED = "not_deployed"
        FUTURE = "future"
        FACTORY = "factory"

    class TimeSource(models.TextChoices):
        COLUMN = "column"
        ORIGINAL = "exif_original"
        DIGITIZED = "exif_digitized"
        MODIFIED = "exif_modified"
        MAKER = "maker_note"
        PATTERN = "pattern"
        VIDEO = "video"
        FILE = "file"
        CORRECTED = "corrected"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    camera = models.ForeignKey(
        Camera, on_delete=models.PROTECT, null=True, blank=True, related_name="images"
    )
    # An encounter is rebuilt at will; its images stay.
    encounter = models.ForeignKey(
        Encounter, on_delete=models.SET_NULL, null=True, blank=True, related_name="images"
    )
    path = models.CharField(max_length=512, unique=True, help_text="Below the media root.")
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Bytes; empty where an earlier version stored it."
    )
    # Photographs stored twice by an earlier version are kept and marked; new ones never are.
    double_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="doubles"
    )
    source_path = models.CharField(
        max_length=512, blank=True, help_text="As the source named the file."
    )
    # A frame stays a photograph where its video's row goes with an undone import.
    video = models.ForeignKey(
        "reid.Video", on_delete=models.SET_NULL, null=True, blank=True, related_name="images"
    )
    frame_number = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of a video's frame, counted from 0."
    )
    frame_seconds = models.FloatField(
        null=True, blank=True, help_text="Of a video's frame, from the first one."
    )
    captured_at = models.DateTimeField(null=True, blank=True)
    time_source = models.CharField(max_length=16, choices=TimeSource, blank=True)
    clock_problem = models.CharField(max_length=16, choices=ClockProblem, blank=True)
    looked = models.CharField(max_length=8, choices=Looked, default=Looked.YES)
    look_failure = models.CharField(max_length=200, blank=True)
    looked_by = models.ForeignKey(
        Detector,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The detector of the store that looked last; empty: another program, a person, or nobody.",
    )
    made_by_import = models.ForeignKey(
        "reid.Import", on_delete=models.SET_NULL, null=True, blank=True, related_name="images"
    )
    hidden_at = models.DateTimeField(
        null=True, blank=True, help_text="Its import was undone; the log still names it."
    )
    file_deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="It showed a person, and PEOPLE_KEEP_DAYS were over."
    )
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    note = models.TextField(blank=True, help_text="What a person wrote about the photograph.")
    is_favourite = models.BooleanField(default=False)
    tags = models.ManyToManyField(Tag, blank=True, related_name="images")
    version = models.PositiveIntegerField(
        default=0, help_text="Of note, tags and favourite: for optimistic locking."
    )

    objects = VisibleManager["Image"]()
    everything: models.Manager[Image] = models.Manager()

    class Meta:
        base_manager_name = "everything"
        ordering = ("captured_at", "path")
        indexes = [
            # encounters of a camera-day; first and last image a camera and day
            models.Index(name="image_camera_captured", fields=["camera", "captured_at"]),
            # photographs of each camera, those with a doubted time apart, and their detections: the list of cameras
            models.Index(
                name="image_camera_clock",
                fields=["camera", "clock_problem", "captured_at", "id"],
            ),
            # every report's period
            models.Index(name="image_captured", fields=["captured_at"]),
            # lists, page after page: hidden rows lie side by side, without a time and under names of their own
            models.Index(
                name="image_by_path", fields=["path", "id"], condition=Q(hidden_at__isnull=True)
            ),
            models.Index(
                name="image_by_time",
                fields=["captured_at", "id"],
                condition=Q(hidden_at__isnull=True),
            ),
            # favourites, newest first: a few rows of many
            models.Index(
                name="image_favourite",
                fields=["captured_at", "id"],
                condition=Q(is_favourite=True, hidden_at__isnull=True),
            ),
            # what the next detection looks at
            models.Index(
                name="image_to_look_at",
                fields=["captured_at", "id"],
                condition=Q(looked__in=["failed", "no"], hidden_at__isnull=True),
            ),
            # what a purge looks at
            models.Index(name="image_hidden", fields=["id"], condition=Q(hidden_at__isnull=False)),
        ]
        constraints = [
            # A photograph is its bytes; a hidden one does not keep them from coming in again.
            models.UniqueConstraint(
                name="image_sha256_unique",
                fields=["sha256"],
                condition=Q(double_of__isnull=True, hidden_at__isnull=True),
            ),
            models.CheckConstraint(
                name="image_has_pixels", condition=Q(width__gt=0) & Q(height__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def local_day(self) -> date | None:
        """The ranch's day of the photograph; None where its time is not known."""
        return timezone.localtime(self.captured_at).date() if self.captured_at else None
