"""Verbs of `audit_threshold` that are about batches: what each does, and what it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from django.core.management.base import CommandError

from analysis.audit import batches, certificates
from analysis.audit.answers import state_of
from analysis.recommendation.fdp_gate import about_more
from reid.management.users import person

if TYPE_CHECKING:
    from reid.models import AuditPlan

FROZEN: Final = (
    "Batch {number} is frozen: {pairs} names of sightings that are there. To be certified: at most {alpha:.0%} of "
    "{shown} are wrong. About {about} judgements to the first answer: audit_threshold next."
)
HOW_TO_UNDO: Final = "To take it back: audit_threshold undo"
UNDONE: Final = (
    "The assignment of batch {number} was undone. It may be assigned again, or abandoned."
)
ABANDONED: Final = (
    "Batch {number} is abandoned: nothing of it is assigned. It counts as a plan that was opened."
)
NO_BATCHES: Final = "No batch was opened yet: see test_reid_thresholds for whether one is offered."
SHARES_OF_A_BATCH: Final = "--shares are those of a batch: give --batch too."
NO_SHARES: Final = (
    "{text!r} are no shares: give one or two numbers above 0 and at most 1, such as 0.3,0.6."
)
VERBS: Final = {
    "assign": "give the sightings of the certified batch their deer; closes an open one with what has passed",
    "undo": "take the newest assignment of a batch back",
    "abandon": "give the batch up that is open, or certified and not assigned",
}


def frozen(plan: AuditPlan) -> str:
    """What was frozen, and about how much there is to judge."""
    state = state_of(plan)
    sizes = [f"the {item.candidate.assigned} best" for item in state.candidates]
    return FROZEN.format(
        number=plan.number,
        pairs=state.population,
        alpha=plan.alpha_fdp,
        shown=" and of ".join(sizes),
        about=about_more(state, state.candidates[0]),
    )


def shares(text: str, *, is_batch: bool) -> list[float] | None:
    """Shares as they were typed, which need not be any; None where no batch is asked for. Raises CommandError."""
    if not is_batch:
        if text:
            raise CommandError(SHARES_OF_A_BATCH, returncode=2)
        return None
    try:
        return [float(part) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise CommandError(NO_SHARES.format(text=text), returncode=2) from error


def act(verb: str, user: str) -> str:
    """Assign, undo or abandon; what became of it."""
    if verb == "abandon":
        return ABANDONED.format(number=batches.abandon().number)
    if verb == "undo":
        return UNDONE.format(number=certificates.undo(person(user)).number)
    return f"{certificates.assign(person(user)).in_words} {HOW_TO_UNDO}"


def listing(*, is_json: bool) -> str:
    """Every batch, newest first."""
    if is_json:
        return json.dumps({"batches": certificates.documents()}, indent=2)
    return "\n".join(certificates.in_words()) or NO_BATCHES
