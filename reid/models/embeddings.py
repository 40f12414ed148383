"""Embeddings: the vector of a detection in a space, or the reason why it has none."""

from __future__ import annotations

from django.db import models

from reid.fields import EmbeddingField
from reid.models.detections import Detection
from reid.models.spaces import EmbeddingSpace


class Embedding(models.Model):
    """A unit float32 vector of one detection in one space."""

    detection = models.ForeignKey(Detection, on_delete=models.CASCADE, related_name="embeddings")
    space = models.ForeignKey(EmbeddingSpace, on_delete=models.PROTECT, related_name="embeddings")
    vector = EmbeddingField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="embedding_unique", fields=["space", "detection"]),
        ]

    def __str__(self) -> str:
        return f"embedding of {self.detection_id}"


class SkippedEmbedding(models.Model):
    """Reason why a detection has no vector in a space."""

    class Reason(models.TextChoices):
        TOO_SMALL = "too_small", "crop below REID_MIN_CROP"
        MISSING = "missing", "file not found"
        UNREADABLE = "unreadable", "file cannot be decoded"
        CHANGED = "changed", "file overwritten: not the photograph that was imported"
        TOO_LARGE = "too_large", "image above the pixel or byte limit"
        OUTSIDE = "outside", "box outside its image"

    detection = models.ForeignKey(Detection, on_delete=models.CASCADE, related_name="skips")
    space = models.ForeignKey(EmbeddingSpace, on_delete=models.PROTECT, related_name="skips")
    reason = models.CharField(max_length=16, choices=Reason)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="skip_unique", fields=["space", "detection"]),
        ]
        indexes = [models.Index(name="skip_reason", fields=["space", "reason"])]

    def __str__(self) -> str:
        return f"{self.detection_id}: {self.get_reason_display()}"
