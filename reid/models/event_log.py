"""Event log of one operation while it is being written."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from reid.models.operations import IdentityEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reid.models.operations import Operation

_BATCH: Final = 500


class EventLog:
    """The events of one operation while it is being written: every `IdentityEvent` is made here."""

    def __init__(self) -> None:
        self._events: list[IdentityEvent] = []

    def __len__(self) -> int:
        return len(self._events)

    def note(
        self,
        field: str,
        before: Any,
        after: Any,
        *,
        detection: UUID | None = None,
        deer: UUID | None = None,
        image: UUID | None = None,
    ) -> None:
        """One field of a detection, of a profile, of the pair of both, or of a photograph."""
        self._events.append(
            IdentityEvent(
                detection_id=detection,
                deer_id=deer,
                image_id=image,
                field=field,
                before=self.plain(before),
                after=self.plain(after),
            )
        )

    def note_changes(
        self, detection: UUID, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> None:
        """Those fields of a detection that differ; both name the same ones."""
        for field, value in after.items():
            if before[field] != value:
                self.note(field, before[field], value, detection=detection)

    def write(self, operation: Operation) -> int:
        """Store what was noted since the last write as of this operation; how many events."""
        events, self._events = self._events, []
        for event in events:
            event.operation = operation
        IdentityEvent.objects.bulk_create(events, _BATCH)
        return len(events)

    @staticmethod
    def plain(value: Any) -> Any:
        """A field's value as JSON."""
        if isinstance(value, UUID):
            return str(value)
        if isinstance(value, Enum):
            return value.value
        return value.isoformat() if isinstance(value, date) else value  # or a moment, which is one
