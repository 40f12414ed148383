"""From evidence to a verdict: a threshold with a proof, or what is missing. Pure.

Two gates. Strangers: FPIR at most 5 %, from decoys (`analysis.fpir`). Assignments: FDP at most 2, 5 or 10 %,
from an audit of would-be assignments (`analysis.audit`). Decoys alone never recommend, since deer without a
name may look less distinctive than those that got one. The two candidates are fixed before the first
judgement: half of what the first gate would let through, then all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.audit import Evidence, Status, audits_needed
from analysis.fpir import UNITS, FpirGate, More
from analysis.planted import is_trusted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from analysis.ranked_review import RankedReview

STEPS: Final = (0.5, 1.0)
MIN_ASSIGNED: Final = 50
"""Assignments below which a threshold is of no use, and an audit of it no economy."""
BUDGET: Final = 300
"""Judgements after which an undecided audit is reported as such; it may go on."""
GAIN: Final = 1.2
"""Relative assignment rate below which a proven threshold in force is not worth changing."""
ALPHA_FDP: Final = 0.05
ALPHAS_FDP: Final = (0.02, 0.05, 0.10)


class Verdict(StrEnum):
    INVALID_DATA = "INVALID_DATA"
    INSUFFICIENT_EVIDENCE = "INSUFFICIENT_EVIDENCE"
    AUDIT_NEEDED = "AUDIT_NEEDED"
    NO_USABLE_THRESHOLD = "NO_USABLE_THRESHOLD"
    KEEP_CURRENT = "KEEP_CURRENT"
    RECOMMEND = "RECOMMEND"


@dataclass(frozen=True, slots=True)
class Active:
    """The threshold in force, in score units; `is_proven`: by an audit of this very herd as it stands."""

    threshold: int
    is_approved: bool = False
    is_proven: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A threshold, in score units, and how many sightings it would assign."""

    threshold: int
    assigned: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with what has been judged of it so far, in the order of the draw (True: wrong)."""

    candidate: Candidate
    outcomes: tuple[bool, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class AuditState:
    """A plan that still holds, candidates high to low. `audited` counts its judgements, each one once.

    Of `planted_shown` wrong pairs that were planted its judges found `planted_missed` right.
    """

    plan: str
    population: int
    alpha: float
    risk: float
    candidates: tuple[Judged, ...]
    audited: int
    cannot_tell: int = 0
    second_looks: int = 0
    planted_shown: int = 0
    planted_missed: int = 0

    @property
    def is_trusted(self) -> bool:
        return is_trusted(self.planted_shown, self.planted_missed)


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """All that a verdict rests on. `assigned(t)` are the scores of what a run at t would assign.

    `eligible` counts the unreviewed eligible sightings, which are what it assigns; `faults` are sentences
    that say why the data cannot be trusted.
    """

    gate: FpirGate
    assigned: Callable[[int], NDArray[np.int32]]
    eligible: int
    active: Active
    alpha_fdp: float = ALPHA_FDP
    audit: AuditState | None = None
    faults: Sequence[str] = ()
    review: RankedReview | None = None
    warnings: Sequence[str] = ()

    def fdp_forecast(self, threshold: int) -> float | None:
        """FDP at most, if strangers are like the enrolled deer: at most every decoy is a wrong assignment.

        Shown and never a gate. None where nothing is assigned, or where no decoy says anything.
        """
        assigned = len(self.assigned(threshold))
        if not assigned or not self.gate.trials:
            return None
        return min(1.0, self.gate.upper(threshold) * self.eligible / assigned)


@dataclass(frozen=True, slots=True, eq=False)
class Recommendation:
    """`threshold` in score units is set for RECOMMEND and KEEP_CURRENT alone: only those may be applied."""

    verdict: Verdict
    reason: str
    situation: Situation
    threshold: int | None = None
    candidates: tuple[Candidate, ...] = ()
    more: More = field(default_factory=More)


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


def recommend(situation: Situation) -> Recommendation:
    """The verdict, in the order of its words: data, evidence, audit, use, need."""
    gate, audit = situation.gate, situation.audit
    if situation.faults:
        reason = "The scores cannot be trusted: " + " ".join(situation.faults)
        return Recommendation(Verdict.INVALID_DATA, reason, situation)
    if gate.is_hopeless:
        reason = (
            "More than one decoy in twenty reaches the highest score there is: "
            "look for one deer enrolled under two names, else the embedding does not tell deer apart."
        )
        return Recommendation(Verdict.NO_USABLE_THRESHOLD, reason, situation)
    if gate.threshold is None:
        return Recommendation(
            Verdict.INSUFFICIENT_EVIDENCE, _ask_for_reviews(gate), situation, more=gate.more
        )
    scores = situation.assigned(gate.threshold)
    if len(scores) < MIN_ASSIGNED:
        reason = (
            f"At {_shown(gate.threshold)}, the smallest threshold with an FPIR of at most "
            f"{gate.alpha:.0%}, only {len(scores)} unreviewed sightings would be assigned "
            f"(at least {MIN_ASSIGNED} are worth an audit). Review by ranking instead."
        )
        return Recommendation(Verdict.NO_USABLE_THRESHOLD, reason, situation)
    if audit is None or not audit.is_trusted:
        why = "" if audit is None else _not_taken(audit)
        return _plan_an_audit(situation, candidates_of(scores, gate.threshold), why)
    return _judge(situation, audit, gate.threshold)


def _plan_an_audit(
    situation: Situation, candidates: tuple[Candidate, ...], why: str = ""
) -> Recommendation:
    # Strangers are the only errors that decoys foresee; half of the bound is the usual truth.
    rates = [
        situation.gate.estimate(item.threshold) * situation.eligible / item.assigned / 2
        for item in candidates
    ]
    rate = max(0.01, min(rates))
    audits = audits_needed(rate, candidates[-1].assigned, situation.alpha_fdp)
    about = f"about {audits} judgements" if audits else f"more than {BUDGET} judgements"
    reason = (
        f"{why}Strangers are held off at {_shown(candidates[-1].threshold)} and above. What share of "
        f"the assignments is wrong only an audit can say: {about} (audit_threshold plan)."
    )
    more = More(audits=audits or BUDGET)
    return Recommendation(Verdict.AUDIT_NEEDED, reason, situation, candidates=candidates, more=more)


def _not_taken(audit: AuditState) -> str:
    return (
        f"The last audit's answers are not taken: {audit.planted_missed} of {audit.planted_shown} wrong "
        "pairs that were planted among them were called right. Let somebody else judge a new one. "
    )


def _judge(situation: Situation, audit: AuditState, lowest: int) -> Recommendation:
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
        return _plan_an_audit(situation, candidates, why)
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
        f"The audit is under way at {_shown(item.candidate.threshold)}: {audit.audited} judged, "
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
    evidence, at = item.evidence, _shown(item.candidate.threshold)
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
            f"The threshold in force, {_shown(active.threshold)}, is proven, and "
            f"{_shown(proven.threshold)} would not assign {GAIN - 1:.0%} more than its {at_active}."
        )
        return Recommendation(
            Verdict.KEEP_CURRENT, reason, situation, active.threshold, _planned(audit)
        )
    reason = (
        f"At {_shown(proven.threshold)} an FPIR of at most {gate.alpha:.0%} and an FDP of at most "
        f"{audit.alpha:.0%} are proven, each with a risk of {audit.risk:.0%}; it assigns "
        f"{proven.assigned} of {situation.eligible} unreviewed sightings."
    )
    return Recommendation(Verdict.RECOMMEND, reason, situation, proven.threshold, _planned(audit))


def _ask_for_reviews(gate: FpirGate) -> str:
    more = gate.more
    others = f", {more.deer} other deer among them" if more.deer else ""
    return (
        f"{gate.trials} labelled sightings of {gate.deer} deer are not enough to bound FPIR: review "
        f"about {more.reviews} more sightings{others}, the least reviewed deer first."
    )


def _shown(units: int) -> str:
    return f"{units / UNITS:.4f}"
