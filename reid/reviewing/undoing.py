"""Undo: everything an operation changed goes back, or nothing does.

It refuses where a detection, a profile or a photograph that the operation changed has changed since, in any field, and
names the later change: that one is undone first. An undo is an operation too, so undoing it is the redo. A
profile that the operation began goes out of sight where nothing else refers to it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reid.grouping.locks import hold_off, wait_for_others
from reid.models import (
    CAMERA,
    CREATED,
    PART,
    Deer,
    Detection,
    EventLog,
    IdentityEvent,
    Operation,
)
from reid.reviewing.conflicts import refuse_full_places, refuse_twice
from reid.reviewing.ledger import MERGED_INTO, SIGHTING, How, Ledger
from reid.reviewing.photographs.changes import column, lock_images
from reid.reviewing.photographs.restoring import refuse_taken_boxes, restore_images
from reid.reviewing.problems import (
    ALREADY_UNDONE,
    NOT_LOGGED,
    UNDO_CONFLICT,
    FieldChange,
    ReviewRefused,
    UndoConflict,
)
from reid.reviewing.profiles import end_idle, lock_profiles, restore
from reid.reviewing.scene import lock_scene

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from reid.reviewing.photographs.restoring import Changes, Subject

UNKNOWN_OPERATION: Final = "There is no operation {operation}."
MERGED_SINCE: Final = "{deer} was merged into another profile"
DEER_GONE: Final = "a profile that it named was deleted"


class UnknownOperation(LookupError):
    """No operation has this id."""


@transaction.atomic
def undo(*, operation: UUID, **how: Unpack[How]) -> Operation:
    """Undo one operation as a whole; the new operation that does it.

    Raises UndoConflict with what changed since, and UnknownOperation.
    """
    if _regroups(operation):
        wait_for_others()
    hold_off()
    done = _lock(operation)
    return _take_back(done, _folded(done.events.order_by("pk")), how, refuse_later=True)


def take_back(done: Operation, keeping: Collection[UUID], **how: Unpack[How]) -> Operation | None:
    """Undo an import's operation but for what it gave the detections `keeping`; None where that is all.

    Within a transaction that has waited for others (`reid.grouping.locks`) and looked for later changes itself.
    """
    folded = _folded(done.events.order_by("pk"))
    changes = {
        key: event
        for key, event in folded.items()
        if key[0] not in keeping and event.before != event.after
    }
    return _take_back(done, changes, how, refuse_later=False) if changes else None


def _take_back(done: Operation, changes: Changes, how: How, *, refuse_later: bool) -> Operation:
    deer = _lock_deer(changes)
    images = lock_images({image for _, _, image, _ in changes if image})
    about = IdentityEvent.objects.filter(operation=done, detection__isnull=False)
    scene = lock_scene(Detection.everything.filter(pk__in=about.values("detection")))
    if refuse_later:
        _refuse_later_changes(done)
    ledger = Ledger(Operation.Kind.UNDO, {"selection": "", **how})
    _restore_deer(ledger, changes, deer)
    restore_images(ledger, changes, images)
    restored = _restore_detections(ledger, changes, scene)
    refuse_taken_boxes(changes, restored)
    _refuse_contradictions(restored, deer, scene)
    if done.kind not in (Operation.Kind.RUN, Operation.Kind.CERTIFY):
        # These give identities and touch no reference: the scores are as good as they were, and the next
        # run would only say the same again.
        ledger.score_again(restored)
    sightings = {
        key: (event.before, event.after)
        for (key, *_, field), event in changes.items()
        if key is not None and field == SIGHTING
    }
    end_idle(ledger, deer.keys(), done)
    undone = ledger.close(put_back=sightings or None)
    refuse_full_places(restored)
    Operation.objects.filter(pk=done.pk).update(undone_by=undone)
    return undone


def _regroups(key: UUID) -> bool:
    """Whether undoing it may change the grouping: locks are taken before anything is read that counts."""
    fields = (
        *("is_valid", "classification", "corrected_classification", "hidden_at", "x"),
        *(CAMERA, SIGHTING),
    )
    return IdentityEvent.objects.filter(operation=key, field__in=fields).exists()


def _lock(key: UUID) -> Operation:
    # No join, for the reason that `lock_deer` gives.
    done = Operation.objects.select_for_update().filter(pk=key).first()
    if done is None:
        raise UnknownOperation(UNKNOWN_OPERATION.format(operation=key))
    if (by := done.undone_by) is not None:
        name = by.actor.get_username() if by.actor else "a run"
        raise UndoConflict(
            sentence=ALREADY_UNDONE.format(by=name, at=timezone.localtime(by.created_at))
        )
    return done


def _folded(events: Iterable[IdentityEvent]) -> Changes:
    """One event a field: the first one's before, the last one's after."""
    changes: dict[Subject, IdentityEvent] = {}
    for event in events:
        key = (event.detection_id, event.deer_id, event.image_id, event.field)
        first = changes.setdefault(key, event)
        first.after = event.after
    return changes


def _lock_deer(changes: Changes) -> dict[UUID, Deer]:
    """Every profile that the operation changed, or gave to or took from a detection."""
    keys = {deer for _, deer, *_ in changes if deer}
    for (*_, field), event in changes.items():
        if field == "deer":
            keys |= {UUID(value) for value in (event.before, event.after) if value}
    ended = {deer for _, deer, _, field in changes if deer and field == CREATED}
    return lock_profiles(keys, ended)


def _refuse_later_changes(done: Operation) -> None:
    # Where a detection was put is nobody's decision, and what is decided of it there may stay.
    own = done.events.exclude(field=SIGHTING)
    last = {_subject(event): event.pk for event in own.order_by("pk")}
    profiles = own.filter(detection__isnull=True, deer__isnull=False)
    events = (
        IdentityEvent.objects.filter(
            Q(detection__in=own.values("detection"))
            | Q(detection__isnull=True, deer__in=profiles.values("deer"))
            | Q(image__in=own.values("image")),
            pk__gt=min(last.values(), default=0),
        )
        .exclude(operation=done)
        .exclude(field=SIGHTING)
        .select_related("operation__actor")
        .order_by("pk")
    )
    later = (event for event in events if event.pk > last[_subject(event)])
    newest: dict[Subject, tuple[Any, IdentityEvent]] = {}
    for event in later:
        key = (event.detection_id, event.deer_id, event.image_id, event.field)
        first_before = newest[key][0] if key in newest else event.before
        newest[key] = (first_before, event)
    changed = [event for before, event in newest.values() if before != event.after]
    if changed:
        raise UndoConflict([FieldChange.of(event) for event in reversed(changed)])


def _subject(event: IdentityEvent) -> UUID | None:
    """What the event is about: of the pair of a detection and a deer the detection."""
    return event.detection_id or event.deer_id or event.image_id


def _restore_deer(ledger: Ledger, changes: Changes, deer: Mapping[UUID, Deer]) -> None:
    for (detection, key, _, field), event in changes.items():
        if detection is None and key is not None:
            restore(ledger, deer[key], field, event)


def _restore_detections(
    ledger: Ledger, changes: Changes, scene: Mapping[UUID, Detection]
) -> list[Detection]:
    restored: dict[UUID, Detection] = {}
    values: defaultdict[UUID, dict[str, Any]] = defaultdict(dict)
    for (key, deer, _, field), event in changes.items():
        if key is None or field == SIGHTING:
            continue
        detection = restored[key] = scene[key]
        if deer is not None:
            if event.before != event.after:
                ledger.mark(field, detection, deer, after=bool(event.before))
            continue
        if field == PART:
            ledger.part(detection, event.after, event.before)
            continue
        _refuse_unlogged(detection, event)
        values[key][field] = column(Detection, field).to_python(event.before)
    for key, fields in values.items():
        ledger.change(restored[key], **fields)
    return list(restored.values())


def _refuse_unlogged(subject: Deer | Detection, event: IdentityEvent) -> None:
    if EventLog.plain(getattr(subject, column(type(subject), event.field).attname)) != event.after:
        raise UndoConflict(sentence=UNDO_CONFLICT.format(change=NOT_LOGGED))


def _refuse_contradictions(
    restored: Collection[Detection], deer: Mapping[UUID, Deer], scene: Mapping[UUID, Detection]
) -> None:
    """What went back must still be possible: profiles not merged or deleted, nobody twice in a frame."""
    by_deer: defaultdict[UUID, list[Detection]] = defaultdict(list)
    for detection in restored:
        if detection.deer_id is not None and detection.is_valid:
            by_deer[detection.deer_id].append(detection)
    profiles = dict(deer) | Deer.objects.in_bulk(by_deer.keys() - deer.keys())
    for key, detections in by_deer.items():
        if key not in profiles:
            raise UndoConflict(sentence=UNDO_CONFLICT.format(change=DEER_GONE))
        if profiles[key].merged_into_id is not None:
            change = MERGED_SINCE.format(deer=profiles[key].name)
            raise UndoConflict(_merges_of(key), UNDO_CONFLICT.format(change=change))
        try:
            refuse_twice(profiles[key], detections, scene.values())
        except ReviewRefused as error:
            raise UndoConflict(sentence=str(error)) from error


def _merges_of(deer: UUID) -> list[FieldChange]:
    events = IdentityEvent.objects.filter(deer=deer, field=MERGED_INTO, detection__isnull=True)
    return [
        FieldChange.of(event)
        for event in events.select_related("operation__actor").order_by("-pk")[:1]
    ]
