"""History of a deer: the operations that changed its profile, or gave it sightings or took some away."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q

from reid.models import Detection, IdentityEvent, Operation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from reid.models import Deer

PAGE: Final = 20
"""Entries of a page."""
_OF_REFERENCES: Final = (Operation.Kind.ENROL, Operation.Kind.DROP_REFERENCE)


@dataclass(frozen=True, slots=True)
class FieldChanged:
    """A field of the profile before and after, as the log has it."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """An operation, as far as it is about one deer.

    `gained` and `lost` are photographs that got this deer's name or lost it, `rejected` those that it was said not to
    be on, `changes` what changed in its profile.
    """

    operation: Operation
    changes: tuple[FieldChanged, ...]
    gained: int
    lost: int
    rejected: int


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Entries, the latest first; `before` asks for older ones, empty where there are none."""

    entries: tuple[HistoryEntry, ...]
    before: str


def history_of(deer: Deer, before: str = "") -> HistoryPage:
    """The operations about a deer before the one that `before` names. Three queries at most."""
    rows = Operation.objects.filter(pk__in=_about(deer)).select_related("actor", "undone_by")
    rows = rows.order_by("-created_at", "-pk")
    if before:
        last = Operation.objects.filter(pk=before).values_list("created_at", "pk").first()
        if last is not None:
            at, key = last
            rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=key))
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    entries = tuple(_entries(deer, shown))
    return HistoryPage(entries, str(shown[-1].pk) if len(found) > PAGE else "")


def _about(deer: Deer) -> set[UUID]:
    """Keys of the operations about it: of its profile, of what it bears now, and of what people took from it or gave it.

    What a run gave and another one took away again is left out: the log holds it by photograph.
    """
    events = IdentityEvent.objects.order_by()
    key = str(deer.pk)
    by_people = Q(operation__run__isnull=True) & (Q(before=key) | Q(after=key))
    keys: set[UUID] = set()
    for rows in (
        events.filter(deer=deer),
        events.filter(
            Q(field="deer", after=key)
            | Q(field="is_reference", operation__kind__in=_OF_REFERENCES),
            detection__in=Detection.objects.filter(deer=deer),
        ),
        events.filter(by_people, field="deer"),
    ):
        keys |= set(rows.values_list("operation", flat=True).distinct())
    return keys


def _entries(deer: Deer, operations: Iterable[Operation]) -> list[HistoryEntry]:
    operations = list(operations)
    key = str(deer.pk)
    of_identity = Q(field="deer") & (Q(before=key) | Q(after=key))
    rows = IdentityEvent.objects.filter(
        Q(deer=deer) | of_identity, operation__in=operations
    ).order_by("pk")
    events: defaultdict[UUID, list[IdentityEvent]] = defaultdict(list)
    for row in rows:
        events[row.operation_id].append(row)
    return [_entry(one, events[one.pk], key) for one in operations]


def _entry(operation: Operation, events: list[IdentityEvent], key: str) -> HistoryEntry:
    of_profile = [event for event in events if event.detection_id is None]
    of_photographs = [event for event in events if event.detection_id and event.field == "deer"]
    rejected = [event for event in events if event.field == "rejected" and event.after]
    return HistoryEntry(
        operation,
        tuple(FieldChanged(event.field, event.before, event.after) for event in of_profile),
        gained=sum(event.after == key for event in of_photographs),
        lost=sum(event.before == key for event in of_photographs),
        rejected=len(rejected),
    )
