"""Assessment of one scorer: the log read once, the error rates, the audit that still holds, and the verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.audit import plans
from analysis.audit.answers import state_of
from analysis.audit.plans import freeze
from analysis.recommendation.fpir_gate import fpir_gate
from analysis.recommendation.ranked_review import ranked_review
from analysis.recommendation.types import ALPHA_FDP, Active, Recommendation, Situation, Verdict
from analysis.recommendation.verdict import recommend
from analysis.score_log.error_rates import ErrorRates
from analysis.score_log.integrity import faults
from analysis.score_log.session import ActiveThreshold, AnalysisError, active_threshold
from analysis.score_log.sighting_log import read_log
from analysis.score_log.trials import NOT_COMPARED
from reid.identifying.thresholds import Now, Proof, validity
from reid.matching.stored_gallery import load_gallery
from reid.models import AuditPlan, Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.audit.plans import Store
    from analysis.score_log.sighting_log import SightingLog
    from reid.matching.similarity import Gallery
    from reid.models import AuditPlan, Scorer

ALPHA_FPIR: Final = 0.05
MIX_LIMIT: Final = 0.2
"""Total variation distance of two class mixes past which strangers and labelled deer are not alike."""
ENOUGH_TO_COMPARE: Final = 30
MIX_WARNING: Final = (
    "The class mix of unreviewed sightings differs from that of the labelled ones: FPIR holds for deer "
    "like those that are labelled."
)
APPROXIMATE: Final = (
    "The FPIR bound is approximate: decoys share one gallery, and few deer make it less sure."
)
_TIMED: Final = (Operation.Kind.CONFIRM, Operation.Kind.ASSIGN, Operation.Kind.NEW_DEER)


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """Everything known of a scorer. `store` is what an audit plan is frozen on."""

    store: Store
    gallery: Gallery
    active: ActiveThreshold
    rates: ErrorRates
    plan: AuditPlan | None
    recommendation: Recommendation

    @property
    def log(self) -> SightingLog:
        return self.store.log


def assess(
    scorer: Scorer, *, alpha_fpir: float = ALPHA_FPIR, alpha_fdp: float = ALPHA_FDP
) -> Assessment:
    """Judge `scorer` by everything that is logged by it. Reads only.

    Where an audit plan still fits the store, its alpha is the one that counts.
    """
    gallery = load_gallery(scorer)
    log = read_log(scorer)
    store = plans.Store(scorer, gallery.fingerprint, log)
    plan = plans.latest_valid(store)
    active = active_threshold(scorer)
    rates = ErrorRates(log.trials)
    has_decoy = log.trials.decoys > NOT_COMPARED
    situation = Situation(
        gate=fpir_gate(log.trials.decoys[has_decoy], log.trials.deer[has_decoy], alpha=alpha_fpir),
        assigned=lambda threshold: log.would_assign(threshold).scores,
        eligible=log.unreviewed,
        active=Active(active.units, active.is_approved, _is_proven(active, gallery)),
        alpha_fdp=alpha_fdp,
        faults=faults(scorer, gallery),
        review=ranked_review(rates, _review_seconds()),
        warnings=_warnings(log),
    )
    if plan is not None:
        situation = replace(situation, audit=state_of(plan), alpha_fdp=plan.alpha_fdp)
    return Assessment(store, gallery, active, rates, plan, recommend(situation))


def _is_proven(active: ActiveThreshold, gallery: Gallery) -> bool:
    """Whether the approved threshold is proven for the gallery as it stands."""
    if active.row is None:
        return False
    return validity(active.row, Now.read(gallery.fingerprint)).proof is Proof.PROVEN


def _review_seconds() -> float | None:
    """Median seconds of a review of a randomly drawn sighting in this store; None where none was timed."""
    reviews = Operation.objects.filter(
        kind__in=_TIMED,
        selection=Operation.Selection.RANDOM,
        seconds__isnull=False,
        undone_by__isnull=True,
    )
    seconds = list(reviews.order_by("-created_at").values_list("seconds", flat=True)[:200])
    return median(filter(None, seconds)) if any(seconds) else None


def _warnings(log: SightingLog) -> list[str]:
    warnings = [APPROXIMATE] if len(log.trials) else []
    if min(len(log.trial_classes), len(log.classes)) >= ENOUGH_TO_COMPARE:
        distance = _total_variation(log.trial_classes, log.classes)
        if distance > MIX_LIMIT:
            warnings.append(MIX_WARNING)
    return warnings


def _total_variation(first: Sequence[str], second: Sequence[str]) -> float:
    one, two = Counter(first), Counter(second)
    names = sorted(one | two)
    shares = [np.array([counts[name] for name in names]) / counts.total() for counts in (one, two)]
    return float(np.abs(shares[0] - shares[1]).sum()) / 2


NOT_YET = "An audit cannot begin: {reason}"


def begin(assessment: Assessment, alpha_fdp: float) -> AuditPlan:
    """Freeze the plan that `assessment` needs. Raises AnalysisError where its verdict needs none."""
    recommendation = assessment.recommendation
    if assessment.plan is None and recommendation.verdict is not Verdict.AUDIT_NEEDED:
        raise AnalysisError(NOT_YET.format(reason=recommendation.reason))
    return freeze(assessment.store, recommendation.candidates, alpha_fdp)
