"""Embedding spaces: which networks vectors come from, and which of them is in use."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from reid.fields import VectorField


class EmbeddingSpaceManager(models.Manager["EmbeddingSpace"]):
    def active(self) -> EmbeddingSpace | None:
        """The one space that runs use, where there is one yet."""
        return self.filter(is_active=True).first()


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
    runtime = models.JSONField(
        default=dict,
        blank=True,
        help_text="What ran the network in the process that loaded it last, as it was measured there; no part of the space.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EmbeddingSpaceManager()

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

    @property
    def run_by(self) -> str:
        """What ran the network where it was loaded last, in words."""
        if not self.runtime:
            return "run by nothing yet"
        found = self.runtime
        return f"run by {found['runtime']} ({found['reason']})"
