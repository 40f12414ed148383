"""Verdict on a scorer: a threshold with a proof, or what is missing. Pure.

Two gates. Strangers: FPIR at most 5 %, from decoys (`analysis.recommendation.fpir_gate`). Assignments: FDP at most
2, 5 or 10 %, from an audit of would-be assignments (`analysis.recommendation.fdp_gate`). Decoys alone never
recommend, since deer without a name may look less distinctive than those that got one. Where deer are too few for the
first gate, a batch of what is there can be certified (`analysis.recommendation.batch`).
"""

from __future__ import annotations

from analysis.recommendation.batch import (
    HOPELESS,
    forecast,
    of_no_use,
    offer,
    recommend_offer,
    recommend_unfinished,
)
from analysis.recommendation.fdp_gate import candidates_of, judge, plan_an_audit, why_not_taken
from analysis.recommendation.types import MIN_ASSIGNED, Recommendation, Situation, Verdict
from reid.units import as_score


def recommend(situation: Situation) -> Recommendation:
    """The verdict on a situation: data, evidence, audit, use, need, in this order.

    Parameters
    ----------
    situation : Situation
        All that the verdict rests on.

    Returns
    -------
    Recommendation
        The verdict, its reason in sentences, and what is missing.

    Examples
    --------
    Without a labelled sighting there is no evidence:

    >>> import numpy as np
    >>> from analysis.recommendation.fpir_gate import fpir_gate
    >>> from analysis.recommendation.types import Active
    >>> nothing = np.array([], np.int32)
    >>> situation = Situation(
    ...     gate=fpir_gate(nothing, nothing.astype(np.int64)),
    ...     assigned=lambda threshold: nothing,
    ...     eligible=0,
    ...     active=Active(7000),
    ... )
    >>> recommend(situation).verdict
    <Verdict.INSUFFICIENT_EVIDENCE: 'INSUFFICIENT_EVIDENCE'>
    """
    gate, audit, batch = situation.gate, situation.audit, situation.batch
    if batch is not None and batch.unfinished is not None:
        # Its pairs are right or wrong whatever the scores or the gallery have become.
        return recommend_unfinished(situation, batch.unfinished, batch.certified)
    if situation.faults:
        reason = "The scores cannot be trusted: " + " ".join(situation.faults)
        return Recommendation(Verdict.INVALID_DATA, reason, situation)
    if gate.is_hopeless:
        reason = (
            "More than one decoy in twenty reaches the highest score there is: "
            "look for one deer enrolled under two names (analyze_reid_performance --labels), else the scores do not "
            "tell deer apart."
        )
        return Recommendation(Verdict.NO_USABLE_THRESHOLD, reason, situation)
    if gate.threshold is None:
        return _without_threshold(situation)
    scores = situation.assigned(gate.threshold)
    if len(scores) < MIN_ASSIGNED:
        reason = (
            f"At {as_score(gate.threshold)}, the smallest threshold with an FPIR of at most "
            f"{gate.alpha:.0%}, only {len(scores)} unreviewed sightings would be assigned "
            f"(at least {MIN_ASSIGNED} are worth an audit). Review by ranking instead. {situation.left_for_review}"
        ).rstrip()
        return Recommendation(Verdict.NO_USABLE_THRESHOLD, reason, situation)
    if audit is None or not audit.is_trusted:
        why = "" if audit is None else why_not_taken(audit)
        return plan_an_audit(situation, candidates_of(scores, gate.threshold), why)
    return judge(situation, audit, gate.threshold)


def _without_threshold(situation: Situation) -> Recommendation:
    """Where strangers to come cannot be bounded: a batch of those that are there, or what a threshold lacks."""
    why, more = _missing_reviews(situation), situation.gate.more
    if situation.batch is not None:
        made = offer(situation, situation.batch)
        if made.candidates and (wrong := forecast(situation, made)) < HOPELESS:
            return recommend_offer(situation, made, why)
        if made.candidates:
            why = f"{why} {of_no_use(made, wrong)}"
    return Recommendation(Verdict.INSUFFICIENT_EVIDENCE, why, situation, more=more)


def _missing_reviews(situation: Situation) -> str:
    gate, more = situation.gate, situation.gate.more
    others = f", {more.deer} other deer among them" if more.deer else ""
    of_what = "" if situation.stratum is None else f" among {situation.stratum.words}"
    return (
        f"{gate.trials} labelled sightings of {gate.deer} deer are not enough to bound FPIR{of_what}: review "
        f"about {more.reviews} more sightings{others}, the least reviewed deer first."
    )
