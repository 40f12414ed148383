"""Proposal of a threshold from a verdict, and the check whether it may still be approved.

Only RECOMMEND proposes. The record keeps everything that the verdict rested on, so that whoever approves it,
or looks a year later, can check it. The same evidence proposes once.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.db import transaction

from analysis.audit import plans
from analysis.recommendation.assess import ALPHA_FPIR, assess
from analysis.recommendation.document import recommendation_document
from analysis.recommendation.types import Verdict
from analysis.score_log.session import AnalysisError
from reid.identifying import thresholds
from reid.identifying.approval import refuse_expired
from reid.identifying.thresholds import LogFacts
from reid.models import AuditPlan, Scorer, Threshold
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from analysis.recommendation.assess import Assessment

RULE_VERSION: Final = 2
"""Of the rule that reaches verdicts (fpir, audit, recommend): raised with whatever makes it say another thing."""

NOT_RECOMMENDED: Final = (
    "Nothing is proposed, because no threshold is recommended: {verdict}. {reason}"
)
AUDIT_GONE: Final = "its audit no longer speaks of the store"
INVALID: Final = "Nothing is applied. {reason}"


def propose(assessment: Assessment) -> tuple[Threshold, bool]:
    """The proposal that the verdict makes, and whether it is new. Raises AnalysisError for any but RECOMMEND."""
    found = assessment.recommendation
    if found.verdict is not Verdict.RECOMMEND or found.threshold is None or assessment.plan is None:
        word = found.verdict.value.replace("_", " ")
        raise AnalysisError(NOT_RECOMMENDED.format(verdict=word, reason=found.reason))
    scorer, value = assessment.store.scorer, Decimal(found.threshold) / SCORE_UNITS
    stratum = found.situation.stratum
    evidence = recommendation_document(assessment) | {"rule_version": RULE_VERSION}
    with transaction.atomic():
        # Two who propose at once take turns.
        Scorer.objects.select_for_update().get(pk=scorer.pk)
        same = Threshold.objects.filter(
            scorer=scorer,
            source=Threshold.Source.ANALYSIS,
            value=value,
            stratum=stratum or "",
            evidence__audit__plan=str(assessment.plan.pk),
            evidence__gallery__fingerprint=assessment.gallery.fingerprint,
            evidence__rule_version=RULE_VERSION,
        ).first()
        if same is not None:
            return same, False
        made = thresholds.propose(
            scorer, value, Threshold.Source.ANALYSIS, evidence, stratum=stratum
        )
        return made, True


def refuse_unfit(threshold: Threshold) -> None:
    """Look at the whole store once more before a person's approval takes effect. Reads only.

    Raises AnalysisError where the log cannot be trusted, ApprovalRefused where what was proven no longer holds.
    """
    refuse_expired(threshold)  # what is known without the log, which takes long to read
    # What an operator or a demonstration has written down may have any shape.
    is_proof = threshold.source == Threshold.Source.ANALYSIS
    evidence = threshold.evidence
    alpha = evidence["fpir"]["alpha"] if is_proof and "fpir" in evidence else ALPHA_FPIR
    assessment = assess(threshold.scorer, alpha_fpir=alpha)
    if assessment.recommendation.verdict is Verdict.INVALID_DATA:
        raise AnalysisError(INVALID.format(reason=assessment.recommendation.reason))
    if is_proof:
        refuse_expired(threshold, _log_facts(threshold, assessment))


def _log_facts(threshold: Threshold, assessment: Assessment) -> LogFacts:
    named = (threshold.evidence.get("audit") or {}).get("plan")
    plan = AuditPlan.objects.filter(pk=named).first() if named else None
    if plan is None or plan.status == AuditPlan.Status.EXPIRED:
        audit = AUDIT_GONE
    else:
        audit = plans.why_expired(plan, assessment.store)
    return LogFacts(assessment.gates[threshold.only].threshold, audit)
