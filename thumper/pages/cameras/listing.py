"""List of cameras, and their places for the map."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from django.http import JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from reid.cameras.states import CameraState, StateKind, state_of
from reid.models import Camera
from thumper.pages.cameras.maps import background, has_map
from thumper.pages.cameras.words import STATES, place_words, state_words
from thumper.pages.text_filters import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from django.http import HttpRequest, HttpResponse

PER_PAGE: Final = 100
"""Cameras on one page of the list."""


@dataclass(frozen=True, slots=True)
class CameraRow:
    """A camera of the list, with its state today."""

    camera: Any
    state: CameraState
    deer: int | None = None
    """Detections of deer; None where they were not counted."""

    @property
    def words(self) -> str:
        return state_words(self.state)

    @property
    def place(self) -> str:
        return place_words(self.camera.place_latitude, self.camera.place_longitude)


@require_safe
def cameras(request: HttpRequest) -> HttpResponse:
    """GET; `q` narrows by a part of the name, `state` by what the camera does, `after` is the name before this page.

    `deer` counts the deer that were found, which looks at every photograph of these cameras: the page asks for that
    once it is shown.
    """
    typed = request.GET.get("q", "").strip().replace("\0", "")[:100]
    wanted, after = request.GET.get("state", ""), request.GET.get("after", "")
    rows = rows_of(timezone.localdate(), typed)
    counts = Counter(row.state.kind for row in rows)
    shown = [row for row in rows if not wanted or row.state.kind == wanted]
    later = [row for row in shown if row.camera.name > after] if after else shown
    page = later[:PER_PAGE]
    is_counted = "deer" in request.GET
    context = {
        "rows": _with_deer(page) if is_counted else page,
        "address_counted": "" if is_counted else f"?{_counted(request)}",
        "next_after": page[-1].camera.name if len(later) > PER_PAGE else "",
        "total": len(shown),
        "all": len(rows),
        "typed": typed,
        "wanted": wanted,
        "states": [(kind, STATES[kind], counts[kind]) for kind in StateKind if counts[kind]],
        "has_map": has_map(),
    }
    return render(request, "pages/cameras/list.html", context)


@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """GET: every camera that has a place, and what lies under the map, as JSON."""
    rows = [row for row in rows_of(timezone.localdate()) if row.camera.place_latitude is not None]
    return JsonResponse(
        {
            "cameras": [
                {
                    "id": str(row.camera.pk),
                    "name": row.camera.name,
                    "address": reverse("camera", args=(row.camera.pk,)),
                    "latitude": float(row.camera.place_latitude),
                    "longitude": float(row.camera.place_longitude),
                    "state": row.state.kind,
                    "words": row.words,
                    "facts": _facts(row.camera),
                }
                for row in rows
            ],
            "background": background(),
        }
    )


def _facts(camera: Any) -> list[str]:
    """What the map says of a camera besides its state."""
    count = camera.photographs
    facts = [ngettext("{n} photograph", "{n} photographs", count).format(n=count)]
    if camera.last_photograph_at:
        facts.append(_("last photograph {when}").format(when=moment(camera.last_photograph_at)))
    return facts


def rows_of(today: date, typed: str = "") -> list[CameraRow]:
    """The cameras by name, with their state on the ranch's day; those with a part of their name, where one is given."""
    found = Camera.objects.with_photographs().with_state(today).with_place().order_by("name")
    if typed:
        found = found.filter(name__icontains=typed)
    return [CameraRow(camera, state_today(camera, today)) for camera in found]


def state_today(camera: Any, today: date) -> CameraState:
    """The state of a camera that was read with its photographs and its state."""
    last = camera.last_photograph_at
    return state_of(
        timezone.localtime(last).date() if last else None,
        today,
        was_deployed=camera.was_deployed,
        is_deployed=camera.is_deployed,
        is_out=camera.is_out,
    )


def _counted(request: HttpRequest) -> str:
    """The query of this page with its deer counted."""
    query = request.GET.copy()
    query["deer"] = "1"
    return query.urlencode()


def _with_deer(rows: Sequence[CameraRow]) -> list[CameraRow]:
    """The rows of one page, with their detections of deer."""
    page: Iterable[Any] = Camera.objects.filter(pk__in=[row.camera.pk for row in rows]).with_deer()
    deer = {camera.pk: camera.deer_detections for camera in page}
    return [replace(row, deer=deer.get(row.camera.pk, 0)) for row in rows]
