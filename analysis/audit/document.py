"""JSON document of an audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from analysis.audit.certificates import certificate_document
from analysis.audit.planted_pairs import LIMIT, corrected
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from analysis.audit.state import AuditState, JudgedCandidate
    from reid.models import AuditPlan

CERTAIN: Final = 1e9
"""Shown for evidence that nothing is left to chance in, which JSON has no number for."""


def audit_document(plan: AuditPlan, state: AuditState) -> dict[str, Any]:
    """The progress of a plan, and what each of its candidates has proven so far."""
    return {
        "plan": str(plan.pk),
        "kind": str(plan.kind),
        "batch": certificate_document(plan),
        "status": str(plan.status),
        "alpha": state.alpha,
        "risk": state.risk,
        "population": state.population,
        "audited": state.audited,
        "candidates": [_candidate(item, state) for item in state.candidates],
        "cannot_tell": state.cannot_tell,
        "second_looks": state.second_looks,
        "planted": {
            "shown": state.planted_shown,
            "missed": state.planted_missed,
            "limit": LIMIT,
            "is_trusted": state.is_trusted,
        },
    }


def _candidate(item: JudgedCandidate, state: AuditState) -> dict[str, Any]:
    """`fdp_corrected`: the estimate for judges who miss as many wrong pairs as they missed planted ones."""
    proof = item.evidence
    estimate = proof.fdp_estimate
    shown, missed = state.planted_shown, state.planted_missed
    return {
        "threshold": item.candidate.threshold / SCORE_UNITS,
        "assigned": item.candidate.assigned,
        "audited": proof.audited,
        "wrong": proof.wrong,
        "evidence": min(proof.evidence, CERTAIN),
        "fdp_estimate": estimate,
        "fdp_corrected": None if estimate is None else corrected(estimate, shown, missed),
        "fdp_upper": proof.fdp_upper,
        "status": proof.status.value,
    }
