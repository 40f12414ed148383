"""Scope of a detection: which photographs it looks at, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import Q

from reid.models import Camera, Image
from reid.naming import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from reid.models import Detector

NO_CAMERA: Final = "There is no camera named {name}."
NO_FOLDER: Final = "No photograph lies below {folder}: name a folder as the addresses of photographs have it, such as a collection."


_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_UNTIMED: Final = "-"


@dataclass(frozen=True, slots=True)
class DetectScope:
    """Scope of a run: at most `limit` photographs (0: all) that no detector has looked at, or whose look failed.

    `again`: also those that another detector, a program or a person has looked at. `cameras`: keys of names; `folder`: below the
    media root; `request`: key of the ImportRequest that brought them. Empty: any.
    """

    limit: int = 0
    again: bool = False
    cameras: tuple[str, ...] = ()
    folder: str = ""
    request: str = ""


def scope_of(
    *, limit: int = 0, again: bool = False, cameras: Iterable[str] = (), folder: str = ""
) -> DetectScope:
    """The scope that somebody names. Raises LookupError for a camera or folder that is not there."""
    keys = {name_key(name): name for name in cameras}
    for missing in keys.keys() - Camera.by_keys(keys).keys():
        raise LookupError(NO_CAMERA.format(name=keys[missing]))
    folder = folder.strip("/")
    if folder and not Image.objects.filter(path__startswith=f"{folder}/").exists():
        raise LookupError(NO_FOLDER.format(folder=folder))
    return DetectScope(limit, again, tuple(sorted(keys)), folder)


def wanted(scope: DetectScope, detector: Detector | None) -> QuerySet[Image]:
    """The photographs that a run with this scope and this detector looks at, in no order."""
    # As the partial index of such photographs has it.
    unlooked = Q(looked__in=[Image.Looked.FAILED, Image.Looked.NO])
    if scope.again:
        unlooked |= Q(looked_by__isnull=True) | ~Q(looked_by=detector)
    images = Image.objects.filter(unlooked, file_deleted_at__isnull=True)
    if scope.cameras:
        cameras = Camera.by_keys(scope.cameras).values()
        images = images.filter(camera__in=[camera.pk for camera in cameras])
    if scope.folder:
        images = images.filter(path__startswith=f"{scope.folder}/")
    if scope.request:
        images = images.filter(made_by_import__request_id=UUID(scope.request))
    return images


def following(images: QuerySet[Image], cursor: str, size: int) -> list[Image]:
    """The next ones after the cursor: in the order of their times, then those without one by key."""
    place, _, key = cursor.partition(" ")
    found: list[Image] = []
    if place != _UNTIMED:
        timed = images.filter(captured_at__isnull=False)
        if place:
            moment = _FIRST + int(place) * _MICROSECOND
            later = Q(captured_at__gt=moment) | Q(pk__gt=key)
            timed = timed.filter(later, captured_at__gte=moment)
        found = list(timed.order_by("captured_at", "pk")[:size])
    if len(found) < size:
        untimed = images.filter(captured_at__isnull=True)
        if place == _UNTIMED:
            untimed = untimed.filter(pk__gt=key)
        found += untimed.order_by("pk")[: size - len(found)]
    return found


def cursor_of(image: Image) -> str:
    """The cursor of a run whose last photograph this is, in the order of `following`."""
    if image.captured_at is None:
        return f"{_UNTIMED} {image.pk}"
    return f"{(image.captured_at - _FIRST) // _MICROSECOND} {image.pk.hex}"
