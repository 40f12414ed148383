"""Merge of two cameras that are one: photographs, deployments, outages and clock corrections change over; and its undo.

The merged camera's row stays, and its name leads to the one that goes on, so that an old table does not bring it back. All
or nothing, in one transaction; encounters of both are built anew, and clocks judged by all deployments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from reid.cameras.overlaps import refuse_overlaps
from reid.cameras.problems import MergeConflict, MergeProblem, UnknownMerge
from reid.grouping.locks import lock_groups
from reid.grouping.rebuild import regroup
from reid.grouping.timelines import TouchedTimelines
from reid.importing.clocks.marks import mark_clock_problems
from reid.models import (
    Camera,
    CameraMerge,
    CameraMove,
    ClockCorrection,
    Deployment,
    Encounter,
    Image,
    Outage,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from django.contrib.auth.models import AbstractBaseUser

SAME: Final = "A camera cannot be merged into itself."
GONE: Final = "There is no such camera any more, or it was merged already."
OTHER_ZONE: Final = "The clocks of {camera} ({zone}) and {into} ({other}) are in different time zones: make them alike first."
UNKNOWN_MERGE: Final = "There is no merge {key}."
UNDONE_ALREADY: Final = "This merge was undone by {by} on {at:%Y-%m-%d %H:%M}."
MERGED_SINCE: Final = (
    "{into} was merged into another camera since: undo that first (merge_cameras --list)."
)
MOVED_SINCE: Final = (
    "{path} belongs to another camera than {into} by now: this merge cannot be undone as a whole."
)

_PLACE: Final = ("latitude", "longitude")
_BATCH: Final = 500
_MOVED: Final[dict[str, type[Any]]] = {
    "deployment": Deployment,
    "outage": Outage,
    "correction": ClockCorrection,
    "encounter": Encounter,
}
"""What has a camera beside photographs, by the names that moves use."""


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What changed over, or back."""

    merge: CameraMerge
    photographs: int
    deployments: int
    outages: int


def merge(
    camera: Camera,
    into: Camera,
    *,
    actor: AbstractBaseUser,
    reason: str = "",
    dry_run: bool = False,
) -> MergeReport:
    """`camera` is the same as `into`, which takes over all that it has. A dry run is rolled back.

    Raises MergeProblem; a MergeConflict names deployments and outages that both cannot have.
    """
    if camera.pk == into.pk:
        raise MergeProblem(SAME)
    with transaction.atomic():
        lock_groups(Image.objects.filter(camera__in=(camera.pk, into.pk)))
        camera, into = _locked(camera.pk, into.pk)
        if camera.time_zone != into.time_zone:
            zone, other = (one.time_zone or "the ranch's" for one in (camera, into))
            text = OTHER_ZONE.format(camera=camera, into=into, zone=zone, other=other)
            raise MergeConflict(text)
        refuse_overlaps(camera, into)
        record = CameraMerge.objects.create(
            camera=camera, into=into, reason=reason, actor_id=actor.pk
        )
        moves = _places(camera, into)
        counts = {
            name: _move(model, camera, into, name, moves)
            for name, model in _MOVED.items()
            if model is not Encounter
        }
        touched = TouchedTimelines()
        images = list(
            Image.objects.filter(camera=camera).order_by("pk").values_list("pk", flat=True)
        )
        for block in _blocks(images):
            _change_over(list(block), into, touched)
            moves += [CameraMove(model="image", row=image.pk) for image in block]
        regroup(touched, {})
        _move(
            Encounter, camera, into, "encounter", moves
        )  # audited ones, whose photographs are gone
        camera.merged_into = into
        camera.save(update_fields=["merged_into"])
        mark_clock_problems([into])
        for move in moves:
            move.merge = record
        CameraMove.objects.bulk_create(moves, _BATCH)
        if dry_run:
            transaction.set_rollback(True)
    return MergeReport(record, len(images), counts["deployment"], counts["outage"])


