"""Restoring of stored rows: the fields that an import changed get their old values, unless they have changed since."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db.models import F

from reid.grouping.timelines import TouchedTimelines
from reid.import_undo import conflicts
from reid.importing.writing.changes import LABEL, plain
from reid.matching.moved_seasons import mark_moved
from reid.models import Detection, Image, ImportChange, Sighting
from reid.reviewing.photographs.changes import column
from reid.reviewing.photographs.derived import BOX, forget

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime
    from uuid import UUID

    from reid.import_undo.conflicts import Conflict
    from reid.models import Import

BLOCK: Final = 500
_JUDGED: Final = frozenset({"clock_problem"})
"""Fields that the program judges by other rows, which may have changed since: nobody's work."""
_SCORED: Final = frozenset({"classification", "flank"}) | BOX

Values = tuple[Any, Any]
"""A field before the import and after it."""


@dataclass(slots=True)
class Restored:
    """What went back, and what that leaves to be done."""

    fields: int = 0
    touched: TouchedTimelines = field(default_factory=TouchedTimelines)
    crops: set[UUID] = field(default_factory=set)
    """Detections whose box went back: their pictures on the disk are of another one."""


def restore(record: Import, kept: Collection[UUID]) -> tuple[Restored, list[Conflict]]:
    """Give back what the import changed, but for the detections `kept`; and what stood against it."""
    restored, against = Restored(), list[conflicts.Conflict]()
    for name, model in conflicts.MODELS.items():
        wanted = _folded(record, name)
        later = (
            {(change.row, change.field): change for change in conflicts.later_changes(record, name)}
            if wanted
            else {}
        )
        for block in blocks(sorted(wanted.keys() - set(kept))):
            rows = model._default_manager.select_related(*_joined(name)).filter(pk__in=block)
            changed, fields = [], set[str]()
            moved: dict[UUID, tuple[datetime | None, datetime | None]] = {}
            for row in rows.exclude(made_by_import=record):
                before = _timeline(row)
                for attribute, (old, new) in wanted[row.pk].items():
                    if attribute == LABEL:
                        restored.fields += _unname(row, new)
                        continue
                    if (change := later.get((row.pk, attribute))) is not None:
                        against.append(conflicts.of_change(change, row))
                        continue
                    own = column(model, attribute)
                    current = plain(getattr(row, own.attname))
                    if current == old:
                        continue
                    if current != new and attribute not in _JUDGED:
                        against.append(conflicts.changed_since(row, attribute))
                        continue
                    setattr(row, own.attname, own.to_python(old))
                    fields.add(attribute)
                    restored.fields += 1
                after = _timeline(row)
                if isinstance(row, Image) and before and after:
                    moved[row.pk] = (before[2], after[2])
                for place in (before, after):
                    if place:
                        restored.touched.add(*place)
                changed.append(row)
            if fields:
                model._default_manager.bulk_update(changed, sorted(fields))
            mark_moved(moved)
            if name == "detection" and fields:
                _derive_again([row.pk for row in changed], fields, restored)
    return restored, against


def _folded(record: Import, model: str) -> dict[UUID, dict[str, Values]]:
    """Of each row and field what it was before the import and after it."""
    changes = ImportChange.objects.filter(record=record, model=model).order_by("pk")
    folded: defaultdict[UUID, dict[str, Values]] = defaultdict(dict)
    for row, name, before, after in changes.values_list("row", "field", "before", "after"):
        first = folded[row].get(name, (before, after))
        folded[row][name] = (first[0], after)
    return dict(folded)


def _joined(model: str) -> tuple[str, ...]:
    return ("image", "sighting") if model == "detection" else ()


def _timeline(row: Any) -> tuple[Any, str, Any] | None:
    image = row.image if isinstance(row, Detection) else row
    return (image.camera_id, image.path, image.captured_at) if isinstance(image, Image) else None


def _unname(detection: Detection, label: str) -> int:
    """Take the name from its sighting that the import gave; 1 where it bears it still."""
    named = Sighting.objects.filter(detections=detection, label=label)
    return named.update(label="")


def _derive_again(keys: list[UUID], fields: set[str], restored: Restored) -> None:
    """What machines made of the old box, class or flank is made again by the next run."""
    rows = Detection.objects.filter(pk__in=keys)
    rows.update(version=F("version") + 1)
    if fields & _SCORED:
        rows.identifiable().update(scores_stale=True)
    if fields & BOX:
        forget(keys)
        restored.crops |= set(keys)


def blocks(keys: list[UUID]) -> Iterator[list[UUID]]:
    """The keys, BLOCK at a time."""
    for start in range(0, len(keys), BLOCK):
        yield keys[start : start + BLOCK]
