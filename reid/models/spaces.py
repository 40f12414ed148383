"""Embedding spaces and the vectors in them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from reid.fields import EmbeddingField, VectorField

from .identity import Detection


class EmbeddingSpace(models.Model):
    """Weights + preprocessing specification + precision (+ centring), named by a SHA-256 fingerprint."""

    class Precision(models.TextChoices):
        FLOAT32 = "float32"
        FLOAT16 = "float16"
        BFLOAT16 = "bfloat16"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64, unique=True)
    dimension = models.PositiveIntegerField()
    precision = models.CharField(max_length=16, choices=Precision, default=Precision.FLOAT32)
    specification = models.JSONField(
        help_text="What the fingerprint covers: model.json with the weights' sha256, and the crop."
    )
    sentinels = VectorField(help_text="Embeddings of the sentinel crops, one after the other.")
    centre = VectorField(null=True, blank=True)
    # A derived space keeps its parent explainable.
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="derived"
    )
    is_active = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at",)
        constraints = [
            models.UniqueConstraint(
                name="space_one_active", fields=["is_active"], condition=Q(is_active=True)
            ),
            models.CheckConstraint(name="space_has_dimension", condition=Q(dimension__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.fingerprint[:8]})"


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
    """Why a detection has no vector in a space."""

    class Reason(models.TextChoices):
        TOO_SMALL = "too_small", "crop below REID_MIN_CROP"
        MISSING = "missing", "file not found"
        UNREADABLE = "unreadable", "file cannot be decoded"
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