def undo(key: UUID, *, actor: AbstractBaseUser) -> MergeReport:
    """Give the merged camera back what it had, and its place among the cameras. All or nothing.

    What came to the other one since stays there. Raises UnknownMerge, MergeConflict.
    """
    with transaction.atomic():
        record = CameraMerge.objects.select_related("camera", "into").filter(pk=key).first()
        if record is None:
            raise UnknownMerge(UNKNOWN_MERGE.format(key=key))
        lock_groups(Image.objects.filter(camera=record.into_id))
        record = CameraMerge.objects.select_for_update(of=("self",)).get(pk=key)
        if record.undone_at is not None and record.undone_by is not None:
            by, at = record.undone_by.get_username(), timezone.localtime(record.undone_at)
            raise MergeConflict(UNDONE_ALREADY.format(by=by, at=at))
        locked = Camera.everything.select_for_update().filter(
            pk__in=(record.camera_id, record.into_id)
        )
        cameras = {row.pk: row for row in locked.order_by("pk")}
        camera, into = cameras[record.camera_id], cameras[record.into_id]
        if into.merged_into_id is not None:
            raise MergeConflict(MERGED_SINCE.format(into=into))
        counts = {name: _put_back(record, name, camera, into) for name in _MOVED}
        _put_back_place(record, into)
        touched, photographs = TouchedTimelines(), 0
        for block in _blocks(_rows(record, "image")):
            for image in block:
                if image.camera_id != into.pk:
                    raise MergeConflict(MOVED_SINCE.format(path=image.path, into=into))
            _change_over(block, camera, touched)
            photographs += len(block)
        camera.merged_into = None
        camera.save(update_fields=["merged_into"])
        regroup(touched, {})
        mark_clock_problems([camera, into])
        record.undone_at, record.undone_by_id = timezone.now(), actor.pk
        record.save(update_fields=["undone_at", "undone_by"])
    return MergeReport(record, photographs, counts["deployment"], counts["outage"])


def _locked(*keys: UUID) -> list[Camera]:
    """The cameras, in this order. Raises MergeConflict(GONE)."""
    rows = Camera.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    cameras = {row.pk: row for row in rows}
    if len(cameras) < len(keys):
        raise MergeConflict(GONE)
    return [cameras[key] for key in keys]


def _places(camera: Camera, into: Camera) -> list[CameraMove]:
    """Have the places of both stay where they were: one of a camera holds for its deployments without one."""
    moves: list[CameraMove] = []
    if camera.latitude is None:
        return moves
    if into.latitude is None:
        moves.append(_placed("camera", into, camera))
    elif any(getattr(camera, name) != getattr(into, name) for name in _PLACE):
        rows = Deployment.objects.filter(camera=camera, latitude=None)
        moves += [_placed("deployment", row, camera) for row in rows]
    return moves


def _placed(model: str, row: Camera | Deployment, at: Camera) -> CameraMove:
    """Give the row the camera's place; the move that says that it had none."""
    row.latitude, row.longitude = at.latitude, at.longitude
    row.save(update_fields=_PLACE)
    before = dict.fromkeys(_PLACE)
    return CameraMove(model=model, row=row.pk, before=before)


def _move(
    model: type[Any], camera: Camera, into: Camera, name: str, moves: list[CameraMove]
) -> int:
    keys = list(model._default_manager.filter(camera=camera).values_list("pk", flat=True))
    known = {move.row for move in moves}
    moves += [CameraMove(model=name, row=key) for key in keys if key not in known]
    for start in range(0, len(keys), _BATCH):
        rows = model._default_manager.filter(pk__in=keys[start : start + _BATCH])
        rows.update(camera=into)
    return len(keys)


def _put_back(record: CameraMerge, name: str, camera: Camera, into: Camera) -> int:
    """Rows that are gone, or are another camera's by now, stay as they are."""
    model, count = _MOVED[name], 0
    keys = _rows(record, name)
    for start in range(0, len(keys), _BATCH):
        rows = model._default_manager.filter(pk__in=keys[start : start + _BATCH], camera=into)
        count += rows.update(camera=camera)
    return count


def _put_back_place(record: CameraMerge, into: Camera) -> None:
    """Take the places away that the merge gave, where nobody has given another one since."""
    given = {name: getattr(record.camera, name) for name in _PLACE}
    for model, rows in (("camera", Camera.objects), ("deployment", Deployment.objects)):
        moved = record.moves.filter(model=model).exclude(before={})
        placed = rows.filter(pk__in=moved.values("row"), **given)
        placed.update(**dict.fromkeys(_PLACE))
    into.refresh_from_db(fields=_PLACE)


def _rows(record: CameraMerge, model: str) -> list[UUID]:
    return list(record.moves.filter(model=model).order_by("row").values_list("row", flat=True))


def _blocks(keys: Sequence[UUID]) -> Iterator[list[Image]]:
    for start in range(0, len(keys), _BATCH):
        part = Image.objects.filter(pk__in=keys[start : start + _BATCH]).order_by("pk")
        yield list(part.select_for_update())


def _change_over(images: Sequence[Image], to: Camera, touched: TouchedTimelines) -> None:
    """Give photographs in hand another camera."""
    for image in images:
        touched.add(image.camera_id, image.path, image.captured_at)
        touched.add(to.pk, image.path, image.captured_at)
    Image.objects.filter(pk__in=[image.pk for image in images]).update(camera=to)
