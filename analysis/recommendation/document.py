"""JSON document of a recommendation and its audit: scores and rates as shares of 1, undefined as null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from analysis.audit.answers import state_of
from analysis.audit.certificates import CLAIM, certificate_document, in_words
from analysis.audit.document import audit_document
from analysis.audit.plans import GROWTH
from analysis.recommendation.evidence import evidence_of
from analysis.recommendation.fdp_gate import GAIN
from analysis.score_log.trials import NOT_COMPARED
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from analysis.audit.state import AuditState
    from analysis.labels.cost import LabelCost
    from analysis.recommendation.assess import Assessment
    from analysis.recommendation.fpir_gate import FpirGate
    from analysis.recommendation.ranked_review import RankedReview
    from analysis.recommendation.strata_gates import Gates
    from analysis.recommendation.types import BatchOffer, Recommendation
    from analysis.stats.intervals import Share
    from reid.models import AuditPlan

ASSUMED: Final = "strangers resemble enrolled deer"
EXPIRES_WHEN: Final = ("gallery", "scorer", "population changed", f"population+{GROWTH - 1:.0%}")


def recommendation_document(assessment: Assessment) -> dict[str, Any]:
    """The verdict with everything that it rests on, in the shape that docs describe."""
    recommendation, gallery = assessment.recommendation, assessment.gallery
    scorer = assessment.store.scorer
    situation, state, at = (
        recommendation.situation,
        recommendation.situation.audit,
        _at(recommendation),
    )
    return {
        "verdict": recommendation.verdict.value,
        "reason": recommendation.reason,
        "unit": "sighting",
        "threshold": _score(recommendation.threshold),
        "assigns": situation.stratum.value if situation.stratum else "all",
        "left_for_review": situation.left_for_review,
        "active": _score(situation.active.threshold),
        "space": scorer.space.fingerprint if scorer.space else None,
        "scorer": scorer.to_json(),
        "gallery": {
            "fingerprint": gallery.fingerprint,
            "deer": len(gallery.deer),
            "references": len(gallery.references),
        },
        "expires_when": list(EXPIRES_WHEN),
        "fpir": _fpir(situation.gate, recommendation) | {"learned": _learned(assessment)},
        "strata": _strata(assessment.gates),
        "audit": _audit(recommendation, state, assessment.plan),
        "assignment_rate": _assignment_rate(recommendation),
        "decoy_forecast_fdp_upper": None if at is None else situation.fdp_forecast(at),
        "more": {
            "reviews": recommendation.more.reviews,
            "deer": recommendation.more.deer,
            "audits": recommendation.more.audits,
        },
        "batch": _batch(recommendation, assessment.batch),
        "labels": _labels(situation.labels),
        "ranked_review": _ranked_review(situation.review),
        "warnings": list(situation.warnings),
    }


def status_document(plan: AuditPlan, recommendation: Recommendation) -> dict[str, Any]:
    """The progress of a plan, and the verdict on the store by it."""
    return audit_document(plan, state_of(plan)) | {
        "verdict": recommendation.verdict.value,
        "reason": recommendation.reason,
        "more": {"audits": recommendation.more.audits},
    }


def _score(units: int | None) -> float | None:
    return None if units is None else units / SCORE_UNITS


def _at(recommendation: Recommendation) -> int | None:
    """The threshold that the figures are about: the one recommended, else the lowest that was tried."""
    if recommendation.threshold is not None or not recommendation.candidates:
        return recommendation.threshold or recommendation.situation.gate.threshold
    return recommendation.candidates[-1].threshold


def _fpir(gate: FpirGate, recommendation: Recommendation) -> dict[str, Any]:
    at, weighting = _at(recommendation), gate.weighting
    estimate = None if at is None or weighting is None else gate.estimate(at)
    n_eff = weighting.n_eff if weighting else 0.0
    return {
        "alpha": gate.alpha,
        "risk": gate.risk,
        "estimate": estimate,
        "upper": None if at is None else gate.upper(at),
        "trials": gate.trials,
        "deer": gate.deer,
        "rho": weighting.rho if weighting else None,
        "n_eff": n_eff,
        "hits_weighted": None if estimate is None else estimate * n_eff,
        "threshold": _score(gate.threshold),
        "approximate": True,
        "assumes": ASSUMED,
    }


def _learned(assessment: Assessment) -> dict[str, int]:
    """Labelled sightings of deer that the scorer learned from: those that FPIR rests on, and those that it does not."""
    log, stratum = assessment.log, assessment.recommendation.situation.stratum
    chosen = log.is_of(stratum, log.trial_sightings)
    trials, learned = log.trials.take(chosen), log.learned[chosen]
    compared = learned & (trials.decoys > NOT_COMPARED)
    counted = int((compared & evidence_of(trials, learned)).sum())
    return {"counted": counted, "left_out": int(compared.sum()) - counted}


def _strata(gates: Gates) -> dict[str, Any]:
    """The smallest threshold that the first gate lets through in each stratum; empty where there are no strata."""
    return {
        stratum.value: {
            "threshold": _score(gate.threshold),
            "trials": gate.trials,
            "deer": gate.deer,
            "more_reviews": gate.more.reviews,
        }
        for stratum, gate in gates.items()
        if stratum is not None
    }


def _audit(
    recommendation: Recommendation, state: AuditState | None, plan: AuditPlan | None
) -> dict[str, Any] | None:
    """The plan that holds; before there is one, the candidates that it would have."""
    if state is not None and plan is not None:
        return audit_document(plan, state)
    if not recommendation.candidates:
        return None
    return {
        "plan": None,
        "status": "needed",
        "alpha": recommendation.situation.alpha_fdp,
        "candidates": [
            {"threshold": item.threshold / SCORE_UNITS, "assigned": item.assigned}
            for item in recommendation.candidates
        ],
        "forecast": recommendation.more.audits,
    }


def _batch(recommendation: Recommendation, newest: AuditPlan | None) -> dict[str, Any] | None:
    """The batch that is offered, the newest one, and all certificates in words; None where there is no batch."""
    if recommendation.batch is None and newest is None:
        return None
    return {
        "offered": None if recommendation.batch is None else offer_document(recommendation.batch),
        "newest": None if newest is None else certificate_document(newest),
        "certificates": in_words(),
    }


def offer_document(made: BatchOffer) -> dict[str, Any]:
    """A batch that may be opened: `judgements` by the number of errors among them, null where they are too many."""
    return {
        "number": made.number,
        "risk": made.risk,
        "pairs": made.pairs,
        "claim": CLAIM,
        "candidates": [
            {
                "threshold": item.threshold / SCORE_UNITS,
                "pairs": item.pairs,
                "share": item.share,
                "judgements": {
                    str(errors): number for errors, number in enumerate(item.judgements)
                },
            }
            for item in made.candidates
        ],
    }


def _assignment_rate(recommendation: Recommendation) -> dict[str, Any] | None:
    """Of the unreviewed eligible sightings; `relative` and `points` (percentage points) are the change."""
    situation, at = recommendation.situation, _at(recommendation)
    if not situation.eligible or at is None:
        return None
    at_threshold = len(situation.assigned(at))
    at_active = situation.assigned_by_active
    return {
        "unreviewed": situation.eligible,
        "at_threshold": at_threshold / situation.eligible,
        "at_active": at_active / situation.eligible,
        "relative": at_threshold / at_active if at_active else None,
        "points": 100 * (at_threshold - at_active) / situation.eligible,
        "worth_changing_from": GAIN,
    }


def _labels(cost: LabelCost | None) -> dict[str, Any] | None:
    """The doubts about labels that stand open, and the first gate's threshold with and without their pairs."""
    if cost is None:
        return None
    return {
        "likely_wrong": cost.labels,
        "likely_twins": cost.twins,
        "threshold": _score(cost.threshold),
        "assigned": cost.assigned,
        "threshold_without": _score(cost.without),
        "assigned_without": cost.assigned_without,
        "says": cost.says,
    }


def _ranked_review(review: RankedReview | None) -> dict[str, Any] | None:
    if review is None:
        return None
    rate: Share = review.hit_rate
    return {
        "k": review.k,
        "hit_rate": rate.estimate,
        "ci": [rate.low, rate.high],
        "at_least": True,
        "from": "random reviews, audits and imported identities",
        "n": rate.trials,
        "seconds_per_probe": review.seconds,
        "minutes_per_100": review.minutes_per_100,
        "identified_per_100": 100 * review.mated * rate.estimate,
    }
