"""Run models: runs of re-identification, and what they decided."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from reid.models.capture import Sighting
from reid.models.detections import Deer
from reid.models.detectors import Detector
from reid.models.scorers import Scorer
from reid.models.thresholds import Threshold
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from reid.strata import Stratum


class ReidRun(models.Model):
    """One pass of detection, identification, backfill, training or guessing, or the application of a threshold.

    States: pending -> running -> completed | failed | cancelled. A crashed run stays running with an
    old heartbeat; the next worker takes it over at its cursor. An application may be undone in any state,
    which is its last: any -> undone.
    """

    class Kind(models.TextChoices):
        DETECT = "detect"
        IDENTIFY = "identify"
        BACKFILL = "backfill"
        TRAIN = "train"
        APPLY = "apply", "application of a threshold"
        FLANKS = "flanks", "guess of flanks"

    class State(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        COMPLETED = "completed"
        FAILED = "failed"
        CANCELLED = "cancelled"
        UNDONE = "undone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    scorer = models.ForeignKey(
        Scorer, on_delete=models.PROTECT, null=True, blank=True, related_name="runs"
    )
    threshold = models.ForeignKey(
        Threshold, on_delete=models.PROTECT, null=True, blank=True, related_name="runs"
    )
    # A detector that found boxes stays, whichever is in use later.
    detector = models.ForeignKey(
        Detector, on_delete=models.PROTECT, null=True, blank=True, related_name="runs"
    )
    # The latest one, where it ended and went on later: what a run found is undone like an import.
    record = models.ForeignKey(
        "reid.Import",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="runs",
        help_text="The import that a detection writes its boxes as.",
    )
    # The worker's environment may be another one than that of whoever created the run: the row counts.
    threshold_used = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Score units at and above which the run assigns; empty: it only ranks.",
    )
    threshold_source = models.CharField(
        max_length=16,
        choices=Threshold.Source,
        blank=True,
        help_text="env: REID_THRESHOLD, which nobody approved; the row has it since it was created.",
    )
    gallery_fingerprint = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.PENDING)
    cursor = models.CharField(
        max_length=64,
        blank=True,
        help_text="Key of the last encounter, detection or photograph done.",
    )
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    counts = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    TERMINAL = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED, State.UNDONE})

    class Meta:
        ordering = (F("started_at").desc(nulls_first=True),)
        constraints = [
            models.CheckConstraint(
                name="run_threshold_has_source",
                condition=Q(threshold_used__isnull=True, threshold_source="")
                | (Q(threshold_used__range=(1, SCORE_UNITS)) & ~Q(threshold_source="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.state})"

    def use(self, threshold: Threshold | None) -> None:
        """Copy an approved threshold, or that there is none, into the row in hand."""
        self.threshold = threshold
        self.threshold_used = threshold.units if threshold else None
        self.threshold_source = threshold.source if threshold else ""

    @property
    def only(self) -> Stratum | None:
        """The sightings that its threshold assigns; None: all."""
        return self.threshold.only if self.threshold else None

    @property
    def is_overridden(self) -> bool:
        """Whether REID_THRESHOLD decided, and nobody's approval."""
        return self.threshold_source == Threshold.Source.ENV


class Decision(models.Model):
    """Decision of the machine on one sighting in one run, with its reason. Append-only."""

    class Outcome(models.TextChoices):
        ASSIGNED = "assigned"
        BELOW_THRESHOLD = "below_threshold"
        RANKED = "ranked", "ranked only: no approved threshold"
        FRAME_CONFLICT = "frame_conflict", "another sighting of the frame took the deer"
        UNBOUNDED = "unbounded", "left for review: strangers are not bounded among such sightings"
        NO_REFERENCE = "no_reference", "nothing to compare with"
        NO_ELIGIBLE = "no_eligible", "every deer ruled out by sex or life span"
        NO_EMBEDDING = "no_embedding", "no detection of it could be embedded"
        REVIEWED = "reviewed", "identity already known"
        CERTIFIED = "certified", "identity certified for its batch"

    run = models.ForeignKey(ReidRun, on_delete=models.PROTECT, related_name="decisions")
    # A rebuilt encounter dissolves its sightings; what was decided of them stays in the log.
    sighting = models.ForeignKey(
        Sighting, on_delete=models.SET_NULL, null=True, related_name="decisions"
    )
    deer = models.ForeignKey(
        Deer, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    margin = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Best score less the second deer's."
    )
    threshold = models.PositiveSmallIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome)
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="decision_unique", fields=["run", "sighting"]),
            models.CheckConstraint(
                name="decision_score_in_range",
                condition=Q(score__isnull=True) | Q(score__lte=SCORE_UNITS),
            ),
            models.CheckConstraint(
                name="decision_assigned_has_reason",
                condition=~Q(outcome="assigned")
                | Q(deer__isnull=False, score__isnull=False, threshold__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sighting_id}: {self.outcome}"
