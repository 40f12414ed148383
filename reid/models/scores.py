"""Similarity scores: the latest one of each pair of a detection and a deer by a scorer.

Scores are integers of ten-thousandths, rounded once before anything is compared with a threshold, so
that the log, the decision and every later analysis agree to the last digit.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from reid.models.detections import Deer, Detection
from reid.models.runs import ReidRun
from reid.models.scorers import Scorer
from reid.taxonomy import CHOICES, SEX_CHOICES
from reid.units import SCORE_UNITS


class SimilarityScoreQuerySet(models.QuerySet["SimilarityScore"]):
    def standing(self, scorer: Scorer) -> SimilarityScoreQuerySet:
        """Rows of `scorer` that count: those of deer that are merged away are history, of hidden ones they are left over."""
        return self.filter(
            scorer=scorer, deer__merged_into__isnull=True, deer__hidden_at__isnull=True
        )

    def of_eligible(self, scorer: Scorer) -> SimilarityScoreQuerySet:
        """Pairs of eligible sightings: valid, of a deer class, comparable by `scorer`, and compared.

        A row against a deer that is not merged away is itself the proof of having been compared.
        """
        return self.standing(scorer).filter(detection__in=Detection.objects.comparable_in(scorer))


class SimilarityScore(models.Model):
    """The latest score of a pair by a scorer, of every pair compared, the losing ones too."""

    # Without indexes of their own: score_pair_unique and score_gallery begin with them.
    detection = models.ForeignKey(
        Detection, on_delete=models.CASCADE, related_name="scores", db_index=False
    )
    deer = models.ForeignKey(Deer, on_delete=models.CASCADE, related_name="scores", db_index=False)
    scorer = models.ForeignKey(Scorer, on_delete=models.PROTECT, related_name="scores")
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
                name="score_pair_unique", fields=["detection", "deer", "scorer"]
            ),
            models.CheckConstraint(
                name="score_in_range", condition=Q(score__gte=0) & Q(score__lte=SCORE_UNITS)
            ),
        ]
        indexes = [
            # a deer's look-alikes, best first
            models.Index(F("deer"), F("score").desc(), name="score_deer"),
            # with which references a deer was compared by a scorer: outdated scores are found without a scan
            models.Index(fields=["deer", "scorer", "gallery_fingerprint"], name="score_gallery"),
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
