"""Repeats: places of a camera's view that are boxed again and again, and what a person said of each."""

from __future__ import annotations

import uuid
from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reid.models.cameras import Camera
from reid.models.operations import Operation


class RepeatAnswer(StrEnum):
    """What a person said of a suspected place."""

    OPEN = "open"
    KEPT = "kept"
    REMOVED = "removed"


class Repeat(models.Model):
    """A place at which a detector boxed the same thing again and again: a stump, a feeder, a stone. One suspicion.

    Its boxes are not stored: they are those that lie at it now, and that no person has said anything of.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # A place in a camera's view means nothing without the camera.
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="repeats")
    left = models.FloatField(help_text="Share of the photograph's width, as the other edges.")
    top = models.FloatField()
    right = models.FloatField()
    bottom = models.FloatField()
    frames = models.PositiveIntegerField(help_text="Photographs, when it was last looked for.")
    encounters = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    examples = models.JSONField(
        default=list, help_text="Ids of some of its boxes, spread over time."
    )
    found_at = models.DateTimeField(auto_now_add=True)
    kept_at = models.DateTimeField(null=True, blank=True)
    # Who answered stays known to the operation log where boxes were removed.
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    removal = models.OneToOneField(
        Operation, on_delete=models.PROTECT, null=True, blank=True, related_name="repeat"
    )

    class Meta:
        ordering = ("camera__name", "first_at", "id")
        indexes = [
            # the newest ones, page after page
            models.Index(F("found_at").desc(), F("id").desc(), name="repeat_found"),
        ]
        constraints = [
            models.CheckConstraint(
                name="repeat_has_area",
                condition=Q(left__gte=0, top__gte=0, right__gt=F("left"), bottom__gt=F("top")),
            ),
            models.CheckConstraint(
                name="repeat_times_come_together", condition=Q(last_at__gte=F("first_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.frames} boxes at one place of {self.camera}"

    @property
    def answer(self) -> RepeatAnswer:
        """What stands of what a person said; a removal that was undone stands no more."""
        if self.removal is not None and self.removal.stands:
            return RepeatAnswer.REMOVED
        return RepeatAnswer.OPEN if self.kept_at is None else RepeatAnswer.KEPT
