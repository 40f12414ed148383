"""Decisions of people, the newest first: what a reviewer looks at to find a wrong answer of any day. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import Min, Q

from reid.models import Deer, Detection, IdentityEvent, Operation

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from django.contrib.auth.models import User

PAGE: Final = 30
NOT_OF_PEOPLE: Final = (
    Operation.Kind.IMPORT,
    Operation.Kind.RUN,
    Operation.Kind.UNDO,
    Operation.Kind.GUESS_FLANKS,
)


@dataclass(frozen=True, slots=True)
class PastDecision:
    """One decision: the first picture that it is about, and the names that it gave or took, where it did.

    `detection` is None where it is about profiles alone.
    """

    operation: Operation
    detection: Detection | None
    deer: str

    @property
    def can_be_undone(self) -> bool:
        return self.operation.undone_by_id is None

    @property
    def sighting(self) -> UUID | None:
        """What it is about as the store has it today; None where that is gone."""
        return self.detection.sighting_id if self.detection else None


def past_decisions(
    *, by: User | None = None, before: tuple[datetime, UUID] | None = None, page: int = PAGE
) -> list[PastDecision]:
    """A page of decisions that came before the time and key of the last one seen. Four queries, however many there are."""
    rows = Operation.objects.exclude(kind__in=NOT_OF_PEOPLE).select_related("actor", "undone_by")
    if by is not None:
        rows = rows.filter(actor=by)
    if before is not None:
        moment, key = before
        rows = rows.filter(Q(created_at__lt=moment) | Q(created_at=moment, pk__lt=key))
    operations = list(rows.order_by("-created_at", "-pk")[:page])
    pictures = _pictures(operations)
    names = _names(operations)
    return [PastDecision(one, pictures.get(one.pk), names.get(one.pk, "")) for one in operations]


def _pictures(operations: Collection[Operation]) -> dict[UUID, Detection]:
    """The first detection that each operation changed."""
    changed = IdentityEvent.objects.filter(operation__in=operations, detection__isnull=False)
    firsts = changed.order_by().values("operation").annotate(first=Min("pk")).values("first")
    events = IdentityEvent.objects.filter(pk__in=firsts)
    about = events.select_related("detection__image__camera", "detection__deer")
    return {event.operation_id: event.detection for event in about if event.detection}


def _names(operations: Collection[Operation]) -> dict[UUID, str]:
    """The deer that each operation gave a detection, else the one that it took away."""
    changed = IdentityEvent.objects.filter(operation__in=operations, field="deer")
    firsts = changed.order_by().values("operation").annotate(first=Min("pk")).values("first")
    events = list(IdentityEvent.objects.filter(pk__in=firsts))
    keys = {one.operation_id: UUID(key) for one in events if (key := one.after or one.before)}
    names = dict(Deer.objects.filter(pk__in=set(keys.values())).values_list("pk", "name"))
    return {operation: names[key] for operation, key in keys.items() if key in names}
