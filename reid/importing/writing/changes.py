"""Changes of stored rows by an import: each field before and after, which is what undo puts back.

Rows that an import makes are none of this (they name it), and identities are events of its operation.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from reid.models import EventLog, ImportChange

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.db.models import Model

    from reid.models import Import

IMAGE_FIELDS: Final = (
    *("camera", "captured_at", "time_source", "clock_problem"),
    *("looked", "look_failure", "looked_by"),
)
DETECTION_FIELDS: Final = (
    *("classification", "source_label", "detector", "detected_by", "confidence"),
    *("classifier", "classifier_label"),
    *("x", "y", "width", "height", "flank", "flank_source"),
)
LABEL: Final = "sighting_label"
"""Field of a detection whose sighting got a name: sightings are rebuilt, their detections stay."""

_BATCH: Final = 500


def plain(value: Any) -> Any:
    """A field's value as JSON; the field's own `to_python` reads it back."""
    if isinstance(value, (date, time, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else EventLog.plain(value)


def values_of(row: Model, fields: tuple[str, ...]) -> tuple[Any, ...]:
    """The row's fields as they are in hand, relations by key: cheap, for most rows of an import stay as they are."""
    return _reader(type(row), fields)(row)


@cache
def _reader(model: type[Model], fields: tuple[str, ...]) -> Callable[[Model], tuple[Any, ...]]:
    """What reads two fields or more at once."""
    columns = {column.name: column.attname for column in model._meta.concrete_fields}
    return attrgetter(*(columns[name] for name in fields))


class ChangeLog:
    """The changes of one import that wait to be written: every `ImportChange` is made here."""

    def __init__(self) -> None:
        self._rows: list[ImportChange] = []

    def note(self, model: str, row: UUID, field: str, before: Any, after: Any) -> None:
        """One field of a stored row; its values are JSON already."""
        self._rows.append(
            ImportChange(model=model, row=row, field=field, before=before, after=after)
        )

    def note_changes(
        self, row: Model, fields: tuple[str, ...], before: tuple[Any, ...]
    ) -> dict[str, Any]:
        """Those of the fields that are not what `values_of` said before; what they are now, relations by key."""
        now = values_of(row, fields)
        if now == before:
            return {}
        changed = {}
        for name, old, new in zip(fields, before, now, strict=True):
            if old != new:
                self.note(row._meta.model_name or "", row.pk, name, plain(old), plain(new))
                changed[name] = new
        return changed

    def write(self, record: Import) -> None:
        """Store what was noted since the last write as changes by this import."""
        rows, self._rows = self._rows, []
        for row in rows:
            row.record = record
        ImportChange.objects.bulk_create(rows, _BATCH)
