"""Conflicts of an undo with notes, tags and favourites that people gave the import's photographs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reid.import_undo.conflicts import REVIEWED, conflict
from reid.models import IdentityEvent, Image, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reid.import_undo.conflicts import Conflict
    from reid.models import Import


def of_annotations(record: Import) -> Iterator[Conflict]:
    """Photographs of the import that a person wrote a note about, tagged or marked as favourite, and still does."""
    events = IdentityEvent.objects.filter(
        image__in=Image.objects.filter(made_by_import=record).values("pk"),
        operation__kind=Operation.Kind.ANNOTATE,
    )
    rows = events.select_related("operation__actor", "operation__undone_by", "image").order_by("pk")
    for event in {e.image_id: e for e in rows if e.operation.stands}.values():
        yield conflict(
            REVIEWED, event.image, by=event.operation.actor, at=event.operation.created_at
        )
