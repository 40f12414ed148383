"""Changes that a person makes of a camera, its deployments and its outages; and each one undone.

Every act is one `CameraChange` with the fields before and after. A change of deployments judges the times of the camera's
photographs anew, and the camera goes where its latest deployment stands (`following`). All or nothing, in one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from reid.cameras import following, rules
from reid.cameras.problems import ChangeConflict, ChangeProblem, UnknownRow
from reid.grouping.locks import wait_for_others
from reid.importing.clocks.marks import mark_clock_problems
from reid.models import Camera, CameraChange, Deployment, Outage
from reid.naming import name_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.contrib.auth.models import AbstractBaseUser

NO_CAMERA: Final = "There is no such camera any more, or it was merged into another one."
NO_ROW: Final = (
    "There is no such {subject} any more: somebody removed it. Look at the camera again."
)
UNKNOWN_CHANGE: Final = "There is no change {key}."
UNDONE_ALREADY: Final = "This change was undone by {by} on {at:%Y-%m-%d %H:%M}."
CHANGED_SINCE: Final = "This was changed again since: undo the later change first."
SEEN_OTHERWISE: Final = "Somebody changed this since you opened the page. Look at it again, then change what is still wrong."
SAME: Final = "Nothing was changed: all is as it was."

_SUBJECT: Final = CameraChange.Subject
_MODELS: Final[dict[str, type[Any]]] = {
    _SUBJECT.CAMERA: Camera,
    _SUBJECT.DEPLOYMENT: Deployment,
    _SUBJECT.OUTAGE: Outage,
}
_FORMER: Final = "was_former_name"
"""Beside the fields of a camera before: whether its new name was a former one of its own already."""


def edit_camera(
    camera: UUID, values: Mapping[str, Any], *, actor: AbstractBaseUser, seen: str = ""
) -> CameraChange:
    """Change `name`, `notes`, or `latitude` and `longitude` of a camera.

    `seen`: the `rules.fingerprint` of the row that the person looked at; empty: it does not matter. Raises ChangeProblem,
    ChangeConflict, UnknownRow, as all acts here do.
    """
    return _edit(_SUBJECT.CAMERA, camera, values, actor, seen)


def add_deployment(
    camera: UUID, values: Mapping[str, Any], *, actor: AbstractBaseUser
) -> CameraChange:
    """Say that a camera ran on some days, both inclusive."""
    return _add(_SUBJECT.DEPLOYMENT, camera, values, actor)


def edit_deployment(
    deployment: UUID, values: Mapping[str, Any], *, actor: AbstractBaseUser, seen: str = ""
) -> CameraChange:
    """Change the days, the times or the place of a deployment."""
    return _edit(_SUBJECT.DEPLOYMENT, deployment, values, actor, seen)


def remove_deployment(deployment: UUID, *, actor: AbstractBaseUser, seen: str = "") -> CameraChange:
    """Take a deployment away; undo brings it back under its own id."""
    return _remove(_SUBJECT.DEPLOYMENT, deployment, actor, seen)


def add_outage(camera: UUID, values: Mapping[str, Any], *, actor: AbstractBaseUser) -> CameraChange:
    """Say that a camera did not work on some days, both inclusive."""
    return _add(_SUBJECT.OUTAGE, camera, values, actor)


def edit_outage(
    outage: UUID, values: Mapping[str, Any], *, actor: AbstractBaseUser, seen: str = ""
) -> CameraChange:
    """Change the days or the reason of an outage."""
    return _edit(_SUBJECT.OUTAGE, outage, values, actor, seen)


def remove_outage(outage: UUID, *, actor: AbstractBaseUser, seen: str = "") -> CameraChange:
    """Take an outage away; undo brings it back under its own id."""
    return _remove(_SUBJECT.OUTAGE, outage, actor, seen)


@transaction.atomic
def undo(key: UUID, *, actor: AbstractBaseUser) -> CameraChange:
    """Put back what a change changed. Raises UnknownRow, and ChangeConflict where it was changed again since."""
    known = CameraChange.objects.filter(pk=key).first()
    if known is None:
        raise UnknownRow(UNKNOWN_CHANGE.format(key=key))
    camera = _locked(known.subject, known.camera_id)
    record = CameraChange.objects.select_for_update().get(pk=key)
    if record.undone_at is not None and record.undone_by is not None:
        by, at = record.undone_by.get_username(), timezone.localtime(record.undone_at)
        raise ChangeConflict(UNDONE_ALREADY.format(by=by, at=at))
    rows = _MODELS[record.subject].objects.select_for_update()
    row = rows.filter(pk=record.row).first()
    moved = (record.after or {}).get(following.MOVED)
    if not _is_as_left(row, record) or not following.is_as_left(camera, moved):
        raise ChangeConflict(CHANGED_SINCE)
    if record.before is None:
        row.delete()
    else:
        if row is None:
            row = _MODELS[record.subject](pk=record.row, camera=camera)
        rules.set_values(row, record.before)
        _store(row)
        if record.before.get(_FORMER) is False and record.after is not None:
            _former_names(row).filter(name_key=name_key(record.after["name"])).delete()
    following.put_back(camera, moved)
    _judge_clocks(record.subject, camera)
    record.undone_at, record.undone_by_id = timezone.now(), actor.pk
    record.save(update_fields=["undone_at", "undone_by"])
    return record


@transaction.atomic
def _add(
    subject: str, camera_key: UUID, values: Mapping[str, Any], actor: AbstractBaseUser
) -> CameraChange:
    camera = _locked(subject, camera_key)
    row = _MODELS[subject](camera=camera, **values)
    _store(row)
    _judge_clocks(subject, camera)
    after = rules.values_of(row) | following.follow(camera, row)
    return _record(subject, camera, row, None, after, actor)


@transaction.atomic
def _edit(
    subject: str, key: UUID, values: Mapping[str, Any], actor: AbstractBaseUser, seen: str
) -> CameraChange:
    camera, row = _found(subject, key, seen)
    before = rules.values_of(row)
    if subject == _SUBJECT.CAMERA and "name" in values:
        new_name = name_key(str(values["name"]))
        before[_FORMER] = _former_names(row).filter(name_key=new_name).exists()
    for name, value in values.items():
        setattr(row, name, value)
    rules.refuse_faults(row)
    after = rules.values_of(row)
    changed = [name for name, value in after.items() if before[name] != value]
    if not changed:
        raise ChangeProblem(SAME)
    _store(row)
    _judge_clocks(subject, camera)
    kept = [*changed, _FORMER] if "name" in changed else changed
    before = {name: before[name] for name in kept}
    after = {name: after[name] for name in changed}
    if "latitude" in changed or "longitude" in changed:
        after |= following.follow(camera, row)
    return _record(subject, camera, row, before, after, actor)


@transaction.atomic
def _remove(subject: str, key: UUID, actor: AbstractBaseUser, seen: str) -> CameraChange:
    camera, row = _found(subject, key, seen)
    before = rules.values_of(row)
    record = _record(subject, camera, row, before, None, actor)
    row.delete()
    _judge_clocks(subject, camera)
    return record


def _found(subject: str, key: UUID, seen: str) -> tuple[Camera, Any]:
    """The camera and the row, locked, as the person saw it."""
    model = _MODELS[subject]
    if subject == _SUBJECT.CAMERA:
        row: Any = _locked(subject, key)
        camera = row
    else:
        of_camera = model.objects.filter(pk=key).values_list("camera", flat=True).first()
        if of_camera is None:
            raise UnknownRow(NO_ROW.format(subject=subject))
        camera = _locked(subject, of_camera)
        row = model.objects.select_for_update().filter(pk=key, camera=camera).first()
        if row is None:
            raise UnknownRow(NO_ROW.format(subject=subject))
    if seen and seen != rules.fingerprint(row):
        raise ChangeConflict(SEEN_OTHERWISE)
    return camera, row


def _locked(subject: str, key: UUID) -> Camera:
    """The camera, locked before anything of it; after those who regroup, whose photographs' marks may be written too."""
    if subject == _SUBJECT.DEPLOYMENT:
        wait_for_others()
    camera: Camera | None = Camera.objects.select_for_update().filter(pk=key).first()
    if camera is None:
        raise UnknownRow(NO_CAMERA)
    return camera


def _store(row: Camera | Deployment | Outage) -> None:
    rules.refuse_faults(row)
    row.save()


def _judge_clocks(subject: str, camera: Camera) -> None:
    if subject == _SUBJECT.DEPLOYMENT:
        mark_clock_problems([camera])


def _is_as_left(row: Any, record: CameraChange) -> bool:
    """Whether the row is still as the change left it, and still its camera's."""
    if row is None or record.after is None:
        return row is None and record.after is None
    if record.subject != _SUBJECT.CAMERA and row.camera_id != record.camera_id:
        return False
    now = rules.values_of(row)
    return all(
        now[name] == value for name, value in record.after.items() if name != following.MOVED
    )


def _former_names(camera: Camera) -> Any:
    return Camera.everything.filter(merged_into=camera, merges=None)


def _record(
    subject: str,
    camera: Camera,
    row: Any,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    actor: AbstractBaseUser,
) -> CameraChange:
    return CameraChange.objects.create(
        camera=camera, subject=subject, row=row.pk, before=before, after=after, actor_id=actor.pk
    )
