"""Conflicts of an undo: what people did since the import with what it made or changed, and what later imports built on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.contrib.admin.models import CHANGE, LogEntry
from django.utils import timezone

from reid.import_undo.own_rows import made_detections, touched_detections
from reid.models import (
    AuditItem,
    Camera,
    Deer,
    Deployment,
    Detection,
    IdentityEvent,
    Image,
    Import,
    ImportChange,
    Operation,
    Outage,
)
from reid.reviewing.ledger import SIGHTING
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime
    from uuid import UUID

    from django.db.models import Model, QuerySet

MODELS: Final[dict[str, type[Any]]] = {
    "image": Image,
    "detection": Detection,
    "camera": Camera,
    "deer": Deer,
    "deployment": Deployment,
    "outage": Outage,
}
"""Models that imports make or change, by the names that their changes use."""

REVIEWED: Final = "{subject} was reviewed by {by} on {at}"
NAMED: Final = "{subject} was named by the {source} by {by} on {at}"
JUDGED: Final = "{subject} was judged in an audit by {by} on {at}"
CHANGED: Final = "{subject}: {field} was changed by the {source} by {by} on {at}"
CHANGED_SINCE: Final = "{subject}: {field} was changed since"
EDITED: Final = "{subject} was edited in the admin by {by} on {at}"
DETECTED: Final = "{subject} was added by the {source} by {by} on {at}"
ADDED: Final = "{subject} was added since"
CORRECTED: Final = "the time of {subject} was corrected"
ANNOTATED: Final = "{subject} has notes, dates or other names that a person gave it"

_NO_WORK: Final = (
    Operation.Kind.RUN,
    Operation.Kind.CERTIFY,
    Operation.Kind.GUESS_FLANKS,
    Operation.Kind.UNDO,
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """One row that undo would take, and who would lose what by it. `model` is a key of MODELS."""

    model: str
    id: UUID
    text: str
    by: str = ""
    at: datetime | None = None

    def __str__(self) -> str:
        return self.text


def of_detections(record: Import) -> Iterator[Conflict]:
    """Reviews, names by later imports and audit answers about the detections that the import touched."""
    touched = touched_detections(record)
    events = (
        IdentityEvent.objects.filter(
            detection__in=touched.values("pk"),
            operation__created_at__gte=record.started_at,
            operation__run__isnull=True,
        )
        .exclude(operation__kind__in=_NO_WORK)
        .exclude(operation=record.operation_id)
        .exclude(field=SIGHTING)  # where a detection was put is nobody's decision
        .select_related("operation__actor", "operation__import_record", "detection__image")
        .order_by("pk")
    )
    for event in {e.detection_id: e for e in events if e.operation.stands}.values():
        operation = event.operation
        later = getattr(operation, "import_record", None)
        yield conflict(
            NAMED if later else REVIEWED,
            event.detection,
            by=operation.actor,
            at=operation.created_at,
            source=later,
        )
    judged = AuditItem.objects.exclude(outcome="").filter(
        sighting__detections__in=touched.values("pk"), judged_at__gte=record.started_at
    )
    item_of = {item.sighting_id: item for item in judged.select_related("reviewer")}
    for detection in touched.filter(sighting__in=item_of.keys()).select_related("image"):
        item = item_of[detection.sighting_id]  # type: ignore[index]  # filtered by it
        yield conflict(JUDGED, detection, by=item.reviewer, at=item.judged_at)


def of_images(record: Import) -> Iterator[Conflict]:
    """Detections that others put on the import's photographs, and times that were corrected."""
    images = Image.objects.filter(made_by_import=record)
    others = Detection.objects.filter(image__in=images.values("pk")).exclude(
        pk__in=made_detections(record).values("pk")
    )
    for detection in others.select_related("image", "made_by_import__actor"):
        later = detection.made_by_import
        yield Conflict(
            "image",
            detection.image_id,
            **_said(
                DETECTED if later else ADDED,
                detection,
                by=later.actor if later else None,
                at=later.started_at if later else None,
                source=later,
            ),
        )
    for image in images.filter(time_source=Image.TimeSource.CORRECTED):
        yield conflict(CORRECTED, image)


