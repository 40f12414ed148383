"""Snapshot of a scorer: what its log shows now, as the next entry of its history. Only reads."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.monitoring.alerts import ReadyThreshold, SnapshotFacts, Standing, follow
from analysis.monitoring.observations import embedded_in, learning_of, read_watched, reviewed_since
from analysis.recommendation.assess import assess
from analysis.recommendation.types import Verdict
from analysis.score_log.session import NOTHING_LOGGED, AnalysisError
from analysis.stats.drift import AssignmentCount, control_limits, dispersion, stability_index
from analysis.stats.intervals import UndefinedError
from reid.models import Detection, PerformanceSnapshot
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from datetime import date, datetime

    from analysis.monitoring.observations import Watched
    from analysis.recommendation.assess import Assessment
    from analysis.stats.drift import Limits, Stability
    from reid.identifying.thresholds import Validity
    from reid.models import Scorer

MIN_BASELINE: Final = 100
"""Eligible sightings with which a scorer's baseline begins."""
MIN_SAMPLE: Final = 50
"""New sightings that are judged together; fewer wait for the next snapshot. Of 30 only a collapse is seen."""

_State = PerformanceSnapshot.ThresholdState


def observe(scorer: Scorer, now: datetime, period: date) -> tuple[PerformanceSnapshot, Assessment]:
    """The snapshot of `period`, not saved, and the assessment that it was read with.

    Raises AnalysisError where nothing is logged.
    """
    previous = PerformanceSnapshot.objects.of(scorer).first()
    assessment = assess(scorer)
    watched = read_watched(scorer, assessment.log, assessment.active.only)
    if not len(watched):
        raise AnalysisError(NOTHING_LOGGED)
    baseline = PerformanceSnapshot.objects.baseline(scorer)
    threshold = assessment.active.units if assessment.active.is_approved else None
    validity, override = assessment.active.validity, assessment.active.override
    state = _state(validity)
    learning = learning_of(scorer.vectors)
    snapshot = PerformanceSnapshot(
        scorer=scorer,
        period=period,
        taken_at=now,
        starts_baseline=baseline is None and len(watched) >= MIN_BASELINE,
        gallery_fingerprint=assessment.gallery.fingerprint,
        deer=len(assessment.gallery.deer),
        references=len(assessment.gallery.references),
        threshold=threshold,
        threshold_state=state,
        eligible=len(watched),
        assigned=None if threshold is None else watched.tally(threshold).hits,
        best_scores={"all": watched.bars},
        new_sightings=int((watched.entered > _stamp(previous)).sum()),
        reviewed_sightings=reviewed_since(previous.taken_at if previous else None),
        stale_detections=Detection.objects.due_for(scorer).count(),
        trainable_deer=learning.trainable,
        new_trainable_deer=learning.new,
        verdict=assessment.recommendation.verdict.value,
        reason=assessment.recommendation.reason,
        gates=list(assessment.recommendation.situation.faults),
    )
    comparison = None if baseline is None else _compare(watched, baseline, threshold)
    if comparison is not None:
        _write_down(snapshot, comparison)
    facts = SnapshotFacts(
        sample=comparison.sample_tally if comparison else None,
        limits=comparison.limits if comparison else None,
        stability=comparison.stability if comparison else None,
        threshold=None if threshold is None else threshold / SCORE_UNITS,
        threshold_state=state.value,
        why_expired=validity.why if validity else "",
        override=None if override is None else override / SCORE_UNITS,
        stale=snapshot.stale_detections,
        stale_before=previous.stale_detections if previous else None,
        embedded=embedded_in(scorer),
        learning=learning,
        ready=_ready(assessment),
    )
    earlier = map(Standing.from_json, previous.alerts if previous else ())
    snapshot.alerts = [item.to_json() for item in follow(earlier, facts, period.isoformat())]
    return snapshot, assessment


def _ready(assessment: Assessment) -> ReadyThreshold | None:
    """The threshold that is proven and waits for an approval."""
    found, situation = assessment.recommendation, assessment.recommendation.situation
    if found.verdict is not Verdict.RECOMMEND or found.threshold is None:
        return None
    return ReadyThreshold(
        threshold=found.threshold / SCORE_UNITS,
        assigned=len(situation.assigned(found.threshold)),
        unreviewed=situation.eligible,
        assigned_now=situation.assigned_by_active if assessment.active.is_approved else 0,
        left=situation.left_for_review,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """A sample beside its baseline, both scored against today's gallery; without a threshold no limits."""

    before: Watched
    sample: Watched
    threshold: int | None
    limits: Limits | None
    stability: Stability | None

    @property
    def sample_tally(self) -> AssignmentCount:
        return _tally(self.sample, self.threshold)

    @property
    def baseline_tally(self) -> AssignmentCount:
        return _tally(self.before, self.threshold)


def _tally(of: Watched, threshold: int | None) -> AssignmentCount:
    """Without an approved threshold nothing is assigned."""
    return AssignmentCount(0, len(of)) if threshold is None else of.tally(threshold)


def _compare(
    watched: Watched, baseline: PerformanceSnapshot, threshold: int | None
) -> _Compared | None:
    """The sightings since the last sample, against the baseline; None where they are too few."""
    history = PerformanceSnapshot.objects.of(baseline.scorer)
    last = history.filter(sample_trials__isnull=False).first()
    before = watched.chosen(watched.entered <= _stamp(baseline))
    sample = watched.chosen(watched.entered > max(_stamp(baseline), _stamp(last)))
    if len(sample) < MIN_SAMPLE or not len(before):
        return None
    limits = stability = None
    if threshold is not None:
        spread = dispersion(before.reaching(threshold), before.days)
        limits = control_limits(before.tally(threshold), len(sample), spread)
    # Where no score is known, or all are alike, there is no distribution to compare.
    with suppress(UndefinedError):
        spread = dispersion(before.best > np.median(before.best), before.days)
        stability = stability_index(before.compared, sample.compared, spread)
    return _Compared(before, sample, threshold, limits, stability)


def _write_down(snapshot: PerformanceSnapshot, comparison: _Compared) -> None:
    snapshot.best_scores |= {"baseline": comparison.before.bars, "sample": comparison.sample.bars}
    snapshot.baseline_trials, snapshot.sample_trials = (
        len(comparison.before),
        len(comparison.sample),
    )
    if comparison.limits is not None:
        snapshot.baseline_assigned = comparison.baseline_tally.hits
        snapshot.sample_assigned = comparison.sample_tally.hits
        snapshot.rate_centre = comparison.limits.centre
        snapshot.rate_lower, snapshot.rate_upper = comparison.limits.lower, comparison.limits.upper
    if comparison.stability is not None:
        snapshot.psi, snapshot.psi_bound = comparison.stability.value, comparison.stability.bound


def _state(validity: Validity | None) -> PerformanceSnapshot.ThresholdState:
    """Alerts are about proofs: an operator's own number lacks one, whatever has become of the herd."""
    if validity is None:
        return _State.NONE
    return _State(validity.proof.value) if validity.is_proof else _State.UNPROVEN


def _stamp(snapshot: PerformanceSnapshot | None) -> float:
    """The time at which it was taken, in seconds; before everything where there is none."""
    return snapshot.taken_at.timestamp() if snapshot else 0.0
