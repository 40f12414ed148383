"""Front page: what came in, what waits, the newest sightings, and how identification stands in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from reid.import_undo.undo import UndoRefused
from reid.models import Camera, Deer, Detection, Image, Import, Scorer, Sighting
from reid.reviewing import ReviewError
from reid.watching import watches
from thumper.herd import loading, removing
from thumper.pages.frame import counted
from thumper.pages.home import activity, in_words
from thumper.pages.imports.lists import line_of
from thumper.pages.permissions import signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

NEWEST_SIGHTINGS: Final = 6
NEWEST_IMPORTS: Final = 3
ROWS_READ: Final = 120
"""Newest photographs that are looked through for so many sightings; one has some ten."""


def home(request: HttpRequest) -> HttpResponse:
    span = _span()
    scorer = Scorer.objects.active()
    context = {
        "figures": _figures(span["n"]),
        "span": span,
        "standing": in_words.standing(scorer),
        "unsorted": counted(Detection.objects.unsorted()),
        "alerts": in_words.alerts(scorer),
        "news": watches.news_for(signed_in(request)),
        "imports": _imports(),
        "sightings": _newest_sightings(),
        "weeks": activity.last_weeks(span["last"]),
        "has_sample": removing.is_stored(),
        "is_making_sample": loading.is_being_made(),
    }
    return render(request, "pages/home.html", context)


@require_POST
def remove_sample(request: HttpRequest) -> HttpResponse:
    """POST: take the sample herd out of the store, and say what went."""
    try:
        done = removing.remove(signed_in(request))
    except (loading.StillBeingMade, UndoRefused, ReviewError) as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("home"))
    said = _("The sample herd is removed: {photographs} photographs, {deer} deer.").format(
        photographs=done.photographs, deer=done.deer
    )
    if done.decisions:
        said += " " + ngettext(
            "{n} decision about it was undone.",
            "{n} decisions about it were undone.",
            done.decisions,
        ).format(n=done.decisions)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("home"))


def _span() -> dict[str, Any]:
    """The `first` and `last` time of all photographs, and how many there are (`n`).

    A query each: an end of an index is found at once where nothing else is asked for.
    """
    photographs = Image.objects.order_by()
    return {
        **photographs.aggregate(first=Min("captured_at")),
        **photographs.aggregate(last=Max("captured_at")),
        "n": photographs.count(),
    }


def _figures(photographs: int) -> list[tuple[str, int, str]]:
    """A word, a number, and the address that shows them, for each thing that the store holds."""
    deer = Deer.objects.filter(merged_into__isnull=True).count()
    # By way of the sightings: each is found in an index, where detections would first have to be sorted by theirs.
    of_deer = Detection.objects.identifiable().filter(sighting=OuterRef("pk")).order_by()
    sightings = Sighting.objects.filter(Exists(of_deer)).aggregate(
        all=Count("pk"), named=Count("pk", filter=Exists(of_deer.filter(deer__isnull=False)))
    )
    return [
        (ngettext("photograph", "photographs", photographs), photographs, reverse("photographs")),
        (ngettext("deer with a name", "deer with a name", deer), deer, reverse("deer")),
        (_("sightings of deer"), sightings["all"], ""),
        (_("of them with a name"), sightings["named"], ""),
        (_("cameras"), Camera.objects.count(), ""),
    ]


def _imports() -> list[dict[str, Any]]:
    """The newest imports as lists show them, each with how many `refused` and `warnings` it has."""
    rows = (
        Import.objects.exclude(state=Import.State.UNDONE)
        .select_related("request")
        .annotate(
            refused=Count("problems", filter=Q(problems__severity="refused")),
            warnings=Count("problems", filter=Q(problems__severity="warning")),
        )
    )
    return [
        line_of(row) | {"refused": row.refused, "warnings": row.warnings}
        for row in rows.order_by("-started_at")[:NEWEST_IMPORTS]
    ]


def _newest_sightings() -> list[Detection]:
    """The clearest detection of each of the newest sightings of deer, the newest first."""
    of_deer = Detection.objects.identifiable().filter(sighting__isnull=False)
    # The photographs first, by their index: sorted by the time of its photograph, every detection would be read.
    timed = Image.objects.filter(Exists(of_deer.filter(image=OuterRef("pk")).order_by()))
    images = timed.filter(captured_at__isnull=False).order_by("-captured_at", "-pk")[:ROWS_READ]
    newest = (
        of_deer.filter(image__in=list(images.values_list("pk", flat=True)))
        .select_related("image__camera", "deer")
        .order_by("-image__captured_at", "pk")
    )
    best: dict[object, Detection] = {}
    for detection in newest:
        known = best.get(detection.sighting_id)
        if known is None or detection.confidence > known.confidence:
            best[detection.sighting_id] = detection  # keeps the place of the first
    return list(best.values())[:NEWEST_SIGHTINGS]
