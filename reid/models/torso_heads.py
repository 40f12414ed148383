"""Mask heads: small networks that find the torso of an animal, and which of them is in use."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from reid.fields import VectorField


class TorsoHeadManager(models.Manager["TorsoHead"]):
    def active(self) -> TorsoHead | None:
        """The one head that torsos are found by, where there is one yet."""
        return self.filter(is_active=True).first()


class TorsoHead(models.Model):
    """A mask head, named by a SHA-256 fingerprint of its numbers and of all that is done with them."""

    class Origin(models.TextChoices):
        SHIPPED = "shipped", "shipped: learned from drawings"
        OWN = "own", "learned from the store's own photographs"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    fingerprint = models.CharField(max_length=64, unique=True)
    origin = models.CharField(max_length=16, choices=Origin)
    weights = models.BinaryField(editable=False)
    sentinels = VectorField(help_text="Its masks of the sentinel pictures, one after the other.")
    is_active = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TorsoHeadManager()

    class Meta:
        ordering = ("created_at",)
        constraints = [
            models.UniqueConstraint(
                name="torso_head_one_active", fields=["is_active"], condition=Q(is_active=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.origin} ({self.fingerprint[:8]})"


class TorsoTraining(models.Model):
    """One attempt to learn a mask head from the store's own photographs, and what came of it."""

    class Outcome(models.TextChoices):
        ACTIVATED = "activated", "used from now on"
        KEPT = "kept", "registered, not used: it agrees less with guesses than the head in use"
        TOO_FEW = "too_few", "too few photographs in which an animal could be told from the ground"

    outcome = models.CharField(max_length=16, choices=Outcome)
    # A head stays explainable as long as there is one.
    head = models.ForeignKey(
        TorsoHead, on_delete=models.PROTECT, null=True, blank=True, related_name="trainings"
    )
    before = models.ForeignKey(
        TorsoHead, on_delete=models.PROTECT, related_name="+", help_text="Used until then."
    )
    looked_at = models.PositiveIntegerField(help_text="Photographs.")
    usable = models.PositiveIntegerField(help_text="Of these, with a guess to learn from.")
    agreement = models.FloatField(
        null=True,
        blank=True,
        help_text="With guesses for photographs it had not learned from: intersection over union.",
    )
    agreement_before = models.FloatField(
        null=True, blank=True, help_text="The same of the head used before."
    )
    seconds = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} ({self.usable} of {self.looked_at} photographs)"
