"""What the machine computed and decided: runs, scores, decisions, thresholds.

Scores are integers of ten-thousandths, rounded once before anything is compared with a threshold, so
that the log, the decision and every later analysis agree to the last digit.
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from reid.classes import CHOICES, SEX_CHOICES

from .capture import Sighting
from .identity import Deer, Detection
from .spaces import EmbeddingSpace

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

SCORE_UNITS = 10_000
"""Score units in a similarity of 1.0."""


class Threshold(models.Model):
    """The score at and above which a match is accepted. Proposed by analysis, approved by a person."""

    class Source(models.TextChoices):
        ANALYSIS = "analysis"
        OPERATOR = "operator"
        ENV = "env"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    space = models.ForeignKey(EmbeddingSpace, on_delete=models.PROTECT, related_name="thresholds")
    value = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        validators=[MinValueValidator(Decimal("0.0001")), MaxValueValidator(Decimal(1))],
    )
    source = models.CharField(max_length=16, choices=Source)
    evidence = models.JSONField(default=dict, blank=True)
    gallery_size = models.PositiveIntegerField(default=0, help_text="Deer enrolled when proposed.")
    proposed_at = models.DateTimeField(auto_now_add=True)
    # An approval must keep its approver.
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    # What undoing its application puts in force again; a history is not deleted.
    replaces = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The threshold that was in force when this one was approved.",
    )
    is_active = models.BooleanField(default=False)

    class Meta:
        ordering = ("-proposed_at",)
        constraints = [
            models.CheckConstraint(
                name="threshold_in_range", condition=Q(value__gt=0) & Q(value__lte=1)
            ),
            models.UniqueConstraint(
                name="threshold_one_active_a_space",
                fields=["space"],
                condition=Q(is_active=True),
            ),
            models.CheckConstraint(
                name="threshold_approved_implies_approver",
                condition=Q(approved_at__isnull=True)
                | Q(approved_by__isnull=False)
                | Q(source="env"),
            ),
            models.CheckConstraint(
                name="threshold_active_implies_approved",
                condition=Q(is_active=False) | Q(approved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} ({self.source})"

    @property
    def units(self) -> int:
        """The threshold in score units."""
        return int((self.value * SCORE_UNITS).to_integral_value())

    def approve(self, approver: AbstractBaseUser | AnonymousUser) -> None:
        """Make this the space's active threshold, in the name of a person; it remembers which one was."""
        with transaction.atomic():
            rivals = Threshold.objects.select_for_update().filter(space=self.space, is_active=True)
            self.replaces = rivals.exclude(pk=self.pk).first()
            rivals.exclude(pk=self.pk).update(is_active=False)
            self.approved_by_id = approver.pk
            self.approved_at = timezone.now()
            self.is_active = True
            self.save()


class ReidRun(models.Model):
    """One pass of identification, backfill, training or guessing, or the application of a threshold.

    States: pending -> running -> completed | failed | cancelled. A crashed run stays running with an
    old heartbeat; the next worker takes it over at its cursor. An application may be undone in any state,
    which is its last: any -> undone.
    """

    class Kind(models.TextChoices):
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
    space = models.ForeignKey(
        EmbeddingSpace, on_delete=models.PROTECT, null=True, blank=True, related_name="runs"
    )
    threshold = models.ForeignKey(
        Threshold, on_delete=models.PROTECT, null=True, blank=True, related_name="runs"
    )
    gallery_fingerprint = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.PENDING)
    cursor = models.CharField(max_length=64, blank=True, help_text="Key of the last sighting done.")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    counts = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    TERMINAL = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED, State.UNDONE})

    class Meta:
        ordering = (F("started_at").desc(nulls_first=True),)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.state})"


class SimilarityScoreQuerySet(models.QuerySet["SimilarityScore"]):
    def of_eligible(self, space: EmbeddingSpace) -> SimilarityScoreQuerySet:
        """Pairs of eligible sightings: valid, of a deer class, embedded in `space`, and compared there.

        A row against a deer that is not merged away is itself the proof of having been compared.
        """
        return self.filter(
            space=space,
            deer__merged_into__isnull=True,
            detection__in=Detection.objects.identifiable().embedded_in(space),
        )


class SimilarityScore(models.Model):
    """The latest score of a pair in a space, of every pair compared, the losing ones too."""

    # Without indexes of their own: score_pair_unique and score_gallery begin with them.
    detection = models.ForeignKey(
        Detection, on_delete=models.CASCADE, related_name="scores", db_index=False
    )
    deer = models.ForeignKey(Deer, on_delete=models.CASCADE, related_name="scores", db_index=False)
    space = models.ForeignKey(EmbeddingSpace, on_delete=models.PROTECT, related_name="scores")
    run = models.ForeignKey(ReidRun, on_delete=models.PROTECT, related_name="scores")
    gallery_fingerprint = models.CharField(
        max_length=16, help_text="Of the deer's references under the rule; another one is stale."
    )
    score = models.PositiveSmallIntegerField(help_text="Ten-thousandths of a cosine, 0 to 10,000.")
    sex_match = models.BooleanField()
    matched = models.BooleanField(
        default=False, help_text="The pair the machine chose; review never rewrites it."
    )
    threshold_used = models.PositiveSmallIntegerField(null=True, blank=True)
    detection_classification = models.CharField(max_length=32, choices=CHOICES)
    deer_sex = models.CharField(max_length=16, choices=SEX_CHOICES)
    calculated_at = models.DateTimeField()

    objects = SimilarityScoreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="score_pair_unique", fields=["detection", "deer", "space"]
            ),
            models.CheckConstraint(
                name="score_in_range", condition=Q(score__gte=0) & Q(score__lte=SCORE_UNITS)
            ),
        ]
        indexes = [
            # a deer's look-alikes, best first
            models.Index(F("deer"), F("score").desc(), name="score_deer"),
            # with which references a deer was compared in a space: outdated scores are found without a scan
            models.Index(fields=["deer", "space", "gallery_fingerprint"], name="score_gallery"),
            # the log's newest rows, page after page: a run writes thousands at one moment
            models.Index(F("calculated_at").desc(), F("id").desc(), name="score_calculated"),
            # the log best first, whole or by what few rows lack, and the histogram
            models.Index(F("score").desc(), F("id").desc(), name="score_score"),
            # accepted pairs, best and worst: few of many
            models.Index(F("score").desc(), name="score_matched", condition=Q(matched=True)),
        ]

    def __str__(self) -> str:
        return f"{self.detection_id} x {self.deer_id}: {self.similarity_score:.4f}"

    @property
    def similarity_score(self) -> float:
        """The score in [0, 1]."""
        return self.score / SCORE_UNITS


class Decision(models.Model):
    """What the machine said of one sighting in one run, and why. Append-only."""

    class Outcome(models.TextChoices):
        ASSIGNED = "assigned"
        BELOW_THRESHOLD = "below_threshold"
        RANKED = "ranked", "ranked only: no approved threshold"
        FRAME_CONFLICT = "frame_conflict", "another sighting of the frame took the deer"
        NO_REFERENCE = "no_reference", "nothing to compare with"
        NO_ELIGIBLE = "no_eligible", "every deer ruled out by sex or life span"
        NO_EMBEDDING = "no_embedding", "no detection of it could be embedded"
        REVIEWED = "reviewed", "identity already known"

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
