"""Acts on thresholds: propose, approve, apply, withdraw, undo; one sequence and one set of texts for all who ask.

The API, the admin and `test_reid_thresholds` do an act by `do`: a look whether what was proven still holds, then
the act in one transaction, then the work of its run. They differ in who does the two long parts: `ByWorkers`
leaves them to workers, so that an act may have to be asked for again; a command does them itself (`InProcess`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol

import redis
from django.utils.translation import gettext_lazy as _

from analysis.recommendation.assess import ALPHA_FPIR, assess
from analysis.recommendation.types import ALPHA_FDP
from analysis.reports.changes import DONE, summary
from analysis.score_log.session import read_only
from analysis.thresholds import propose, queued_answers
from analysis.thresholds.queued_answers import State
from reid.identifying import apply_threshold, approval, run_workers, thresholds
from reid.models import ReidRun, Threshold
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from django.contrib.auth.models import User

    from reid.models import Scorer

LOOK_FIRST: Final = _("The store has changed: look at what would change now, then confirm.")
NO_REDIS: Final = "Redis does not answer, so nothing can be counted or queued: see the health page."
IS_LOOKED_AT: Final = "A worker looks whether {value} still holds: send this again."
PROPOSED: Final = "Proposed: {value}, {proof}."
PROPOSED_BEFORE: Final = "Proposed before, on the same evidence: {value}, {proof}."
APPROVED: Final = "{value} is in force from the next run on."
APPROVED_UNDER: Final = "{value} is approved, but {override}: it decides when the setting is gone."
QUEUED: Final = "{value} is approved, and run {run} is applying it."
WAITS: Final = (
    "{value} is approved; Redis does not answer, so run {run} waits and begins by itself."
)
APPLIED: Final = "{value} is applied, by run {run}."
APPLIED_ALREADY: Final = "{value} is applied already, by run {run}."
ENDED: Final = "The application of {value} (run {run}) is {state}. {why}"
WITHDRAWN: Final = "{value} is withdrawn: the next run only ranks."
WITHDRAWN_UNDER: Final = "{value} is withdrawn, but {override}."
NOT_IN_FORCE: Final = "{value} is not in force."
UNDONE: Final = "{value} is undone; {detections:detection has|detections have} the deer again that {detections:|it|they} had before."
IN_FORCE: Final = "In force: {value}, {proof}, approved by {by}."
NONE_IN_FORCE: Final = "No threshold is in force: runs rank and assign nothing."
NONE_APPROVED: Final = "No threshold is approved, but {override}."
BUT: Final = "But {override}."


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an act, in a sentence; nothing was done yet where it is WAITING. `run` is an application's."""

    state: State
    message: str
    run: ReidRun | None = None


class Executor(Protocol):
    """Who does the long parts of an act."""

    def look(self, row: Threshold) -> State:
        """READY where a threshold still holds, WAITING where that is not known yet. Raises what refuses it."""

    def work(self, run: ReidRun) -> str:
        """Have an application done; the text that says how far it is (`value`, `run`, `state`, `why`)."""


class ByWorkers:
    """Both long parts are done by workers. Raises redis.RedisError where a look cannot be queued."""

    def look(self, row: Threshold) -> State:
        fit = queued_answers.fitness(row)
        if fit.refused:
            raise approval.ApprovalRefused(fit.refused)
        return fit.state

    def work(self, run: ReidRun) -> str:
        try:
            run_workers.start(run)
        except redis.RedisError:
            return WAITS
        return QUEUED


@dataclass(frozen=True, slots=True)
class InProcess:
    """Both long parts are done at once, by the caller's process. `on_progress` gets sightings done."""

    on_progress: Callable[[int], None] = lambda _: None

    def look(self, row: Threshold) -> State:
        with read_only():
            propose.refuse_unfit(row)
        return State.READY

    def work(self, run: ReidRun) -> str:
        while apply_threshold.advance(run.pk, self.on_progress):
            pass
        run.refresh_from_db()
        return APPLIED if run.state == ReidRun.State.COMPLETED else ENDED


def do(verb: Verb, row: Threshold, by: User, executor: Executor) -> Outcome:
    """Do an act in a person's name: look whether the threshold holds, act, have its run worked on.

    Raises ApprovalRefused, AnalysisError and ReviewError where it is not done, each saying why in a sentence.
    """
    if (
        verb in (Verb.APPROVE, Verb.APPLY)
        and not row.is_active
        and executor.look(row) is State.WAITING
    ):
        return Outcome(State.WAITING, IS_LOOKED_AT.format(value=row.value))
    return _DO[verb](row, by, executor)


