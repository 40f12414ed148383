"""Acts on thresholds: approve, apply, withdraw and undo, with what each one would change.

What would change is counted by a worker. An act is offered where that is known, and true of the store as it is.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import redis

from analysis.reports.changes import summary
from analysis.thresholds import queued_answers
from analysis.thresholds.queued_answers import State
from reid.identifying import approval, run_workers
from reid.models import ReidRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

    from reid.models import Threshold

NO_REDIS: Final = "Redis does not answer, so nothing can be counted or queued: see the health page."
APPROVED: Final = "{value} is in force from the next run on."
QUEUED: Final = "{value} is approved, and run {run} is applying it."
WAITS: Final = (
    "{value} is approved; Redis does not answer, so run {run} waits and begins by itself."
)
APPLIED_ALREADY: Final = "{value} is applied already, by run {run}."
WITHDRAWN: Final = "{value} is withdrawn: the next run only ranks."
NOT_IN_FORCE: Final = "{value} is not in force."
UNDONE: Final = (
    "{value} is undone; {detections} detections have the deer again that they had before."
)


class Verb(StrEnum):
    APPROVE = "approve"
    APPLY = "apply"
    WITHDRAW = "withdraw"
    UNDO = "undo"


EXPLAINED: Final = {
    Verb.APPROVE: "It is put in force in your name. The next run gives deer by it; what a run would change now:",
    Verb.APPLY: "It is put in force in your name and applied to the scores that are logged, at once:",
    Verb.WITHDRAW: "No threshold is in force then. What the next run would change now:",
    Verb.UNDO: "Every identity that its application changed goes back to what it was, and the threshold before "
    "is in force again. Where somebody has changed one since, nothing goes back and you are told who.",
}


def foreseen(row: Threshold, verb: Verb) -> dict[str, Any]:
    """What a worker has counted, as the page wants it, and whether it may be confirmed."""
    if verb is Verb.UNDO:
        return {"may_confirm": True}
    try:
        counted = queued_answers.what_if(row.space, None if verb is Verb.WITHDRAW else row.units)
        asked = [counted]
        if verb is not Verb.WITHDRAW and not row.is_active:
            asked.append(queued_answers.fitness(row))
    except redis.RedisError:
        return {"may_confirm": False, "refused": NO_REDIS}
    return {
        "waits": any(answer.state is State.WAITING for answer in asked),
        "refused": " ".join(answer.refused for answer in asked if answer.refused),
        "changes": summary(counted.result) if counted.result else [],
        "counted": counted,
        "may_confirm": all(
            answer.state is State.READY and answer.is_current and not answer.refused
            for answer in asked
        ),
    }


def _approve(row: Threshold, by: User) -> str:
    approval.approve(row.pk, by)
    return APPROVED.format(value=row.value)


def _apply(row: Threshold, by: User) -> str:
    run = approval.apply(row.pk, by)
    if run.state in ReidRun.TERMINAL:
        return APPLIED_ALREADY.format(value=row.value, run=run.pk)
    try:
        run_workers.start(run)
    except redis.RedisError:
        return WAITS.format(value=row.value, run=run.pk)
    return QUEUED.format(value=row.value, run=run.pk)


def _withdraw(row: Threshold, by: User) -> str:
    told = WITHDRAWN if approval.withdraw(row.pk) else NOT_IN_FORCE
    return told.format(value=row.value)


def _undo(row: Threshold, by: User) -> str:
    undone = approval.undo(row.space, by, of=row.pk)
    return UNDONE.format(value=row.value, detections=undone.detections)


DO: Final[dict[Verb, Callable[[Threshold, User], str]]] = {
    Verb.APPROVE: _approve,
    Verb.APPLY: _apply,
    Verb.WITHDRAW: _withdraw,
    Verb.UNDO: _undo,
}
