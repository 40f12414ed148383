"""History of a photograph: who decided what about it and its boxes, the newest decision first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q

from reid.models import CAMERA, Camera, Deer, Detection, IdentityEvent, Operation

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from django.db import models

    from reid.models import Image

PAGE: Final = 20
"""Operations of a page."""
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


def of_image(image: Image, before: datetime | None = None) -> list[Entry]:
    """The newest decisions about a photograph and all of its boxes, deleted ones too, or those before a time.

    One more than PAGE where there are older ones.
    """
    boxes = Detection.everything.filter(image=image).values("pk")
    events = IdentityEvent.objects.filter(Q(image=image) | Q(detection__in=boxes)).order_by("-pk")
    about = Operation.objects.filter(pk__in=events.order_by().values("operation"))
    if before is not None:
        about = about.filter(created_at__lt=before)
    about = about.select_related("actor", "run", "undone_by__actor").order_by("-created_at", "-pk")
    entries = {one.pk: Entry(one) for one in about[: PAGE + 1]}
    # From the last to the first: what was before is the earliest one's.
    for event in events.filter(operation__in=entries.keys()):
        changes = entries[event.operation_id].changes
        _, after = changes.get(event.field, (None, event.after))
        changes[event.field] = (event.before, after)
    _name(entries.values(), "deer", Deer.everything)
    _name(entries.values(), CAMERA, Camera.everything)
    return list(entries.values())


def _name(entries: Collection[Entry], field: str, rows: models.Manager[Any]) -> None:
    """Put names for the keys of these rows; one that is gone keeps its key."""
    keys = {key for one in entries for key in one.changes.get(field, ()) if key}
    names = {str(key): name for key, name in rows.filter(pk__in=keys).values_list("pk", "name")}
    for one in entries:
        if field in one.changes:
            before, after = one.changes[field]
            one.changes[field] = (names.get(before, before), names.get(after, after))
