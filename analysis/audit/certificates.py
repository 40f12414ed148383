"""Certificates of batches: what was proven of which frozen pairs, and their assignment by a person.

Exactly the certified pairs are assigned, as they were frozen, less those that a person has judged since. No threshold
comes into force by it, and no other sighting is meant.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Count, F, Q

from analysis.audit import batches
from analysis.audit.answers import Outcome
from analysis.score_log.session import AnalysisError
from reid import reviewing
from reid.models import AuditItem, AuditPlan, Detection
from reid.reviewing import CertifiedPair, LeftOut
from reid.units import SCORE_UNITS
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import User
    from django.db.models import QuerySet


CLAIM: Final = Detection.IdentitySource.CERTIFIED.label
"""How every page, table and export names what a certificate says."""
BOUND: Final = (
    "at most {alpha:.0%} of these {pairs} names are wrong, with a risk of {risk:.2%} of being mistaken "
    "(5% over all batches of this store together)"
)
WHOLE: Final = "all {judged} names were judged, and these {pairs} were found right"
REASON: Final = "Batch {number}, {claim}: {says}."
LEFT_OUT: Final = {
    LeftOut.JUDGED: "judged by a person since",
    LeftOut.CHANGED: "showing something else by now",
    LeftOut.HELD: "beside another sighting of that deer on one photograph",
    LeftOut.RULED_OUT: "ruled out by what was corrected of the deer",
}
NOTHING_ASSIGNED: Final = "No certified batch is assigned that could be undone."


_FOUND_WRONG: Final = ~Q(outcome__in=["", Outcome.RIGHT]) & ~Q(second_look=Outcome.RIGHT)
"""Whoever judged it did not find it right; where a second look is still due, that counts as not right."""
_REFUSED: Final = ~Q(items__outcome__in=["", Outcome.RIGHT]) & ~Q(items__second_look=Outcome.RIGHT)
"""The same, of a plan's items."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a batch has proven: of its best `pairs`, down to a score of `threshold`, at most `alpha` are wrong.

    With probability `risk` it is mistaken. Where every pair was judged (`is_judged_whole`), `pairs` are those found
    right. `found_wrong` of the certified pairs are known to be, or not known to be right: they are not assigned.
    """

    number: int
    threshold: int
    pairs: int
    found_wrong: int
    judged: int
    alpha: float
    risk: float
    is_judged_whole: bool

    @property
    def says(self) -> str:
        """The proof, in words."""
        if self.is_judged_whole:
            return WHOLE.format(judged=self.judged, pairs=self.pairs)
        return BOUND.format(alpha=self.alpha, pairs=self.pairs, risk=self.risk)


@dataclass(frozen=True, slots=True)
class Assigned:
    """The assignment of a certificate. `left_out` counts pairs by the reason why they were not assigned."""

    plan: AuditPlan
    certificate: Certificate
    sightings: int
    left_out: Mapping[LeftOut, int]

    @property
    def in_words(self) -> str:
        """What was done, in a sentence or two."""
        left = "; ".join(
            f"{count} {words}" for why, words in LEFT_OUT.items() if (count := self.left_out[why])
        )
        done = f"Batch {self.plan.number}: {Number(self.sightings):sighting has its|sightings have their} deer, {CLAIM}: {self.certificate.says}."
        return f"{done} Left as they were: {left}." if left else done


def certificate_of(plan: AuditPlan) -> Certificate | None:
    """The certificate of a batch that has passed; None of any other plan."""
    if plan.certified_from is None:
        return None
    ((_, certificate),) = certificates(AuditPlan.objects.filter(pk=plan.pk))
    return certificate


def certificates(plans: QuerySet[AuditPlan]) -> list[tuple[AuditPlan, Certificate | None]]:
    """The plans, each with what it certifies. One query."""
    certified = Q(items__is_planted=False, items__score__gte=F("certified_from"))
    counted = plans.annotate(
        certified=Count("items", filter=certified),
        refused=Count("items", filter=certified & _REFUSED),
        judged=Count("items", filter=certified & ~Q(items__outcome="")),
    )
    return [(plan, _certificate(plan)) for plan in counted]


def _certificate(plan: Any) -> Certificate | None:
    """The certificate of an annotated plan."""
    if plan.certified_from is None:
        return None
    is_whole = _is_judged_whole(plan)
    return Certificate(
        number=plan.number,
        threshold=plan.certified_from,
        pairs=plan.certified - plan.refused if is_whole else plan.certified,
        found_wrong=0 if is_whole else plan.refused,
        judged=plan.judged,
        alpha=plan.alpha_fdp,
        risk=plan.risk,
        is_judged_whole=is_whole,
    )


def _is_judged_whole(plan: AuditPlan) -> bool:
    at = next(item for item in plan.candidates if item["threshold"] == plan.certified_from)
    return bool(at["is_judged_whole"])


def assign(by: User) -> Assigned:
    """Assign the unfinished batch in a person's name: one operation, which can be undone.

    A batch that is open is closed first, with what has passed. Raises AnalysisError where nothing is certified, and
    ReviewError where nothing is left to assign.
    """
    with transaction.atomic():
        plan = batches.settle()
        certificate = certificate_of(plan)
        if certificate is None:
            raise AnalysisError(batches.NOTHING_PASSED.format(number=plan.number))
        items = AuditItem.objects.filter(
            plan=plan, is_planted=False, score__gte=certificate.threshold
        ).exclude(_FOUND_WRONG)
        pairs = [
            CertifiedPair(item.sighting_id, item.deer_id, item.detections_sha256)
            for item in items.order_by("pk")
        ]
        reason = REASON.format(number=plan.number, claim=CLAIM, says=certificate.says)
        done = reviewing.assign_certified(pairs, actor=by, reason=reason)
        plan.assignment = done.operation
        plan.save(update_fields=["assignment"])
    left_out = done.left_out + Counter({LeftOut.JUDGED: certificate.found_wrong})
    return Assigned(plan, certificate, done.sightings, left_out)


def undo(by: User) -> AuditPlan:
    """Undo the assignment of the newest batch that is assigned; it may be assigned again, or abandoned.

    Raises AnalysisError where there is none, and ReviewError where somebody has changed one of its names since.
    """
    plan = (
        AuditPlan.objects.filter(assignment__isnull=False, assignment__undone_by__isnull=True)
        .select_related("assignment")
        .order_by("-number")
        .first()
    )
    if plan is None or plan.assignment is None:
        raise AnalysisError(NOTHING_ASSIGNED)
    reviewing.undo(operation=plan.assignment.pk, actor=by)
    return plan


def certificate_document(plan: AuditPlan) -> dict[str, Any] | None:
    """The JSON document of a batch; None of the audit of a threshold. Scores and rates as shares of 1."""
    return None if plan.number is None else _document(plan, certificate_of(plan))


def documents() -> list[dict[str, Any]]:
    """Those of every batch, newest first."""
    return [_document(plan, certificate) for plan, certificate in certificates(batches.opened())]


def _document(plan: AuditPlan, certificate: Certificate | None) -> dict[str, Any]:
    return {
        "number": plan.number,
        "plan": str(plan.pk),
        "status": str(plan.status),
        "scorer": str(plan.scorer_id),
        "alpha": plan.alpha_fdp,
        "risk": plan.risk,
        "opened_at": plan.created_at.isoformat(),
        "is_assigned": batches.is_assigned(plan),
        "operation": str(plan.assignment_id) if plan.assignment_id else None,
        "certified": None
        if certificate is None
        else {
            "claim": CLAIM,
            "says": certificate.says,
            "pairs": certificate.pairs,
            "from_score": certificate.threshold / SCORE_UNITS,
            "judged": certificate.judged,
            "found_wrong": certificate.found_wrong,
            "is_judged_whole": certificate.is_judged_whole,
        },
    }


def in_words() -> list[str]:
    """A line about every batch, newest first, as lists of them show it."""
    return [_line(plan, certificate) for plan, certificate in certificates(batches.opened())]


def _line(plan: AuditPlan, certificate: Certificate | None) -> str:
    if certificate is None:
        return f"Batch {plan.number}: {plan.get_status_display()}, nothing is certified."
    if plan.status == AuditPlan.Status.ABANDONED:
        return f"Batch {plan.number}: abandoned, nothing is assigned."
    done = "assigned" if batches.is_assigned(plan) else "not assigned"
    return f"Batch {plan.number}, {CLAIM}: {certificate.says}; {done}."
