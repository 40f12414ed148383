"""Answers of an audit: recorded one by one, and the state of the plan that follows from them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from analysis.audit.plans import close, close_passed
from analysis.audit.state import AuditState, CandidateThreshold, JudgedCandidate
from analysis.score_log.session import AnalysisError
from analysis.stats.batch_certificate import judged_whole
from analysis.stats.betting_test import Status, evidence
from reid.models import AuditItem, AuditPlan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

Outcome: Final = AuditItem.Outcome

UNKNOWN_ITEM: Final = "There is no item {item} in the open audit: see audit_threshold next."
JUDGED_ALREADY: Final = "Item {item} is judged already."
JUDGED_MEANWHILE: Final = (
    "{who} has judged item {item} since it was shown to you: go on with the next one."
)


class UnknownItemError(AnalysisError):
    """The plan has no such item."""


class JudgedMeanwhileError(AnalysisError):
    """Somebody was faster: who, and when."""

    def __init__(self, item: int, by: User | None, at: datetime | None) -> None:
        who = by.get_username() if by else "Somebody"
        super().__init__(JUDGED_MEANWHILE.format(who=who, item=item))
        self.by, self.at = by, at


@dataclass(frozen=True, slots=True)
class _Draw:
    """An item as judged so far; `is_wrong` is None while it is not settled."""

    score: int
    is_wrong: bool | None


def state_of(plan: AuditPlan) -> AuditState:
    """The state of the plan: for each candidate what is judged in the order of the draw, up to the first gap."""
    real = plan.items.filter(is_planted=False)
    rows = list(real.order_by("u").values_list("score", "outcome", "second_look"))
    draws = [_Draw(score, _settled(outcome, second)) for score, outcome, second in rows]
    answers = list(
        plan.items.filter(is_planted=True).exclude(outcome="").values_list("outcome", flat=True)
    )
    return AuditState(
        plan=str(plan.pk),
        population=len(rows),
        alpha=plan.alpha_fdp,
        risk=plan.risk,
        candidates=tuple(_judged(frozen, draws, plan) for frozen in plan.candidates),
        audited=sum(draw.is_wrong is not None for draw in draws),
        cannot_tell=sum(Outcome.CANNOT_TELL in row[1:] for row in rows),
        second_looks=sum(bool(row[2]) for row in rows),
        planted_shown=len(answers),
        planted_missed=answers.count(Outcome.RIGHT),
        batch=plan.number,
    )


def _settled(outcome: str, second_look: str) -> bool | None:
    """Whether the assignment counts as wrong. One that was called wrong is looked at twice, blind.

    Whoever cannot tell has not found it right, and that is what has to be proven.
    """
    if outcome == Outcome.WRONG:
        return None if not second_look else second_look != Outcome.RIGHT
    return None if not outcome else outcome != Outcome.RIGHT


def _judged(frozen: dict[str, Any], draws: Sequence[_Draw], plan: AuditPlan) -> JudgedCandidate:
    outcomes: list[bool] = []
    for draw in draws:
        if draw.score >= frozen["threshold"]:
            if draw.is_wrong is None:
                break
            outcomes.append(draw.is_wrong)
    is_whole = frozen.get("is_judged_whole", False)
    candidate = CandidateThreshold(frozen["threshold"], frozen["assigned"], is_whole)
    if is_whole:
        return JudgedCandidate(
            candidate, tuple(outcomes), judged_whole(outcomes, frozen["population"])
        )
    proof = evidence(
        outcomes,
        frozen["population"],
        plan.alpha_fdp,
        risk=plan.risk,
        assigned=frozen["assigned"],
        surely_wrong=frozen["surely_wrong"],
    )
    return JudgedCandidate(candidate, tuple(outcomes), proof)


def under_test(state: AuditState) -> JudgedCandidate | None:
    """The first candidate that has not passed; None where nothing is left to judge.

    That is where the fixed sequence is at its end, and where the judges' answers are not taken.
    """
    if not state.is_trusted:
        return None
    for item in state.candidates:
        if item.evidence.status is Status.OPEN:
            return item
        if item.evidence.status is Status.FAILED:
            return None
    return None


def version_of(plan: AuditPlan, item: AuditItem) -> str:
    """The version that an item is shown and answered with: it changes with every answer, and reveals nothing.

    A counter would reveal whether this is a second look, which has to be blind.
    """
    looks = f"{item.outcome}{item.second_look}"
    return hashlib.sha256(f"{plan.salt}{item.pk}{looks}".encode()).hexdigest()[:16]


def record(
    plan: AuditPlan,
    item: int,
    outcome: AuditItem.Outcome,
    reviewer: User,
    *,
    version: str | None = None,
) -> AuditItem:
    """Take a judgement; the second of an item that was called wrong is its second look.

    Closes the plan where that decides it; a plan that is decided stays as it was. Raises AnalysisError
    for an item that is not the plan's, one that is settled, and one that somebody has judged since
    `version` of it was shown.
    """
    with transaction.atomic():
        plan = AuditPlan.objects.select_for_update().get(pk=plan.pk)
        row = plan.items.select_for_update().filter(pk=item).first()
        if row is None:
            raise UnknownItemError(UNKNOWN_ITEM.format(item=item))
        if version is not None and version != version_of(plan, row):
            raise JudgedMeanwhileError(row.pk, row.reviewer, row.judged_at)
        if row.outcome and (row.is_planted or _settled(row.outcome, row.second_look) is not None):
            raise AnalysisError(JUDGED_ALREADY.format(item=item))
        if row.outcome:
            row.second_look = outcome
        else:
            row.outcome = outcome
        row.reviewer, row.judged_at = reviewer, timezone.now()
        row.save(update_fields=["outcome", "second_look", "reviewer", "judged_at"])
        if plan.status == AuditPlan.Status.OPEN:
            _close_if_decided(plan)
    return row


def _close_if_decided(plan: AuditPlan) -> None:
    state = state_of(plan)
    if under_test(state) is not None:
        return
    if not state.is_trusted:
        close(plan, AuditPlan.Status.SPOILED)
    elif state.passed:
        close_passed(plan, state)
    else:
        close(plan, AuditPlan.Status.FAILED)
