"""Torsos: what a mask head found on each detection."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from reid.models.detections import Detection
from reid.models.torso_heads import TorsoHead


class Torso(models.Model):
    """What a mask head found on one detection: an upright torso beside the crop, or the reason why not."""

    class Reason(models.TextChoices):
        NO_TORSO = "no_torso", "no torso found"
        UNCLEAR = "unclear", "no clear outline of a torso"
        NOT_SIDE = "not_side", "not seen from the side"
        SEVERAL = "several", "several animals in the box"
        BLURRED = "blurred", "blurred"
        TOO_SMALL = "too_small", "too small"
        MISSING = "missing", "file not found"
        UNREADABLE = "unreadable", "file cannot be decoded"
        CHANGED = "changed", "file overwritten: not the photograph that was imported"
        TOO_LARGE = "too_large", "image above the pixel or byte limit"
        OUTSIDE = "outside", "box outside its image"

    detection = models.OneToOneField(
        Detection, on_delete=models.CASCADE, primary_key=True, related_name="torso"
    )
    head = models.ForeignKey(TorsoHead, on_delete=models.PROTECT, related_name="torsos")
    is_aligned = models.BooleanField()
    reason = models.CharField(max_length=16, choices=Reason, blank=True)
    angle = models.FloatField(null=True, blank=True, help_text="Radians, falling to the right.")
    elongation = models.FloatField(null=True, blank=True)
    width = models.FloatField(null=True, blank=True, help_text="In pixels of the crop.")
    height = models.FloatField(null=True, blank=True, help_text="In pixels of the crop.")
    to_crop = models.JSONField(
        null=True, blank=True, help_text="Affine map from the upright torso to the crop, 2 x 3."
    )
    coverage = models.FloatField(null=True, blank=True, help_text="Share of the crop.")
    second = models.FloatField(null=True, blank=True, help_text="Second part of the mask.")
    certainty = models.FloatField(null=True, blank=True, help_text="Mean of the mask within.")
    solidity = models.FloatField(null=True, blank=True, help_text="Share of its convex hull.")
    overlap = models.FloatField(null=True, blank=True, help_text="Covered by another box.")
    sharpness = models.FloatField(null=True, blank=True)
    saturation = models.FloatField(null=True, blank=True)
    is_infrared = models.BooleanField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="torso_aligned_or_reason",
                condition=Q(is_aligned=True, reason="") | (Q(is_aligned=False) & ~Q(reason="")),
            ),
        ]
        indexes = [models.Index(name="torso_reason", fields=["reason"])]

    def __str__(self) -> str:
        return f"{self.detection_id}: {self.get_reason_display() or 'aligned'}"
