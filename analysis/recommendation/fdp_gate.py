"""Gate 2: the share of assignments that are wrong (FDP), from an audit of them. Pure.

The two candidates are fixed before the first judgement: half of what the first gate would let through, then all of
it. The fixed sequence goes from high to low and stops at the first that is not proven (`analysis.stats.betting_test`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.audit.state import CandidateThreshold
from analysis.recommendation.fpir_gate import More
from analysis.recommendation.types import MIN_ASSIGNED, Recommendation, Verdict
from analysis.stats.betting_test import Status, audits_needed
from reid.units import as_score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.audit.state import AuditState, JudgedCandidate
    from analysis.recommendation.types import Situation

STEPS: Final = (0.5, 1.0)
BUDGET: Final = 300
"""Judgements after which an undecided audit is reported as such; it may go on."""
GAIN: Final = 1.2
"""Relative assignment rate below which a proven threshold in force is not worth changing."""


def candidates_of(assigned: NDArray[np.int32], threshold: int) -> tuple[CandidateThreshold, ...]:
    """The candidates of an audit: thresholds at which STEPS of the assignments are made, high to low.

    Parameters
    ----------
    assigned : ndarray of int32, shape (n,)
        Scores of the assignments that a run at `threshold` would make, in score units.
    threshold : int
        The smallest threshold that the first gate lets through, in score units.

    Returns
    -------
    tuple of CandidateThreshold
        Scores that tie are assigned together, steps that fall on the same threshold are one candidate, and a
        candidate that assigns less than MIN_ASSIGNED is left out.

    Examples
    --------
    60 assignments at 0.9 and 60 at 0.7. Half of them are those at 0.9:

    >>> candidates_of(np.repeat([9000, 7000], 60).astype(np.int32), 6500)
    (CandidateThreshold(threshold=9000, assigned=60), CandidateThreshold(threshold=6500, assigned=120))
    """
    falling = -np.sort(-assigned)
    candidates: dict[int, CandidateThreshold] = {}
    for step in STEPS:
        rank = int(np.ceil(step * len(falling)))
        at = max(threshold, int(falling[rank - 1])) if step < 1 and rank else threshold
        count = int((falling >= at).sum())
        if count >= MIN_ASSIGNED:
            candidates[at] = CandidateThreshold(at, count)
    return tuple(sorted(candidates.values(), key=lambda item: -item.threshold))


def plan_an_audit(
    situation: Situation, candidates: tuple[CandidateThreshold, ...], why: str = ""
) -> Recommendation:
    """The verdict AUDIT_NEEDED, with about how many judgements.

    Parameters
    ----------
    situation : Situation
        Of the scorer.
    candidates : tuple of CandidateThreshold
        High to low, at least one.
    why : str
        Sentence about the last audit, where there was one that does not count, with a space at its end.

    Returns
    -------
    Recommendation
        `more.audits` is the number of judgements, BUDGET where it is out of reach.
    """
    # Strangers are the only errors that decoys foresee; half of the bound is the usual truth.
    strangers = situation.eligible - situation.left
    rates = [
        situation.gate.estimate(item.threshold) * strangers / item.assigned / 2
        for item in candidates
    ]
    rate = max(0.01, min(rates))
    audits = audits_needed(rate, candidates[-1].assigned, situation.alpha_fdp)
    about = f"about {audits} judgements" if audits else f"more than {BUDGET} judgements"
    reason = (
        f"{why}Strangers are held off at {as_score(candidates[-1].threshold)} and above. What share of "
        f"the assignments is wrong only an audit can say: {about} (audit_threshold plan). {situation.left_for_review}"
    ).rstrip()
    more = More(audits=audits or BUDGET)
    return Recommendation(Verdict.AUDIT_NEEDED, reason, situation, candidates=candidates, more=more)


def why_not_taken(audit: AuditState) -> str:
    """The sentence about an audit whose judges missed too many planted pairs.

    Parameters
    ----------
    audit : AuditState
        The audit.

    Returns
    -------
    str
        With a space at its end.
    """
    return (
        f"The last audit's answers are not taken: {audit.planted_missed} of {audit.planted_shown} wrong "
        "pairs that were planted among them were called right. Let somebody else judge a new one. "
    )


def judge(situation: Situation, audit: AuditState, lowest: int) -> Recommendation:
    """The verdict that the judgements of an audit prove so far.

    Parameters
    ----------
    situation : Situation
        Of the scorer.
    audit : AuditState
        The audit that holds, its judges trusted.
    lowest : int
        The smallest threshold that holds strangers off now, in score units.

    Returns
    -------
    Recommendation
        AUDIT_NEEDED while it is undecided, RECOMMEND or KEEP_CURRENT where a candidate has passed,
        INSUFFICIENT_EVIDENCE past the budget, NO_USABLE_THRESHOLD where the highest candidate has failed.
    """
    passed: list[CandidateThreshold] = []
    for item in audit.candidates:
        if item.evidence.status is Status.PASSED:
            passed.append(item.candidate)
            continue
        if item.evidence.status is Status.OPEN and audit.audited < BUDGET:
            return _go_on_auditing(situation, audit, item)
        if not passed:
            return _not_proven(situation, audit, item)
        break
    usable = [item for item in passed if item.threshold >= lowest]
    if not usable:
        why = "Reviews made since the audit have raised the threshold that holds strangers off. "
        candidates = candidates_of(situation.assigned(lowest), lowest)
        return plan_an_audit(situation, candidates, why)
    return _compare(situation, audit, usable[-1])


def _planned(audit: AuditState) -> tuple[CandidateThreshold, ...]:
    return tuple(item.candidate for item in audit.candidates)


def _left(audit: AuditState, item: JudgedCandidate) -> int | None:
    """Judgements until this candidate passes, if errors go on as they came."""
    if item.candidate.is_judged_whole:
        return item.evidence.population - item.evidence.audited
    return audits_needed(
        max(0.01, item.evidence.fdp_estimate or 0.0),
        item.evidence.population,
        audit.alpha,
        risk=audit.risk,
        so_far=item.outcomes,
    )


def about_more(audit: AuditState, item: JudgedCandidate) -> int:
    """The number of judgements that are left for the candidate under test, about.

    Parameters
    ----------
    audit : AuditState
        The audit.
    item : JudgedCandidate
        The candidate under test.

    Returns
    -------
    int
        Judgements until its proof or the budget's end, whichever is first.
    """
    remaining = _left(audit, item) or BUDGET
    return min(remaining, BUDGET - audit.audited) if audit.audited < BUDGET else remaining


def _go_on_auditing(
    situation: Situation, audit: AuditState, item: JudgedCandidate
) -> Recommendation:
    audits = about_more(audit, item)
    reason = (
        f"The audit is under way at {as_score(item.candidate.threshold)}: {audit.audited} judged, "
        f"about {audits} more to go (audit_threshold next)."
    )
    return Recommendation(
        Verdict.AUDIT_NEEDED,
        reason,
        situation,
        candidates=_planned(audit),
        more=More(audits=audits),
    )


def _not_proven(situation: Situation, audit: AuditState, item: JudgedCandidate) -> Recommendation:
    evidence, at = item.evidence, as_score(item.candidate.threshold)
    result = f"{evidence.wrong} of {evidence.audited} audited assignments at {at} were wrong"
    if evidence.status is Status.FAILED:
        reason = f"{result}: too many for an FDP of at most {audit.alpha:.0%}. Review by ranking instead."
        return Recommendation(
            Verdict.NO_USABLE_THRESHOLD, reason, situation, candidates=_planned(audit)
        )
    audits = _left(audit, item)
    about = f"about {audits} more" if audits else "more audits than are worth it"
    reason = (
        f"{result}, which after {audit.audited} judgements neither proves nor refutes an FDP of at "
        f"most {audit.alpha:.0%}; at the present error rate it takes {about}."
    )
    return Recommendation(
        Verdict.INSUFFICIENT_EVIDENCE,
        reason,
        situation,
        candidates=_planned(audit),
        more=More(audits=audits or 0),
    )


def _compare(situation: Situation, audit: AuditState, proven: CandidateThreshold) -> Recommendation:
    active, gate = situation.active, situation.gate
    at_active = situation.assigned_by_active
    bounding = situation.of_active[0] if situation.of_active else gate
    is_safe = active.is_proven and bounding.upper(active.threshold) <= gate.alpha
    if is_safe and proven.assigned < GAIN * at_active:
        reason = (
            f"The threshold in force, {as_score(active.threshold)}, is proven, and "
            f"{as_score(proven.threshold)} would not assign {GAIN - 1:.0%} more than its {at_active}."
        )
        return Recommendation(
            Verdict.KEEP_CURRENT, reason, situation, active.threshold, _planned(audit)
        )
    reason = (
        f"At {as_score(proven.threshold)} an FPIR of at most {gate.alpha:.0%} and an FDP of at most "
        f"{audit.alpha:.0%} are proven, each with a risk of {audit.risk:.0%}; it assigns "
        f"{proven.assigned} of {situation.eligible} unreviewed sightings. {situation.left_for_review}"
    ).rstrip()
    return Recommendation(Verdict.RECOMMEND, reason, situation, proven.threshold, _planned(audit))
