"""Places where a deer was seen, for the map of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from reid.models import Camera
from reid.profiles import activity
from thumper.pages.cameras.maps import background
from thumper.pages.deer.base import deer_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from reid.profiles.activity import Activity


@require_safe
def places(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: the cameras that saw it, each as large as its sightings, and what lies under the map, as JSON."""
    moves = activity.activity_of(deer_of(key))
    sightings = {one.camera.pk: one.sightings for one in moves.cameras if one.camera}
    most = max(sightings.values(), default=1)
    cameras = [
        {
            "id": str(camera.pk),
            "name": camera.name,
            "address": reverse("camera", args=(camera.pk,)),
            "latitude": float(camera.place_latitude),
            "longitude": float(camera.place_longitude),
            "state": "running",
            "words": ngettext("{n} sighting", "{n} sightings", count).format(n=count),
            "share": count / most,
            "facts": [],
        }
        for camera in placed(moves)
        for count in [sightings[camera.pk]]
    ]
    return JsonResponse({"cameras": cameras, "background": background()})


def placed(moves: Activity) -> list[Any]:
    """Those of the cameras that saw it whose place is known."""
    keys = [one.camera.pk for one in moves.cameras if one.camera]
    return list(Camera.objects.filter(pk__in=keys).placed().order_by("name"))
