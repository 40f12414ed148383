"""Changes of cameras: what a person changed of one, of its deployments or its outages, each of them undoable."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reid.models.cameras import Camera


class CameraChange(models.Model):
    """One act of a person on one row: what it was before, and after. Null: there was no such row."""

    class Subject(models.TextChoices):
        """What kind of row was changed."""

        CAMERA = "camera"
        DEPLOYMENT = "deployment"
        OUTAGE = "outage"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # A change means nothing without its camera.
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="changes")
    subject = models.CharField(max_length=16, choices=Subject)
    row = models.UUIDField(help_text="The row that was changed, made or removed.")
    before = models.JSONField(null=True, help_text="The fields that changed; null: it was made.")
    after = models.JSONField(null=True, help_text="The same fields after; null: it was removed.")
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
            models.Index(F("created_at").desc(), F("id").desc(), name="camera_change_created"),
        ]
        constraints = [
            models.CheckConstraint(
                name="camera_change_says_something",
                condition=Q(before__isnull=False) | Q(after__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.row} of {self.camera}"
