"""Audit models: the random sample that the recommendation of a threshold, or the certificate of a batch, rests on."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from reid.models.capture import Sighting
from reid.models.detections import Deer
from reid.models.scorers import Scorer
from reid.strata import Stratum
from reid.units import SCORE_UNITS


class AuditPlan(models.Model):
    """A frozen plan: scorer, gallery, population and candidates, all fixed before the first label.

    threshold: it asks for a threshold that may assign from now on. batch: it asks whether few of its own pairs are
    wrong, which are its items that are not planted; what passes is certified, and nothing else.
    """

    class Kind(models.TextChoices):
        THRESHOLD = "threshold"
        BATCH = "batch"

    class Status(models.TextChoices):
        """open -> passed | failed | spoiled | expired | abandoned; passed -> expired, or abandoned by a person."""

        OPEN = "open"
        PASSED = "passed"
        FAILED = "failed"
        EXPIRED = "expired"
        SPOILED = "spoiled", "spoiled by its judge"
        ABANDONED = "abandoned"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.THRESHOLD)
    number = models.PositiveIntegerField(
        null=True,
        blank=True,
        unique=True,
        help_text="Of a batch: which one of this store, from 1. The risk that it may take follows from it.",
    )
    scorer = models.ForeignKey(Scorer, on_delete=models.PROTECT, related_name="audit_plans")
    gallery_fingerprint = models.CharField(max_length=64)
    population_sha256 = models.CharField(max_length=64)
    n_population = models.PositiveIntegerField()
    alpha_fdp = models.FloatField(validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    risk = models.FloatField(default=0.05)
    stratum = models.CharField(
        max_length=16,
        choices=[(item.value, item.words) for item in Stratum],
        blank=True,
        help_text="The sightings that its candidates would assign; empty: all.",
    )
    candidates = models.JSONField(help_text="Thresholds with their assigned counts, high to low.")
    salt = models.CharField(max_length=64)
    status = models.CharField(max_length=16, choices=Status, default=Status.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    certified_from = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Of a batch that has passed: its pairs of this score and above are certified.",
    )
    assignment = models.OneToOneField(
        "reid.Operation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="batch",
        help_text="The operation that gave the certified sightings their deer.",
    )

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                name="audit_one_open_a_scorer", fields=["scorer"], condition=Q(status="open")
            ),
            # Two at a time might certify the same sighting.
            models.UniqueConstraint(
                name="audit_one_open_batch",
                fields=["kind"],
                condition=Q(kind="batch", status="open"),
            ),
            models.CheckConstraint(
                name="audit_batch_has_number",
                condition=Q(kind="batch", number__gte=1) | Q(kind="threshold", number__isnull=True),
            ),
            models.CheckConstraint(
                name="audit_certifies_passed_batches",
                condition=Q(certified_from__isnull=True, assignment__isnull=True)
                | Q(kind="batch", status__in=["passed", "abandoned"], certified_from__isnull=False),
            ),
            models.CheckConstraint(
                name="audit_alpha_in_range", condition=Q(alpha_fdp__gt=0) & Q(alpha_fdp__lt=1)
            ),
            models.CheckConstraint(
                name="audit_risk_in_range", condition=Q(risk__gt=0) & Q(risk__lt=1)
            ),
            models.CheckConstraint(
                name="audit_closed_has_time",
                condition=Q(status="open", closed_at__isnull=True)
                | (~Q(status="open") & Q(closed_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"audit {self.pk} ({self.status})"

    @property
    def only(self) -> Stratum | None:
        """The sightings that its candidates would assign; None: all."""
        return Stratum(self.stratum) if self.stratum else None


class AuditItem(models.Model):
    """One would-be assignment of the plan's population, in its random order `u`.

    A planted one is no assignment but a sighting of known identity with another deer: its answer is no
    evidence and measures the judge.
    """

    class Outcome(models.TextChoices):
        RIGHT = "right"
        WRONG = "wrong"
        CANNOT_TELL = "cannot_tell"

    plan = models.ForeignKey(AuditPlan, on_delete=models.CASCADE, related_name="items")
    # Evidence keeps what it was evidence of.
    sighting = models.ForeignKey(Sighting, on_delete=models.PROTECT, related_name="audit_items")
    deer = models.ForeignKey(Deer, on_delete=models.PROTECT, related_name="audit_items")
    score = models.PositiveSmallIntegerField()
    u = models.CharField(max_length=64, help_text="SHA-256 of salt and sighting: the draw's order.")
    detections_sha256 = models.CharField(
        max_length=64,
        blank=True,
        help_text="Of a batch: what the sighting showed when it was frozen.",
    )
    is_planted = models.BooleanField(default=False)
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    second_look = models.CharField(max_length=16, choices=Outcome, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("plan", "u")
        constraints = [
            models.UniqueConstraint(name="audit_item_unique", fields=["plan", "sighting"]),
            models.CheckConstraint(
                name="audit_score_in_range",
                condition=Q(score__gte=0) & Q(score__lte=SCORE_UNITS),
            ),
            models.CheckConstraint(
                name="audit_outcome_has_reviewer",
                condition=Q(outcome="") | Q(reviewer__isnull=False),
            ),
        ]
        indexes = [models.Index(name="audit_draw", fields=["plan", "u"])]

    def __str__(self) -> str:
        return f"{self.sighting_id}: {self.outcome or 'open'}"
