"""Snapshot model: how well identification worked, a row per period and scorer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q

from reid.models.scorers import Scorer
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from datetime import datetime


class PerformanceSnapshotQuerySet(models.QuerySet["PerformanceSnapshot"]):
    def of(self, scorer: Scorer) -> PerformanceSnapshotQuerySet:
        """Those of one scorer, newest first."""
        return self.filter(scorer=scorer).order_by("-period")

    def baseline(self, scorer: Scorer) -> PerformanceSnapshot | None:
        """The snapshot whose sightings the later ones are compared with; None before there is one."""
        return self.of(scorer).filter(starts_baseline=True).first()

    def outdated(self, now: datetime, days: int) -> PerformanceSnapshotQuerySet:
        """Older than `days`; a baseline stays, for the chart rests on it."""
        return self.filter(taken_at__lt=now - timedelta(days=days), starts_baseline=False)


class PerformanceSnapshot(models.Model):
    """What the log of one scorer said in one period. Append-only; two schedulers make no second one.

    `sample` is what came in since the last sample: at least so many sightings that a share says something;
    where they are fewer its fields are empty and they wait for the next snapshot. `baseline` are the sightings
    of the time up to the snapshot that starts it, scored as today. Rates are shares, scores ten-thousandths.
    """

    class ThresholdState(models.TextChoices):
        NONE = "none", "none approved: nothing is assigned"
        PROVEN = "proven", "proven for the gallery as it stands"
        UNPROVEN = "unproven", "approved without a proof"
        EXPIRED = "expired", "proven for another gallery"

    scorer = models.ForeignKey(Scorer, on_delete=models.PROTECT, related_name="snapshots")
    period = models.DateField(help_text="The period's first local day.")
    taken_at = models.DateTimeField()
    starts_baseline = models.BooleanField(default=False)
    gallery_fingerprint = models.CharField(max_length=64)
    deer = models.PositiveIntegerField(help_text="Enrolled deer.")
    references = models.PositiveIntegerField()
    threshold = models.PositiveSmallIntegerField(null=True, blank=True)
    threshold_state = models.CharField(max_length=16, choices=ThresholdState)
    eligible = models.PositiveIntegerField(help_text="Eligible sightings.")
    assigned = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of them with a best score at or above the threshold."
    )
    best_scores = models.JSONField(
        help_text="Sightings by best score in bars of 0.05: all, baseline, sample."
    )
    new_sightings = models.PositiveIntegerField(help_text="Identified since the last snapshot.")
    reviewed_sightings = models.PositiveIntegerField(help_text="Reviewed since the last snapshot.")
    stale_detections = models.PositiveIntegerField()
    baseline_trials = models.PositiveIntegerField(null=True, blank=True)
    baseline_assigned = models.PositiveIntegerField(null=True, blank=True)
    sample_trials = models.PositiveIntegerField(null=True, blank=True)
    sample_assigned = models.PositiveIntegerField(null=True, blank=True)
    rate_centre = models.FloatField(null=True, blank=True)
    rate_lower = models.FloatField(null=True, blank=True)
    rate_upper = models.FloatField(null=True, blank=True)
    psi = models.FloatField(null=True, blank=True)
    psi_bound = models.FloatField(null=True, blank=True, help_text="What chance alone reaches.")
    trainable_deer = models.PositiveIntegerField(help_text="Known in two sightings or more.")
    new_trainable_deer = models.PositiveIntegerField(help_text="Of them since the last training.")
    verdict = models.CharField(max_length=32)
    reason = models.TextField()
    gates = models.JSONField(default=list, blank=True, help_text="Faults of the log, as sentences.")
    alerts = models.JSONField(default=list, blank=True)
    notified_at = models.DateTimeField(
        null=True, blank=True, help_text="When its news were mailed; empty while they wait."
    )

    objects = PerformanceSnapshotQuerySet.as_manager()

    class Meta:
        ordering = ("-period", "-taken_at")
        constraints = [
            models.UniqueConstraint(name="snapshot_one_a_period", fields=["scorer", "period"]),
            models.CheckConstraint(
                name="snapshot_assigned_is_a_part",
                condition=Q(assigned__isnull=True) | Q(assigned__lte=F("eligible")),
            ),
            models.CheckConstraint(
                name="snapshot_threshold_in_range",
                condition=Q(threshold__isnull=True) | Q(threshold__range=(1, SCORE_UNITS)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scorer} on {self.period}"

    @property
    def rate(self) -> float | None:
        """The assignment rate of all eligible sightings; None where nothing is assigned or eligible."""
        return _share(self.assigned, self.eligible)

    @property
    def sample_rate(self) -> float | None:
        """That of the sample alone: the point on the control chart."""
        return _share(self.sample_assigned, self.sample_trials)

    @property
    def standing(self) -> list[dict[str, Any]]:
        """Alerts that are on: raised now or earlier, and not cleared."""
        return [alert for alert in self.alerts if alert["state"] != "cleared"]


def _share(hits: int | None, trials: int | None) -> float | None:
    return hits / trials if hits is not None and trials else None
