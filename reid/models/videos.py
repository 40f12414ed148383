"""Videos: what the frames came from that are stored as photographs. The files themselves are not kept."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Video(models.Model):
    """One video, which is its bytes. Camera and times are those of its frames, which are photographs (`images`)."""

    class Taken(models.TextChoices):
        MOVING = "moving", "frames in which something moves"
        ALL = "all", "all frames"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    path = models.CharField(max_length=512, help_text="As the source named the file.")
    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    duration = models.FloatField(null=True, blank=True, help_text="Seconds, as the file says.")
    fps = models.FloatField(null=True, blank=True, help_text="Frames a second of the video.")
    rate = models.FloatField(help_text="Frames a second that were looked at.")
    taken = models.CharField(max_length=8, choices=Taken, default=Taken.MOVING)
    is_damaged = models.BooleanField(
        default=False, help_text="It ends too early, or has parts that cannot be decoded."
    )
    # While path, size and time of its file stand, it is known without reading.
    file = models.CharField(max_length=1024, blank=True, help_text="Real path on the server.")
    modified_ns = models.BigIntegerField(null=True, blank=True)
    made_by_import = models.ForeignKey(
        "reid.Import", on_delete=models.SET_NULL, null=True, blank=True, related_name="videos"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When all its frames were there; empty: an import broke off, or was undone.",
    )

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            models.Index(name="video_file", fields=["file"], condition=~Q(file="")),
        ]
        constraints = [
            models.CheckConstraint(name="video_rate_positive", condition=Q(rate__gt=0)),
        ]

    def __str__(self) -> str:
        return self.path
