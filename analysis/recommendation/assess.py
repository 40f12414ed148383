"""Assessment of one scorer: the log read once, the error rates, the audit that still holds, and the verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.audit import batches, plans
from analysis.audit.answers import state_of
from analysis.audit.certificates import certificate_of
from analysis.audit.plans import freeze
from analysis.audit.state import CandidateThreshold
from analysis.labels.cost import cost_of, without_doubts
from analysis.labels.doubts import Doubts
from analysis.labels.questions import open_doubts
from analysis.recommendation.batch import offer
from analysis.recommendation.evidence import about_learned, evidence_of
from analysis.recommendation.ranked_review import ranked_review
from analysis.recommendation.strata_gates import chosen, gates_of, unreviewed
from analysis.recommendation.types import (
    ALPHA_FDP,
    Active,
    BatchSituation,
    Recommendation,
    Situation,
    Verdict,
)
from analysis.recommendation.verdict import recommend
from analysis.score_log.error_rates import ErrorRates
from analysis.score_log.integrity import faults
from analysis.score_log.session import ActiveThreshold, AnalysisError, active_threshold
from analysis.score_log.sighting_log import read_log
from reid.identifying.thresholds import Now, Proof, validity
from reid.matching.stored_gallery import load_gallery
from reid.models import AuditPlan, Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.audit.plans import Store
    from analysis.labels.cost import LabelCost
    from analysis.recommendation.strata_gates import Gates
    from analysis.score_log.sighting_log import SightingLog, WouldBe
    from reid.matching.similarity import Gallery
    from reid.models import Scorer
    from reid.strata import Stratum

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
    """Everything known of a scorer. `store` is what an audit plan is frozen on.

    `rates` are those of deer that the scorer did not learn from, where there are enough. `gates` are the first gate of
    each stratum, under None of all sightings. `batch` is the unfinished batch of the store, else the newest; `pairs` are those that the next one could freeze: None where it need not.
    """

    store: Store
    gallery: Gallery
    active: ActiveThreshold
    rates: ErrorRates
    plan: AuditPlan | None
    recommendation: Recommendation
    gates: Gates
    batch: AuditPlan | None
    pairs: WouldBe | None

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
    active = active_threshold(scorer)
    rates = rates_of(log)
    gates = gates_of(log, alpha_fpir)
    plan = plans.latest_valid(store)
    if plan is not None and len(gates) > 1 and gates[plan.only].threshold is None:
        plan = None  # strangers are no longer bounded among the sightings that it asked about
    stratum = chosen(gates, log) if plan is None else plan.only
    cost = _cost_of_doubts(log, gates, stratum, alpha_fpir)
    situation = Situation(
        gate=gates[stratum],
        assigned=lambda threshold: log.would_assign(threshold, stratum).scores,
        eligible=log.unreviewed,
        active=Active(active.units, active.is_approved, _is_proven(active, gallery), active.only),
        alpha_fdp=alpha_fdp,
        faults=faults(scorer, gallery),
        review=ranked_review(rates, _review_seconds()),
        warnings=[
            *filter(None, [cost.says]),
            *_warnings(log, stratum, gates[stratum].threshold or active.units),
        ],
        labels=cost,
        stratum=stratum,
        left=0 if stratum is None else unreviewed(log, stratum.other),
    )
    if active.only is not stratum:
        would_be = log.would_assign(active.units, active.only)
        situation = replace(situation, of_active=(gates[active.only], len(would_be.scores)))
    if plan is not None:
        situation = replace(situation, audit=state_of(plan), alpha_fdp=plan.alpha_fdp)
    batch = batches.unfinished() or batches.newest()
    pairs = batches.pairs_of(log) if situation.gate.threshold is None else None
    situation = replace(situation, batch=_batch_situation(batch, pairs))
    verdict = recommend(situation)
    return Assessment(store, gallery, active, rates, plan, verdict, gates, batch, pairs)


def _cost_of_doubts(
    log: SightingLog, gates: Gates, stratum: Stratum | None, alpha: float
) -> LabelCost:
    """The doubts that stand open, and what the first gate would let be assigned without their pairs."""
    labels, doubts = log.labels, open_doubts(log.labels)
    threshold = without = gates[stratum].threshold
    if doubts != Doubts():
        sure = without_doubts(labels.trials, doubts).take(labels.is_evidence)
        without = gates_of(replace(log, trials=sure), alpha)[stratum].threshold
    return cost_of(
        doubts, threshold, without, lambda units: len(log.would_assign(units, stratum).scores)
    )


def _batch_situation(newest: AuditPlan | None, pairs: WouldBe | None) -> BatchSituation | None:
    scores = np.array([], np.int32) if pairs is None else pairs.scores
    number = batches.next_number()
    if newest is None:
        return BatchSituation(number, scores)
    if batches.is_unfinished(newest):
        certificate = certificate_of(newest)
        says = "" if certificate is None else certificate.says
        return BatchSituation(number, scores, unfinished=state_of(newest), certified=says)
    if newest.status == AuditPlan.Status.FAILED:
        share = newest.candidates[0]["share"]
        return BatchSituation(number, scores, failed=state_of(newest), failed_share=share)
    return BatchSituation(number, scores)


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


def rates_of(log: SightingLog, stratum: Stratum | None = None) -> ErrorRates:
    """The error rates of a log, or of a stratum: of deer that the scorer did not learn from, where there are enough."""
    chosen = log.is_of(stratum, log.trial_sightings)
    trials = log.trials.take(chosen)
    return ErrorRates(trials.take(evidence_of(trials, log.learned[chosen])))


def _warnings(log: SightingLog, stratum: Stratum | None, threshold: int) -> list[str]:
    warnings = [APPROXIMATE] if len(log.trials) else []
    of_gate = log.is_of(stratum, log.trial_sightings)
    about = about_learned(log.trials.take(of_gate), log.learned[of_gate], threshold)
    warnings += [about] if about else []
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
    stratum = recommendation.situation.stratum
    return freeze(assessment.store, recommendation.candidates, alpha_fdp, stratum)


NO_BATCH: Final = "A batch begins only where no threshold can be proven, and where sightings are left to name. {reason}"
NO_SHARE: Final = "A share of the pairs is above 0 and at most 1, and a batch has at most two."


def begin_batch(
    assessment: Assessment, alpha_fdp: float, shares: Sequence[float] = ()
) -> AuditPlan:
    """Freeze a batch, of these shares of its pairs or of those that are offered.

    Raises AnalysisError where the first gate holds, so that a threshold can be audited, or where nothing can be asked.
    """
    if len(shares) > 2 or not all(0 < share <= 1 for share in shares):
        raise AnalysisError(NO_SHARE)
    situation, pairs = assessment.recommendation.situation, assessment.pairs
    if (unfinished := batches.unfinished()) is not None:
        raise AnalysisError(batches.UNFINISHED.format(number=unfinished.number))
    if pairs is None or not pairs.pairs or situation.batch is None or situation.faults:
        raise AnalysisError(NO_BATCH.format(reason=assessment.recommendation.reason))
    made = offer(replace(situation, alpha_fdp=alpha_fdp), situation.batch, shares)
    candidates = [CandidateThreshold(item.threshold, item.pairs) for item in made.candidates]
    return batches.freeze_batch(assessment.store, pairs, candidates, alpha_fdp)