def propose_value(scorer: Scorer, value: Decimal) -> Threshold:
    """An operator's own number, which nothing proves."""
    return thresholds.propose(scorer, value, Threshold.Source.OPERATOR)


def propose_recommended(
    scorer: Scorer, *, alpha_fpir: float = ALPHA_FPIR, alpha_fdp: float = ALPHA_FDP
) -> tuple[Threshold, bool]:
    """What the whole log recommends, and whether it is new. Raises AnalysisError where that is nothing."""
    with read_only():
        assessment = assess(scorer, alpha_fpir=alpha_fpir, alpha_fdp=alpha_fdp)
    return propose.propose(assessment)


def proposed(row: Threshold, *, is_new: bool = True) -> str:
    """That it is proposed, in a sentence."""
    text = PROPOSED if is_new else PROPOSED_BEFORE
    said = text.format(value=row.value, proof=thresholds.validity(row))
    return f"{said} {row.left}".rstrip()


def in_force(scorer: Scorer) -> list[str]:
    """What decides for a scorer, in sentences: what a person approved, what overrides it, what to approve again."""
    row, override = Threshold.objects.in_force(scorer), thresholds.override_note()
    if row is not None:
        proof = thresholds.validity(row)
        said = IN_FORCE.format(value=row.value, proof=proof, by=row.approved_by)
        lines = [f"{said} {row.left}".rstrip()]
        return [*lines, BUT.format(override=override)] if override else lines
    lines = [NONE_APPROVED.format(override=override) if override else NONE_IN_FORCE]
    again = thresholds.to_approve_again(scorer)
    return [*lines, again] if again else lines


def changes_of(outcome: Outcome) -> list[str]:
    """What a finished application changed, in lines; none of any other act."""
    return [] if outcome.run is None else summary(outcome.run.counts, DONE)


def foreseen(row: Threshold, verb: Verb) -> dict[str, Any]:
    """What a worker has counted, as the page wants it, and whether it may be confirmed."""
    if verb is Verb.UNDO:
        return {"may_confirm": True}
    try:
        units = None if verb is Verb.WITHDRAW else row.units
        counted = queued_answers.what_if(row.scorer, units, row.only if units else None)
        answers = [counted]
        if verb is not Verb.WITHDRAW and not row.is_active:
            answers.append(queued_answers.fitness(row))
    except redis.RedisError:
        return {"may_confirm": False, "refused": NO_REDIS}
    return {
        "waits": any(answer.state is State.WAITING for answer in answers),
        "refused": " ".join(answer.refused for answer in answers if answer.refused),
        "changes": summary(counted.result) if counted.result else [],
        "counted": counted,
        "may_confirm": all(
            answer.state is State.READY and answer.is_current and not answer.refused
            for answer in answers
        ),
    }


def _approve(row: Threshold, by: User, executor: Executor) -> Outcome:
    approval.approve(row.pk, by)
    return _done(row, APPROVED, APPROVED_UNDER)


def _apply(row: Threshold, by: User, executor: Executor) -> Outcome:
    run = approval.apply(row.pk, by)
    text = APPLIED_ALREADY if run.state in ReidRun.TERMINAL else executor.work(run)
    message = text.format(value=row.value, run=run.pk, state=run.state, why=run.error)
    return Outcome(State.FAILED if text is ENDED else State.READY, message.strip(), run)


def _withdraw(row: Threshold, by: User, executor: Executor) -> Outcome:
    if not approval.withdraw(row.pk):
        return _done(row, NOT_IN_FORCE, NOT_IN_FORCE)
    return _done(row, WITHDRAWN, WITHDRAWN_UNDER)


def _undo(row: Threshold, by: User, executor: Executor) -> Outcome:
    undone = approval.undo(row.scorer, by, of=row.pk)
    message = UNDONE.format(value=row.value, detections=Number(undone.detections))
    return Outcome(State.READY, message)


def _done(row: Threshold, text: str, under: str) -> Outcome:
    """`under` where REID_THRESHOLD overrides it."""
    override = thresholds.override_note()
    text = under if override else text
    return Outcome(State.READY, text.format(value=row.value, override=override))


_DO: Final[dict[Verb, Callable[[Threshold, User, Executor], Outcome]]] = {
    Verb.APPROVE: _approve,
    Verb.APPLY: _apply,
    Verb.WITHDRAW: _withdraw,
    Verb.UNDO: _undo,
}
