"""Thresholds: scores at and above which a match is accepted, each with its history."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q

from reid.db import shared_clock
from reid.models.scorers import Scorer
from reid.strata import Stratum, left_for_review
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


def threshold_override() -> int | None:
    """Score units of REID_THRESHOLD, which the runs that are created under it use; None where it is not set.

    It approves nothing: no record of it is kept but in the rows of these runs.
    """
    value = settings.REID_THRESHOLD
    return None if value is None else max(round(value * SCORE_UNITS), 1)


class ThresholdQuerySet(models.QuerySet["Threshold"]):
    def in_force(self, scorer: Scorer) -> Threshold | None:
        """What a person approved for the scorer and nobody withdrew; None where there is nothing."""
        return self.filter(scorer=scorer, is_active=True).select_related("approved_by").first()


class Threshold(models.Model):
    """The score at and above which a match is accepted. Proposed by analysis, approved by a person."""

    class Source(models.TextChoices):
        ANALYSIS = "analysis"
        OPERATOR = "operator"
        # The source of runs under REID_THRESHOLD. Records of it are older: none is written, none is active.
        ENV = "env"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scorer = models.ForeignKey(Scorer, on_delete=models.PROTECT, related_name="thresholds")
    value = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        validators=[MinValueValidator(Decimal("0.0001")), MaxValueValidator(Decimal(1))],
    )
    source = models.CharField(max_length=16, choices=Source)
    stratum = models.CharField(
        max_length=16,
        choices=[(item.value, item.words) for item in Stratum],
        blank=True,
        help_text="The sightings that it assigns, where strangers could be bounded among these alone; empty: all.",
    )
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

    objects = ThresholdQuerySet.as_manager()

    class Meta:
        ordering = ("-proposed_at",)
        constraints = [
            models.CheckConstraint(
                name="threshold_in_range", condition=Q(value__gt=0) & Q(value__lte=1)
            ),
            models.UniqueConstraint(
                name="threshold_one_active_a_scorer",
                fields=["scorer"],
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
            models.CheckConstraint(
                name="threshold_env_is_never_active",
                condition=Q(is_active=False) | ~Q(source="env"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} ({self.source})"

    @property
    def units(self) -> int:
        """The threshold in score units."""
        return int((self.value * SCORE_UNITS).to_integral_value())

    @property
    def only(self) -> Stratum | None:
        """The sightings that it assigns; None: all."""
        return Stratum(self.stratum) if self.stratum else None

    @property
    def left(self) -> str:
        """The sentence on the sightings that it leaves for review; empty where it leaves none."""
        return left_for_review(self.stratum)

    def approve(self, approver: AbstractBaseUser | AnonymousUser) -> None:
        """Make this the scorer's active threshold, in the name of a person; it remembers which one was."""
        with transaction.atomic():
            rivals = Threshold.objects.select_for_update().filter(
                scorer=self.scorer, is_active=True
            )
            self.replaces = rivals.exclude(pk=self.pk).first()
            rivals.exclude(pk=self.pk).update(is_active=False)
            self.approved_by_id = approver.pk
            self.approved_at = shared_clock.now()  # runs are held against it, by their heartbeats
            self.is_active = True
            self.save()
