"""Detectors: networks that find boxes on photographs, and which of them is in use."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class DetectorManager(models.Manager["Detector"]):
    def active(self) -> Detector | None:
        """The one detector that runs use, where there is one."""
        return self.filter(is_active=True).first()


class Detector(models.Model):
    """A detector, named by a SHA-256 fingerprint of its weights and of all else that moves a box."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    version = models.CharField(max_length=18)
    fingerprint = models.CharField(max_length=64, unique=True)
    card = models.JSONField(help_text="detector.json, and the folder below MODEL_ROOT it lies in.")
    is_active = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DetectorManager()

    class Meta:
        ordering = ("created_at",)
        constraints = [
            models.UniqueConstraint(
                name="detector_one_active", fields=["is_active"], condition=Q(is_active=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
