"""Another camera for photographs that were imported as another one's, or as nobody's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from django.conf import settings
from django.db import transaction

from reid.grouping.locks import lock_groups
from reid.models import Camera, Image, Operation
from reid.reviewing.ledger import How, Ledger
from reid.reviewing.photographs.changes import compared_images
from reid.reviewing.problems import ReviewRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

UNKNOWN_CAMERA: Final = "There is no camera {camera}: choose one of the list."
OTHER_ZONE: Final = "The clocks of {before} and {camera} are in different time zones, so the times of these photographs would be wrong: give both cameras the same time zone first."


@transaction.atomic
def set_camera(*, versions: Mapping[UUID, int], camera: UUID, **how: Unpack[How]) -> Operation:
    """These photographs are this camera's: their encounters are built anew, there and where they were.

    Times, boxes and names stay. `versions` names the photographs as the person saw them. Raises StaleReview where somebody
    was faster, and ReviewRefused for a camera that is gone or has a clock of another zone, or where nothing changes.
    """
    lock_groups(Image.objects.filter(pk__in=list(versions)))
    images = compared_images(versions)
    new = Camera.objects.filter(pk=camera).first()
    if new is None:
        raise ReviewRefused(UNKNOWN_CAMERA.format(camera=camera), "not_found", "camera")
    ledger = Ledger(Operation.Kind.SET_CAMERA, how)
    for image in images.values():
        before = image.camera
        if image.captured_at and before and _zone(before) != _zone(new):
            sentence = OTHER_ZONE.format(before=before, camera=new)
            raise ReviewRefused(sentence, "conflict", "camera")
        ledger.place(image, new)
    return ledger.close()


def _zone(camera: Camera) -> str:
    return camera.time_zone or str(settings.TIME_ZONE)
