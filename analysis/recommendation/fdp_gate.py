"""The second gate: what share of the assignments is wrong, from an audit of them. Pure.

The two candidates are fixed before the first judgement: half of what the first gate would let through, then all of
it. The fixed sequence goes from high to low and stops at the first that is not proven (`analysis.stats.betting_test`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.audit.state import Candidate
from analysis.recommendation.fpir_gate import More
from analysis.recommendation.types import MIN_ASSIGNED, Recommendation, Verdict
from analysis.stats.betting_test import Status, audits_needed
from reid.units import as_score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.audit.state import AuditState, Judged
    from analysis.recommendation.types import Situation

STEPS: Final = (0.5, 1.0)
BUDGET: Final = 300
"""Judgements after which an undecided audit is reported as such; it may go on."""
GAIN: Final = 1.2
"""Relative assignment rate below which a proven threshold in force is not worth changing."""


def candidates_of(assigned: NDArray[np.int32], threshold: int) -> tuple[Candidate, ...]:
    """The thresholds at which STEPS of the assignments (scores, at `threshold`) are made, high to low.

    Scores that tie are assigned together. Steps that fall on the same threshold are one candidate; a
    candidate that assigns less than MIN_ASSIGNED is none.
    """
    falling = -np.sort(-assigned)
    found: dict[int, Candidate] = {}
    for step in STEPS:
        wanted = int(np.ceil(step * len(falling)))
        at = max(threshold, int(falling[wanted - 1])) if step < 1 and wanted else threshold
        made = int((falling >= at).sum())
        if made >= MIN_ASSIGNED:
            found[at] = Candidate(at, made)
    return tuple(sorted(found.values(), key=lambda item: -item.threshold))


def plan_an_audit(
    situation: Situation, candidates: tuple[Candidate, ...], why: str = ""
) -> Recommendation:
    """AUDIT_NEEDED, with about how many judgements; `why` is what was the matter with the last one."""
    # Strangers are the only errors that decoys foresee; half of the bound is the usual truth.
    rates = [
        situation.gate.estimate(item.threshold) * situation.eligible / item.assigned / 2
        for item in candidates
    ]
    rate = max(0.01, min(rates))
    audits = audits_needed(rate, candidates[-1].assigned, situation.alpha_fdp)
    about = f"about {audits} judgements" if audits else f"more than {BUDGET} judgements"
    reason = (
        f"{why}Strangers are held off at {as_score(candidates[-1].threshold)} and above. What share of "
        f"the assignments is wrong only an audit can say: {about} (audit_threshold plan)."
    )
    more = More(audits=audits or BUDGET)
    return Recommendation(Verdict.AUDIT_NEEDED, reason, situation, candidates=candidates, more=more)


def why_not_taken(audit: AuditState) -> str:
    """Of judges who missed too many planted pairs."""
    return (
        f"The last audit's answers are not taken: {audit.planted_missed} of {audit.planted_shown} wrong "
        "pairs that were planted among them were called right. Let somebody else judge a new one. "
    )


def judge(situation: Situation, audit: AuditState, lowest: int) -> Recommendation:
    """What the judgements so far prove; `lowest` is the smallest threshold that holds strangers off."""
    passed: list[Candidate] = []
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


def _planned(audit: AuditState) -> tuple[Candidate, ...]:
    return tuple(item.candidate for item in audit.candidates)


def _left(audit: AuditState, item: Judged) -> int | None:
    """Judgements until this candidate passes, if errors go on as they came."""
    return audits_needed(
        max(0.01, item.evidence.fdp_estimate or 0.0),
        item.evidence.population,
        audit.alpha,
        risk=audit.risk,
        so_far=item.outcomes,
    )


def about_more(audit: AuditState, item: Judged) -> int:
    """About how many judgements are left for the candidate under test: its proof, or the budget's end."""
    left = _left(audit, item) or BUDGET
    return min(left, BUDGET - audit.audited) if audit.audited < BUDGET else left


def _go_on_auditing(situation: Situation, audit: AuditState, item: Judged) -> Recommendation:
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


def _not_proven(situation: Situation, audit: AuditState, item: Judged) -> Recommendation:
    evidence, at = item.evidence, as_score(item.candidate.threshold)
    seen = f"{evidence.wrong} of {evidence.audited} audited assignments at {at} were wrong"
    if evidence.status is Status.FAILED:
        reason = (
            f"{seen}: too many for an FDP of at most {audit.alpha:.0%}. Review by ranking instead."
        )
        return Recommendation(
            Verdict.NO_USABLE_THRESHOLD, reason, situation, candidates=_planned(audit)
        )
    audits = _left(audit, item)
    about = f"about {audits} more" if audits else "more audits than are worth it"
    reason = (
        f"{seen}, which after {audit.audited} judgements neither proves nor refutes an FDP of at "
        f"most {audit.alpha:.0%}; at the present error rate it takes {about}."
    )
    return Recommendation(
        Verdict.INSUFFICIENT_EVIDENCE,
        reason,
        situation,
        candidates=_planned(audit),
        more=More(audits=audits or 0),
    )


def _compare(situation: Situation, audit: AuditState, proven: Candidate) -> Recommendation:
    active, gate = situation.active, situation.gate
    at_active = len(situation.assigned(active.threshold))
    is_safe = active.is_proven and gate.upper(active.threshold) <= gate.alpha
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
        f"{proven.assigned} of {situation.eligible} unreviewed sightings."
    )
    return Recommendation(Verdict.RECOMMEND, reason, situation, proven.threshold, _planned(audit))
