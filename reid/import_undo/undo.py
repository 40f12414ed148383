"""Undo of an import: all or nothing, or, where that is asked for, all that nobody has used since.

Everything is done in one transaction, and rolled back where there is a conflict. Locks are taken in the order of
identification: grouping, the record, deer, sightings, detections, each by key. Files go once it is committed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from reid.grouping.locks import wait_for_others
from reid.grouping.rebuild import regroup
from reid.imaging.derived_files import delete_pictures
from reid.import_undo import clocks, conflicts, files, restoring
from reid.import_undo.annotations import of_annotations
from reid.import_undo.own_rows import touched_detections
from reid.import_undo.removal import Removal
from reid.importing.clocks.marks import mark_clock_problems
from reid.models import Camera, Deer, Detection, IdentityEvent, Import, Operation, Sighting
from reid.reviewing import UndoConflict, take_back
from reid.reviewing.ledger import Ledger
from reid.reviewing.scene import lock_scene
from reid.showing.photographs import delete_photographs

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.contrib.auth.models import User

    from reid.import_undo.conflicts import Conflict

UNKNOWN_IMPORT: Final = "There is no import {key}."
STILL_RUNS: Final = "The import of {source} is still running: wait until it ends."
UNDONE: Final = "The import of {source} was undone by {by} on {at:%Y-%m-%d %H:%M}."
IN_USE: Final = (
    "The import of {source} cannot be undone: {first}{more}. Its unused rest can be, if you say so."
)
REASON: Final = "undo of the import of {source}"


class UnknownImport(LookupError):
    """No import has this id."""


class UndoRefused(Exception):
    """The import is not undone, and nothing was changed. `conflicts`: who has used what since."""

    def __init__(self, sentence: str, conflicts: Collection[Conflict] = ()) -> None:
        self.conflicts = tuple(conflicts)
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What an undo took away and gave back, or would."""

    detections: int
    images: int
    deer: int
    cameras: int
    deployments: int
    """And outages."""
    restored: int
    """Of stored rows, that got their old values; identities are not among them."""
    files: int
    kept: int
    """Detections and photographs that stay, as they were used since."""
    conflicts: tuple[Conflict, ...]
    dry_run: bool

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of it, by name."""
        return {name: value for name, value in asdict(self).items() if type(value) is int}


def undo(key: UUID, *, actor: User, keep_used: bool = False, dry_run: bool = False) -> UndoReport:
    """Undo one import, or only say what that would do.

    Raises UnknownImport, UndoRefused where it was used since and `keep_used` is not given, and StoreAway with nothing
    changed.
    """
    with transaction.atomic():
        wait_for_others()
        record = _lock(key)
        report, crops = _undo(record, actor, dry_run=dry_run)
        if report.conflicts and not keep_used and not dry_run:
            raise UndoRefused(_sentence(record, report.conflicts), report.conflicts)
        if dry_run:
            transaction.set_rollback(True)
        else:
            delete_pictures(crops)  # they would be taken for those of the restored boxes
    return report


def _lock(key: UUID) -> Import:
    record = Import.objects.select_for_update(no_key=True).filter(pk=key).first()
    if record is None:
        raise UnknownImport(UNKNOWN_IMPORT.format(key=key))
    if record.state == Import.State.RUNNING and not record.is_broken_off:
        raise UndoRefused(STILL_RUNS.format(source=record.source))
    if record.undone_at is not None and not record.counts.get("undo", {}).get("kept"):
        by = record.undone_by.get_username() if record.undone_by else "nobody known"
        at = timezone.localtime(record.undone_at)
        raise UndoRefused(UNDONE.format(source=record.source, by=by, at=at))
    return record


def _undo(record: Import, actor: User, *, dry_run: bool) -> tuple[UndoReport, set[UUID]]:
    """The report, and the detections whose boxes were restored."""
    _lock_rows(record)
    against = [
        *conflicts.of_detections(record),
        *conflicts.of_images(record),
        *of_annotations(record),
        *conflicts.of_later_imports(record),
    ]
    kept = {one.id for one in against}
    _take_back_identities(record, actor, kept)
    judged_anew = clocks.cameras_of(record)
    restored, since = restoring.restore(record, kept)
    against += since
    removal = Removal(record, restored.touched)
    removal.remove_detections(kept)
    removal.remove_images(kept)
    removal.remove_videos()
    regroup(removal.touched, {})
    removal.clear()
    deer, of_deer = removal.idle_deer()
    _take_back_guesses(record, actor, deer)
    removal.hide_deer(deer)
    days, of_days = removal.remove_days()
    cameras, of_cameras = removal.remove_cameras()
    mark_clock_problems(Camera.objects.filter(pk__in=judged_anew))
    against += [*of_deer, *of_days, *of_cameras]
    left = files.left_by(record, removal.paths)
    report = UndoReport(
        detections=len(removal.detections),
        images=len(removal.images),
        deer=len(deer),
        cameras=cameras,
        deployments=days,
        restored=restored.fields,
        files=len(left),
        kept=record.detections.count() + record.images.count(),
        conflicts=tuple(against),
        dry_run=dry_run,
    )
    Import.objects.filter(pk=record.pk).update(
        state=Import.State.UNDONE,
        undone_at=timezone.now(),
        undone_by=actor,
        counts=record.counts | {"undo": report.counts},
    )
    pictures = removal.detections | restored.crops
    # Robust: it is undone by then, and what is left where the store is away is found by the purge, or by nobody.
    transaction.on_commit(partial(delete_pictures, pictures), robust=True)
    transaction.on_commit(partial(delete_photographs, removal.images), robust=True)
    transaction.on_commit(partial(files.delete, left), robust=True)
    return report, set(restored.crops)


def _lock_rows(record: Import) -> None:
    """Deer, sightings and detections that it concerns, each by key; whoever reviews or runs waits."""
    events = IdentityEvent.objects.filter(operation=record.operation_id, field="deer")
    named = {
        UUID(value)
        for pair in events.values_list("before", "after").distinct()
        for value in pair
        if value
    }
    named |= set(record.deer.values_list("pk", flat=True))
    deer = Deer.objects.select_for_update(no_key=True).filter(pk__in=named)
    list(deer.order_by("pk").values_list("pk"))
    touched = touched_detections(record)
    scenes = Sighting.objects.filter(detections__in=touched.values("pk")).values("encounter")
    sightings = Sighting.objects.select_for_update().filter(encounter__in=scenes)
    list(sightings.order_by("pk").values_list("pk"))
    locked = Detection.objects.select_for_update().filter(pk__in=touched.values("pk"))
    list(locked.order_by("pk").values_list("pk"))


def _take_back_identities(record: Import, actor: User, kept: Collection[UUID]) -> None:
    operation = record.operation
    if operation is not None and operation.undone_by is None:
        reason = REASON.format(source=record.source)
        try:
            take_back(operation, kept, actor=actor, reason=reason)
        except UndoConflict as conflict:
            raise UndoRefused(str(conflict)) from conflict


def _take_back_guesses(record: Import, actor: User, deer: Collection[Deer]) -> None:
    """No run's guess may name a deer that goes."""
    guessed = Detection.objects.filter(deer__in=deer).order_by()
    keys = set(guessed.values_list("pk", flat=True))
    if not keys:
        return
    scene = lock_scene(guessed)
    reason = REASON.format(source=record.source)
    ledger = Ledger(Operation.Kind.UNDO, {"actor": actor, "reason": reason, "selection": ""})
    for key in sorted(keys):
        nobody = Detection.IdentitySource.NONE
        ledger.change(scene[key], deer=None, identity_source=nobody, is_reference=False)
    ledger.score_again(scene[key] for key in keys)
    ledger.close()


def _sentence(record: Import, against: tuple[Conflict, ...]) -> str:
    more = f", and {len(against) - 1} more" if len(against) > 1 else ""
    return IN_USE.format(source=record.source, first=against[0], more=more)
