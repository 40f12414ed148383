"""Pattern models: keypoints found on detections, and the frozen backgrounds that matches are measured against."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.db import models
from django.db.models import Q

from reid.models.detections import Detection
from reid.models.torso_heads import TorsoHead

FROZEN: Final = "A background never changes once it is drawn: draw a new one."


class PatternKeypoints(models.Model):
    """Result of looking for keypoints on one detection: their number, or the reason why there are none.

    The keypoints themselves lie in a file beside the crops (`reid.patterns.stored`).
    """

    class Reason(models.TextChoices):
        NO_TORSO = "no_torso", "no torso to be aligned"
        TOO_FEW = "too_few", "too few keypoints: blurred, dark, or plain"

    detection = models.OneToOneField(
        Detection, on_delete=models.CASCADE, primary_key=True, related_name="keypoints"
    )
    extractor = models.CharField(max_length=64, help_text="Fingerprint of how they were found.")
    torso_head = models.ForeignKey(
        TorsoHead,
        on_delete=models.PROTECT,
        related_name="keypoints",
        help_text="Which aligned the torso that they were found on.",
    )
    count = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=16, choices=Reason, blank=True)

    class Meta:
        verbose_name_plural = "pattern keypoints"
        indexes = [models.Index(name="keypoints_reason", fields=["extractor", "reason"])]
        constraints = [
            models.CheckConstraint(
                name="keypoints_or_reason",
                condition=Q(reason="") & Q(count__gt=0) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} keypoints of {self.detection_id}"


class PatternBackground(models.Model):
    """Photographs of the store, drawn by their content alone, that say how alike two torsos are by chance. Immutable.

    Which detections they are is written here, their keypoints lie in a file of the background's own: it stays what it
    is when detections are deleted, and a score made with it can be made again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    fingerprint = models.CharField(
        max_length=64,
        unique=True,
        help_text="SHA-256 of extractor, members and digest.",
    )
    extractor = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file of its keypoints.")
    members = models.JSONField(help_text="[detection, flank] of each, in the order of the file.")
    size = models.PositiveIntegerField(help_text="Photographs in it.")
    store_size = models.PositiveIntegerField(
        help_text="Detections with keypoints when it was drawn: twice as many ask for a new one."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(
                name="background_is_of_the_store",
                condition=Q(size__gt=0) & Q(size__lte=models.F("store_size")),
            ),
        ]

    def __str__(self) -> str:
        return f"background of {self.size} photographs ({self.fingerprint[:8]})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it, once. Raises RuntimeError for one that is stored already."""
        if not self._state.adding:
            raise RuntimeError(FROZEN)
        super().save(*args, **kwargs)


class PatternSpread(models.Model):
    """Spread of one deer: how far sums of margins with its references scatter by chance. Measured once, and immutable.

    Its fingerprint covers all that moves it: matcher, background, and the deer's references. Other references have another
    row, and rows of references that are no more stay: they are small, and an undo finds them again.
    """

    fingerprint = models.CharField(
        max_length=16, primary_key=True, help_text="Of the deer in its pattern gallery."
    )
    spread = models.FloatField(help_text="In lengths of a descriptor.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="spread_above_zero", condition=Q(spread__gt=0)),
        ]

    def __str__(self) -> str:
        return f"spread {self.spread:.4f} of {self.fingerprint}"
