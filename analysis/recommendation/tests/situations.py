"""Situations of a verdict, worked by hand: decoys, scores of what would be assigned, and an audit's answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.audit.state import AuditState, CandidateThreshold, JudgedCandidate
from analysis.recommendation.fpir_gate import fpir_gate
from analysis.recommendation.types import Active, Situation
from analysis.stats.betting_test import evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

# 100 deer with one decoy each, 5000 to 5099: one hit may stay, two are too many.
DECOYS = np.arange(5000, 5100, dtype=np.int32)
GATE = fpir_gate(DECOYS, np.arange(100))
BEST = np.arange(4000, 6000, dtype=np.int32)  # 901 unreviewed sightings at 5099 or above
HALF, WHOLE = CandidateThreshold(5549, 451), CandidateThreshold(5099, 901)

BASE = Situation(
    gate=GATE,
    assigned=lambda threshold: BEST[threshold <= BEST],
    eligible=len(BEST),
    active=Active(5500),
)


def situation(**changed: Any) -> Situation:
    return replace(BASE, **changed)


def judged(
    candidate: CandidateThreshold, outcomes: Sequence[bool], alpha: float = 0.05
) -> JudgedCandidate:
    return JudgedCandidate(
        candidate, tuple(outcomes), evidence(outcomes, candidate.assigned, alpha)
    )


def audit(*items: JudgedCandidate, audited: int | None = None, **fields: Any) -> AuditState:
    number = max(len(item.outcomes) for item in items) if audited is None else audited
    return AuditState("plan", 2000, 0.05, 0.05, items, number, **fields)