def of_later_imports(record: Import) -> Iterator[Conflict]:
    """Fields of the import's own photographs, detections and camera days that a later import changed.

    What a detector of the store did is not counted: nobody worked on it.
    """
    for name in ("image", "detection", "deployment", "outage"):
        model = MODELS[name]
        own = model._default_manager.filter(made_by_import=record)
        later = later_changes(record, name).filter(row__in=own.values("pk"))
        later = later.exclude(record__kind=Import.Kind.DETECTOR)
        change_of: dict[UUID, ImportChange] = {}
        for change in later:  # the first field stands for all of its row
            change_of.setdefault(change.row, change)
        for row in own.filter(pk__in=change_of.keys()):
            yield of_change(change_of[row.pk], row)


def later_changes(record: Import, model: str) -> QuerySet[ImportChange]:
    """What imports that began later, and stand, changed in rows of one model."""
    return (
        ImportChange.objects.filter(model=model, record__started_at__gt=record.started_at)
        .exclude(record__state=Import.State.UNDONE)
        .select_related("record__actor")
        .order_by("pk")
    )


def of_change(change: ImportChange, row: Model) -> Conflict:
    """A later import's change of a row."""
    record = change.record
    return conflict(
        CHANGED, row, by=record.actor, at=record.started_at, source=record, field=change.field
    )


def changed_since(row: Model, field: str) -> Conflict:
    """A field that is no longer as the import left it, by somebody who left no record of it."""
    return conflict(CHANGED_SINCE, row, field=field)


def of_edits(record: Import, name: str, keys: Collection[UUID]) -> Iterator[Conflict]:
    """Rows of one model that people edited in the admin since, or wrote notes on."""
    rows = MODELS[name]._default_manager.in_bulk(list(keys))
    entries = (
        LogEntry.objects.filter(
            content_type__app_label="reid",
            content_type__model=name,
            object_id__in=[str(key) for key in rows],
            action_flag=CHANGE,
            action_time__gte=record.started_at,
        )
        .select_related("user")
        .order_by("action_time")
    )
    entry_of = {entry.object_id: entry for entry in entries}
    for key, row in rows.items():
        if (entry := entry_of.get(str(key))) is not None:
            yield conflict(EDITED, row, by=entry.user, at=entry.action_time)
        elif _is_annotated(row):
            yield conflict(ANNOTATED, row)


def of_deer_audits(record: Import, keys: Collection[UUID]) -> Iterator[Conflict]:
    """Deer about which an audit was answered since."""
    items = AuditItem.objects.exclude(outcome="").filter(
        deer__in=keys, judged_at__gte=record.started_at
    )
    for item in {i.deer_id: i for i in items.select_related("deer", "reviewer")}.values():
        yield conflict(JUDGED, item.deer, by=item.reviewer, at=item.judged_at)


def _is_annotated(row: Model) -> bool:
    match row:
        case Deer():
            own = row.notes or row.born_on or row.died_on or row.merged_into_id
            return bool(
                own
                or row.status != Deer.Status.UNKNOWN
                or row.former_names.exists()
                or row.merged.exists()
            )
        case Camera():
            return bool(row.notes or Camera.everything.filter(merged_into=row).exists())
    return False


def conflict(sentence: str, row: Any, **how: Any) -> Conflict:
    """The conflict about a row, in one of this module's sentences."""
    return Conflict(row._meta.model_name, row.pk, **_said(sentence, row, **how))


def _said(
    sentence: str, row: Any, *, by: Any = None, at: datetime | None = None, **more: Any
) -> dict[str, Any]:
    name = by.get_username() if by else "nobody known"
    when = f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
    text = sentence.format(subject=_subject(row), by=name, at=when, **more)
    return {"text": text, "by": name if by else "", "at": at}


def _subject(row: Any) -> str:
    match row:
        case Detection():
            kind = Classification(row.effective_class).label
            return f"{kind} on {row.image.path}"
        case Image():
            return f"photograph {row.path}"
    return f"{row._meta.verbose_name if not isinstance(row, Deer) else 'deer'} {row}"
