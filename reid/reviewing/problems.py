"""Refusals of a review: somebody was faster, or the record contradicts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from reid.models import IdentityEvent
    from reid.suggesting.near_names import NearName

STALE: Final = "This {subject} has changed since you saw it: {change}. Load it again."
GROUPED_ANEW: Final = "its detections were grouped anew"
NOT_LOGGED: Final = "a value was changed without a log entry"
UNDO_CONFLICT: Final = "This cannot be undone: {change}. Undo that first."
ALREADY_UNDONE: Final = "This cannot be undone: it was undone by {by} on {at:%Y-%m-%d %H:%M}."
NEAR: Final = "near_name"
"""Code of a refusal that asks whether another deer was meant."""
NEAR_NAME: Final = "{name} is nearly the name of {names}: if that is the deer, use its name; if not, say that {name} is a new one."
CHANGES_NAMED: Final = 20
"""A conflict names this many changes at most; one is enough to know where to look."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that somebody changed: `subject` is "detection", "deer" or "image", `by` a name or "a run"."""

    subject: str
    id: UUID
    field: str
    before: Any
    after: Any
    kind: str
    by: str
    at: datetime
    operation: UUID

    @classmethod
    def of(cls, event: IdentityEvent) -> FieldChange:
        """The change an event tells of; the event comes with its operation and actor."""
        operation = event.operation
        subject, key = next(
            (name, key)
            for name, key in (
                ("detection", event.detection_id),
                ("deer", event.deer_id),
                ("image", event.image_id),
            )
            if key is not None
        )
        return cls(
            subject=subject,
            id=key,
            field=event.field,
            before=event.before,
            after=event.after,
            kind=operation.kind,
            by=operation.actor.get_username() if operation.actor else "a run",
            at=operation.created_at,
            operation=operation.pk,
        )

    def __str__(self) -> str:
        subject = "photograph" if self.subject == "image" else self.subject
        return (
            f"{self.field} of {subject} {str(self.id)[:8]} was changed by {self.by} "
            f"({self.kind}, {timezone.localtime(self.at):%Y-%m-%d %H:%M})"
        )


class ReviewError(Exception):
    """A review that was not done; str() is one sentence for the reviewer."""


class StaleReview(ReviewError):
    """The reviewer decided on a state that is no longer there. `changes`: what changed and by whom."""

    def __init__(
        self,
        changes: Sequence[FieldChange],
        otherwise: str = GROUPED_ANEW,
        subject: str = "sighting",
    ) -> None:
        self.changes = tuple(changes[:CHANGES_NAMED])
        first = str(self.changes[0]) if self.changes else otherwise
        super().__init__(STALE.format(subject=subject, change=first))


class UndoConflict(ReviewError):
    """Something changed since the operation. `changes`: what and by whom, where the log knows."""

    def __init__(self, changes: Sequence[FieldChange] = (), sentence: str = "") -> None:
        self.changes = tuple(changes[:CHANGES_NAMED])
        text = UNDO_CONFLICT.format(change=self.changes[0]) if self.changes else sentence
        super().__init__(text)


class ReviewRefused(ReviewError):
    """The decision contradicts the record or itself. `code` and `field` say where to look."""

    def __init__(self, sentence: str, code: str = "conflict", field: str = "") -> None:
        self.code = code
        self.field = field
        super().__init__(sentence)


class NearNames(ReviewRefused):
    """The name of a new deer is nearly that of another one: `near`, of which one may be meant."""

    def __init__(self, name: str, near: Sequence[NearName]) -> None:
        self.name = name
        self.near = tuple(near)
        names = " or ".join(one.name for one in near)
        super().__init__(NEAR_NAME.format(name=name, names=names), NEAR, "name")
