"""Undos of imports that a worker does: asked for by a person, done whole or not at all."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class ImportUndo(models.Model):
    """One wish to undo an import: who asked, whether what was used since stays, and how it ended.

    waiting -> done | refused | failed. It is refused where something was used since and `keep_used` was not said. A
    worker that died has changed nothing, and leaves it waiting with an old heartbeat.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        REFUSED = "refused"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # It says nothing without its import.
    record = models.ForeignKey("reid.Import", on_delete=models.CASCADE, related_name="undos")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    keep_used = models.BooleanField(
        default=False, help_text="Whether what was used since stays and the rest goes."
    )
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    at_work = models.BooleanField(default=False, help_text="Whether a worker has it.")
    attempts = models.PositiveSmallIntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True, help_text="What went, once it is done.")
    conflicts = models.JSONField(
        default=list, blank=True, help_text="The first uses since, where it was refused."
    )
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                name="import_undo_one_at_a_time", fields=["record"], condition=Q(state="waiting")
            ),
        ]

    def __str__(self) -> str:
        return f"undo of {self.record}"
