"""History of a photograph: who decided what about it and its boxes, the newest decision first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q

from reid.models import CAMERA, Camera, Deer, Detection, IdentityEvent, Operation

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from django.db import models

    from reid.models import Image

MOST: Final = 400
"""Events that are read, the newest ones."""
_UNDOABLE: Final = frozenset(Operation.Kind.values) - {
    Operation.Kind.IMPORT.value,  # undone as an import, with all that it brought
    Operation.Kind.RUN.value,
    Operation.Kind.CERTIFY.value,
    Operation.Kind.GUESS_FLANKS.value,
}


@dataclass(slots=True)
class Entry:
    """One operation, as far as it is about the photograph: the fields that it changed, each with before and after.

    A deer and a camera are there by their names. `can_be_undone` of what stands and is a person's: whether something was done since
    that stands against it, only the undo itself finds out.
    """

    operation: Operation
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def can_be_undone(self) -> bool:
        operation = self.operation
        return operation.undone_by_id is None and operation.kind in _UNDOABLE


def of_image(image: Image) -> list[Entry]:
    """The decisions about a photograph and all of its boxes, deleted ones too."""
    boxes = Detection.everything.filter(image=image).values("pk")
    events = (
        IdentityEvent.objects.filter(Q(image=image) | Q(detection__in=boxes))
        .select_related("operation__actor", "operation__run", "operation__undone_by__actor")
        .order_by("-pk")[:MOST]
    )
    entries: dict[UUID, Entry] = {}
    for event in events:  # from the last to the first: what was before is the earliest one's
        entry = entries.setdefault(event.operation_id, Entry(event.operation))
        _, after = entry.changes.get(event.field, (None, event.after))
        entry.changes[event.field] = (event.before, after)
    _name(entries.values(), "deer", Deer.everything)
    _name(entries.values(), CAMERA, Camera.everything)
    return sorted(entries.values(), key=lambda one: one.operation.created_at, reverse=True)


def _name(entries: Collection[Entry], field: str, rows: models.Manager[Any]) -> None:
    """Put names for the keys of these rows; one that is gone keeps its key."""
    keys = {key for one in entries for key in one.changes.get(field, ()) if key}
    names = {str(key): name for key, name in rows.filter(pk__in=keys).values_list("pk", "name")}
    for one in entries:
        if field in one.changes:
            before, after = one.changes[field]
            one.changes[field] = (names.get(before, before), names.get(after, after))
