"""Merges of cameras: two names that turned out to be one camera, and which rows changed over."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F

from reid.models.cameras import Camera


class CameraMerge(models.Model):
    """One act by which a camera's photographs and days became another one's; it can be undone as a whole."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # A merge means nothing without its cameras.
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="merges")
    into = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="merges_into")
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
            models.Index(F("created_at").desc(), F("id").desc(), name="camera_merge_created"),
        ]

    def __str__(self) -> str:
        return f"{self.camera} merged into {self.into}"


class CameraMove(models.Model):
    """One row that changed over in a merge, or that got a place by it: what undo puts back."""

    merge = models.ForeignKey(CameraMerge, on_delete=models.CASCADE, related_name="moves")
    model = models.CharField(
        max_length=16, help_text="image, encounter, deployment, outage, correction or camera."
    )
    row = models.UUIDField()
    before = models.JSONField(
        default=dict, help_text="Fields beside the camera that the merge changed."
    )

    def __str__(self) -> str:
        return f"{self.model} {self.row}"
