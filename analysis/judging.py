"""The audit as people meet it: what to judge next, taking the judgement, and how far the plan is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from analysis.audit import Status, evidence
from analysis.auditing import close
from analysis.recommend import AuditState, Candidate, Judged
from analysis.scores import AnalysisError
from reid.models import AuditItem, AuditPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import User

Outcome: Final = AuditItem.Outcome

UNKNOWN_ITEM: Final = "There is no item {item} in the open audit: see audit_threshold next."
JUDGED_ALREADY: Final = "Item {item} is judged already."


@dataclass(frozen=True, slots=True)
class _Draw:
    """An item as judged so far; `is_wrong` is None while it is not settled."""

    score: int
    is_wrong: bool | None


def state_of(plan: AuditPlan) -> AuditState:
    """How far the plan is: for each candidate what is judged in the order of the draw, up to the first gap."""
    rows = list(plan.items.order_by("u").values_list("score", "outcome", "second_look"))
    draws = [_Draw(score, _settled(outcome, second)) for score, outcome, second in rows]
    return AuditState(
        plan=str(plan.pk),
        population=len(rows),
        alpha=plan.alpha_fdp,
        risk=plan.risk,
        candidates=tuple(_judged(frozen, draws, plan) for frozen in plan.candidates),
        audited=sum(draw.is_wrong is not None for draw in draws),
        cannot_tell=sum(Outcome.CANNOT_TELL in row[1:] for row in rows),
        second_looks=sum(bool(row[2]) for row in rows),
    )


def _settled(outcome: str, second_look: str) -> bool | None:
    """Whether the assignment counts as wrong. One that was called wrong is looked at twice, blind.

    Whoever cannot tell has not found it right, and that is what has to be proven.
    """
    if outcome == Outcome.WRONG:
        return None if not second_look else second_look != Outcome.RIGHT
    return None if not outcome else outcome != Outcome.RIGHT


def _judged(frozen: dict[str, Any], draws: Sequence[_Draw], plan: AuditPlan) -> Judged:
    outcomes: list[bool] = []
    for draw in draws:
        if draw.score >= frozen["threshold"]:
            if draw.is_wrong is None:
                break
            outcomes.append(draw.is_wrong)
    proof = evidence(
        outcomes,
        frozen["population"],
        plan.alpha_fdp,
        risk=plan.risk,
        assigned=frozen["assigned"],
        surely_wrong=frozen["surely_wrong"],
    )
    return Judged(Candidate(frozen["threshold"], frozen["assigned"]), tuple(outcomes), proof)


def next_items(plan: AuditPlan, count: int) -> list[AuditItem]:
    """Up to `count` items to judge, of the candidate under test; second looks among them, unmarked."""
    current = _under_test(state_of(plan))
    if current is None:
        return []
    wanted = plan.items.filter(score__gte=current.candidate.threshold).exclude(
        outcome__in=[Outcome.RIGHT, Outcome.CANNOT_TELL]
    )
    drawn = list(wanted.filter(second_look="").order_by("u").select_related("deer")[:count])
    return sorted(drawn, key=lambda item: item.pk)  # by sighting: the order tells nothing


def _under_test(state: AuditState) -> Judged | None:
    """The first candidate that has not passed; None where the fixed sequence is at its end."""
    for item in state.candidates:
        if item.evidence.status is Status.OPEN:
            return item
        if item.evidence.status is Status.FAILED:
            return None
    return None


def record(plan: AuditPlan, item: int, outcome: AuditItem.Outcome, reviewer: User) -> AuditItem:
    """Take a judgement; the second of an item that was called wrong is its second look.

    Closes the plan where that decides it; a plan that is decided stays as it was. Raises AnalysisError
    for an item that is not the plan's, or one that is settled.
    """
    with transaction.atomic():
        plan = AuditPlan.objects.select_for_update().get(pk=plan.pk)
        found = plan.items.select_for_update().filter(pk=item).first()
        if found is None:
            raise AnalysisError(UNKNOWN_ITEM.format(item=item))
        if _settled(found.outcome, found.second_look) is not None:
            raise AnalysisError(JUDGED_ALREADY.format(item=item))
        if found.outcome:
            found.second_look = outcome
        else:
            found.outcome, found.reviewer, found.judged_at = outcome, reviewer, timezone.now()
        found.save(update_fields=["outcome", "second_look", "reviewer", "judged_at"])
        if plan.status == AuditPlan.Status.OPEN:
            state = state_of(plan)
            if _under_test(state) is None:
                is_proven = state.candidates[0].evidence.status is Status.PASSED
                close(plan, AuditPlan.Status.PASSED if is_proven else AuditPlan.Status.FAILED)
    return found
