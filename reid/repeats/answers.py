"""Answers to suspicions: the boxes at a place are removed in one operation, or kept; both can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from reid import reviewing
from reid.models import Repeat, RepeatAnswer
from reid.repeats.places import members
from reid.reviewing import ReviewRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.contrib.auth.models import User

UNKNOWN_REPEAT: Final = "There is no suspicion {key}."
ANSWERED: Final = "This place was answered already: it is {answer}. Take that back first."
NOT_ANSWERED: Final = "Nobody has answered this yet: there is nothing to take back."
NOTHING_LEFT: Final = (
    "No box is left at this place: people have named, reviewed, moved or thrown out all of them."
)
REASON: Final = "repeat: the same box on {frames} photographs of {camera}"


@transaction.atomic
def remove(key: UUID, *, actor: User) -> Repeat:
    """There is no animal at this place: its boxes are thrown out, in one operation. Raises ReviewRefused."""
    row = _locked(key)
    _refuse_answered(row)
    boxes = members(row)
    if not boxes.keys:
        raise ReviewRefused(NOTHING_LEFT, "conflict")
    reason = REASON.format(frames=boxes.frames, camera=row.camera.survivor)
    row.removal = reviewing.throw_out(boxes.keys, actor=actor, reason=reason)
    row.frames, row.encounters = boxes.frames, boxes.encounters
    row.save()
    return row


@transaction.atomic
def keep(key: UUID, *, actor: User) -> Repeat:
    """These are animals: nothing changes, and the place is not suspected again. Raises ReviewRefused."""
    row = _locked(key)
    _refuse_answered(row)
    row.kept_at, row.kept_by = timezone.now(), actor
    row.save()
    return row


@transaction.atomic
def take_back(key: UUID, *, actor: User) -> Repeat:
    """Take the answer back: it is open again, and removed boxes count again. Raises ReviewRefused and UndoConflict."""
    row = _locked(key)
    if row.answer is RepeatAnswer.OPEN:
        raise ReviewRefused(NOT_ANSWERED, "conflict")
    if row.removal is not None and row.answer is RepeatAnswer.REMOVED:
        reviewing.undo(operation=row.removal.pk, actor=actor)
        row.removal = None
    row.kept_at = row.kept_by = None
    row.save()
    return row


ACTS: Final[dict[str, Callable[..., Repeat]]] = {
    "remove": remove,
    "keep": keep,
    "take-back": take_back,
}
"""Acts by the names that requests and forms send."""


def _locked(key: UUID) -> Repeat:
    # No join, for an outer one cannot be locked.
    row = Repeat.objects.select_for_update().filter(pk=key).first()
    if row is None:
        raise ReviewRefused(UNKNOWN_REPEAT.format(key=key), "not_found")
    return row


def _refuse_answered(row: Repeat) -> None:
    if row.answer is not RepeatAnswer.OPEN:
        raise ReviewRefused(ANSWERED.format(answer=row.answer.value), "conflict")
