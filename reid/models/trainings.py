"""Training model: the space it derives from, its evaluation, and its result."""

from __future__ import annotations

import uuid

from django.db import models

from reid.models.runs import ReidRun
from reid.models.spaces import EmbeddingSpace
from reid.models.thresholds import Threshold


class Training(models.Model):
    """One attempt to derive a better embedding space. Its life (state, heartbeat, cancelling) is its run's.

    The judgement is written before the last training on all deer, and `space` when that is registered. Once the
    space is used (`applied_at`) and its scores are there, `assessment` says what the rules of thresholds make of them.
    """

    class Method(models.TextChoices):
        CENTRE = "centre", "centre: the mean of all embeddings taken off"
        HEAD = "head", "head: a projection learned from stored embeddings"
        FINETUNE = "finetune", "finetune: the network itself, learned from crops"

    class Verdict(models.TextChoices):
        BETTER = "BETTER", "better than its parent"
        NOT_BETTER = "NOT_BETTER", "not better than its parent"
        TOO_FEW = "TOO_FEW", "too few sightings to judge by"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # A run that trained stays explainable as long as its training does.
    run = models.OneToOneField(ReidRun, on_delete=models.PROTECT, related_name="training")
    method = models.CharField(max_length=16, choices=Method)
    parent = models.ForeignKey(EmbeddingSpace, on_delete=models.PROTECT, related_name="trainings")
    # None: not got so far. Two trainings may come to the same space: a centre that has not moved.
    space = models.ForeignKey(
        EmbeddingSpace, on_delete=models.PROTECT, null=True, blank=True, related_name="made_by"
    )
    options = models.JSONField(help_text="Folds, recipe and seed: what decides the weights.")
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    judgement = models.JSONField(default=dict, blank=True)
    apply_when_better = models.BooleanField(
        default=False, help_text="Somebody asked for it to be used if its verdict is BETTER."
    )
    applied_at = models.DateTimeField(
        null=True, blank=True, help_text="When its space was last taken into use through it."
    )
    assessment = models.JSONField(
        default=dict,
        blank=True,
        help_text="The verdict on its threshold; empty until its scores are there.",
    )
    # What was proposed is a record with a history.
    threshold = models.ForeignKey(
        Threshold, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.method} of {self.parent}"
