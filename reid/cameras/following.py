"""Cameras that go where their latest deployment stands, as they do in an import of deployments; and that put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reid.cameras import rules
from reid.models import Camera, Deployment

if TYPE_CHECKING:
    from reid.models import Outage

MOVED: Final = "camera_place"
"""Beside the fields of a deployment after a change: the camera's place before it and after it."""
_PLACE: Final = ("latitude", "longitude")


def follow(camera: Camera, row: Camera | Deployment | Outage) -> dict[str, Any]:
    """Move the camera to this deployment where it is the latest one; what that changed, to be kept in the change.

    Nothing where a deployment has no place of its own: it stands where the camera stands, and would move along.
    """
    if not isinstance(row, Deployment) or row.latitude is None:
        return {}
    deployments = list(Deployment.objects.filter(camera=camera))
    if any(one.latitude is None for one in deployments):
        return {}
    before = _place(camera)
    if max(deployments, key=Deployment.began) != row or before == _place(row):
        return {}
    camera.latitude, camera.longitude = row.latitude, row.longitude
    camera.save(update_fields=_PLACE)
    return {MOVED: {"before": before, "after": _place(camera)}}


def is_as_left(camera: Camera, moved: dict[str, Any] | None) -> bool:
    """Whether the camera is still where a change put it; so it is where the change did not move it."""
    return moved is None or _place(camera) == moved["after"]


def put_back(camera: Camera, moved: dict[str, Any] | None) -> None:
    """Put the camera where it was before a change."""
    if moved is not None:
        rules.set_values(camera, moved["before"])
        camera.save(update_fields=_PLACE)


def _place(row: Camera | Deployment) -> dict[str, Any]:
    values = rules.values_of(row)
    return {name: values[name] for name in _PLACE}
