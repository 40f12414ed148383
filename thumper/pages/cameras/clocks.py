"""Repair of a camera's clock: what is doubted, how far it was wrong, a look at what would move, and the move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from reid.cameras.timeline import doubts_of
from reid.importing.clocks import corrections
from reid.importing.clocks.corrections import CorrectionProblem
from reid.models import Camera
from thumper.pages.cameras.acts import sentence
from thumper.pages.cameras.forms import ClockForm
from thumper.pages.cameras.history import shift_words
from thumper.pages.cameras.words import CLOCKS
from thumper.pages.permissions import signed_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from django.http import HttpRequest, HttpResponse

    from reid.cameras.timeline import Doubts

_SHIFT = ("shift", "set_from", "to")


@require_http_methods(["GET", "HEAD", "POST"])
def clock(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: the form. POST, `act` is `look`: what would move; `do`: it is moved, and can be undone."""
    camera = get_object_or_404(Camera, pk=key)
    doubts, zone = doubts_of(camera), corrections.clock_zone(camera)
    form = ClockForm(initial=_first_guess(doubts, zone))
    look: dict[str, Any] | None = None
    if request.method == "POST":
        form = ClockForm(request.POST)
        is_look = request.POST.get("act") != "do"
        if form.is_valid():
            try:
                shift, count = _correct(request, camera, form.cleaned_data, dry_run=is_look)
            except CorrectionProblem as problem:
                form.add_error(None, sentence(str(problem)))
            else:
                if not is_look:
                    _say(request, shift, count)
                    return redirect("camera", key=key)
                look = _look(camera, form.cleaned_data, shift, count, zone)
    context = {
        "camera": camera,
        "doubts": [(CLOCKS[one.reason], one) for one in doubts],
        "form": form,
        "look": look,
        "clock_zone": zone.key,
    }
    return render(request, "pages/cameras/clock.html", context)


def _correct(
    request: HttpRequest, camera: Camera, given: dict[str, Any], *, dry_run: bool
) -> tuple[timedelta, int]:
    shift = corrections.shift_of(camera, **{name: given[name] for name in _SHIFT})
    _row, count = corrections.correct(
        camera,
        shift,
        actor=signed_in(request),
        first_day=given["first_day"],
        last_day=given["last_day"],
        reason=given["reason"],
        dry_run=dry_run,
    )
    return shift, count


def _look(
    camera: Camera, given: dict[str, Any], shift: timedelta, count: int, zone: ZoneInfo
) -> dict[str, Any]:
    """What would move: how many, how far, and the first and the last of them before and after."""
    images = corrections.images_of(camera, given["first_day"], given["last_day"])
    ends = [images.earliest("captured_at"), images.latest("captured_at")]
    moved = [
        (image.path, _clock(image.captured_at, zone), _clock(image.captured_at + shift, zone))
        for image in ends[: min(count, 2)]
        if image.captured_at is not None
    ]
    return {"count": count, "shift": shift_words(shift.total_seconds()), "moved": moved}


def _say(request: HttpRequest, shift: timedelta, count: int) -> None:
    text = ngettext(
        "{n} photograph was moved by {shift}.", "{n} photographs were moved by {shift}.", count
    )
    messages.success(request, text.format(n=count, shift=shift_words(shift.total_seconds())))


def _first_guess(doubts: Sequence[Doubts], zone: ZoneInfo) -> dict[str, Any]:
    """The clock's first doubted time, and the days of all doubted ones."""
    firsts = [one.first for one in doubts if one.first is not None]
    lasts = [one.last for one in doubts if one.last is not None]
    if not firsts:
        return {}
    return {
        "set_from": _clock(min(firsts), zone),
        "first_day": timezone.localtime(min(firsts), zone).date(),
        "last_day": timezone.localtime(max(lasts), zone).date(),
    }


def _clock(at: datetime, zone: ZoneInfo) -> str:
    """What the camera's clock shows at this moment, as it is typed in too."""
    return f"{timezone.localtime(at, zone):%Y-%m-%d %H:%M:%S}"
