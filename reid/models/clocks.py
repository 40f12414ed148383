"""Clock corrections: photographs of a camera whose clock was wrong, moved in time, and where they were before."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reid.models.cameras import Camera
from reid.models.capture import Image


class ClockCorrection(models.Model):
    """One act on the times of a camera's photographs, by a person, that can be undone as a whole."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # A correction means nothing without its camera.
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="clock_corrections")
    seconds = models.FloatField(help_text="Added to the time of each photograph.")
    first_day = models.DateField(
        null=True, blank=True, help_text="Of the photographs, as the wrong clock had it."
    )
    last_day = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            # the newest ones, page after page
            models.Index(F("created_at").desc(), F("id").desc(), name="clock_correction_created"),
        ]
        constraints = [
            models.CheckConstraint(name="clock_correction_moves", condition=~Q(seconds=0)),
        ]

    def __str__(self) -> str:
        return f"clock of {self.camera} by {self.seconds:+.0f} s"


class ClockShift(models.Model):
    """One photograph's time before a correction, and after it."""

    correction = models.ForeignKey(ClockCorrection, on_delete=models.CASCADE, related_name="shifts")
    # A photograph may go with the import that brought it.
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="clock_shifts")
    before = models.DateTimeField()
    after = models.DateTimeField()
    time_source = models.CharField(max_length=16, blank=True, help_text="Before the correction.")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="clock_shift_unique", fields=["correction", "image"]),
        ]

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"
