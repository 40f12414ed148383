"""Surveys: a period with its cameras, frozen as the store had it, and what was estimated from it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q


class Survey(models.Model):
    """A period with its cameras for an estimate of numbers of deer.

    `frozen` is the copy of effort and captures that it rests on, made once: what is corrected later changes no survey, and the same
    number comes out again. `result` is the document of its estimates.
    """

    class Basis(models.TextChoices):
        """Identities that count as captures."""

        REVIEWED = "reviewed", "named by people or imports"
        ASSIGNED = "assigned", "named under an approved threshold or in a certified batch"
        BOTH = "both", "both"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    start = models.DateField(help_text="First day, in each camera's own days.")
    end = models.DateField(help_text="Last day, included.")
    occasion_days = models.PositiveSmallIntegerField(
        default=7, validators=[MinValueValidator(1)], help_text="Days of one occasion."
    )
    basis = models.CharField(max_length=16, choices=Basis, default=Basis.BOTH)
    one_side = models.BooleanField(
        default=False,
        help_text="Captures of left and right flanks cannot be joined: those of one flank count alone.",
    )
    cameras = models.JSONField(
        default=list, blank=True, help_text="Names of the cameras asked for; empty: all."
    )
    habitat_km2 = models.FloatField(
        null=True, blank=True, help_text="Area that deer can use, in square kilometres."
    )
    note = models.TextField(blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    frozen = models.JSONField(help_text="Effort and captures as the store had them.")
    frozen_sha256 = models.CharField(max_length=64)
    result = models.JSONField(null=True, blank=True)
    estimated_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, help_text="Why the last estimate came to no end.")

    class Meta:
        ordering = ("-start", "name")
        constraints = [
            models.CheckConstraint(
                name="survey_ends_after_start", condition=Q(end__gte=F("start"))
            ),
            models.CheckConstraint(
                name="survey_habitat_is_positive",
                condition=Q(habitat_km2__isnull=True) | Q(habitat_km2__gt=0),
            ),
            models.CheckConstraint(
                name="survey_result_has_time",
                condition=Q(result__isnull=True, estimated_at__isnull=True)
                | Q(result__isnull=False, estimated_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name
