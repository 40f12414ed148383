"""Pages for two deer: two profiles of one merged after a look at both, and sightings of another deer split off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reid import reviewing
from reid.models import Deer
from reid.profiles import pictures, portraits
from reid.reviewing import NAME_LENGTH, NearNames, ReviewError
from reid.suggesting.near_names import find_deer, look_up
from thumper.pages.deer import words
from thumper.pages.deer.base import back, deer_of, show
from thumper.pages.permissions import signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from reid.suggesting.near_names import NearName


@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET `with`: both deer side by side; POST `other`, `stays`: merged, or with `apart` kept apart for good."""
    deer = deer_of(key)
    problem = ""
    near: tuple[NearName, ...] = ()
    given = request.POST.get("other") or request.GET.get("with", "")
    other = find_deer(given)
    if given and other is None:
        problem = _("No deer is called %(name)s.") % {"name": given}
        near = tuple(one for one in look_up(given).near if one.deer != key)
    if request.method == "POST" and other is not None:
        try:
            if "apart" in request.POST:
                done = reviewing.keep_apart(deer=deer.pk, other=other.pk, actor=signed_in(request))
                return back(deer, done)
            goes, stays = (other, deer) if request.POST.get("stays") == str(key) else (deer, other)
            done = reviewing.merge(deer=goes.pk, into=stays.pk, actor=signed_in(request))
        except ReviewError as error:
            problem = str(error)
        else:
            return back(stays, done)
    pair = ((deer, other), (other, deer)) if other is not None else ()
    both = [_side(one, mate) for one, mate in pair]
    faces = portraits.portraits([one.deer for one in near])
    context = {
        "deer": deer,
        "other": other,
        "both": both,
        "problem": problem,
        "near": [(one, faces.get(one.deer)) for one in near],
        "given": given,
    }
    return show(request, "pages/deer/merge.html", context, status=409 if problem else 200)


@require_http_methods(["GET", "POST"])
def split(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: the sightings of a deer; POST: those that were chosen get a profile of their own, called `name`."""
    deer = deer_of(key)
    problem = ""
    near: tuple[NearName, ...] = ()
    chosen = set(request.POST.getlist("sighting"))
    name = request.POST.get("name", "")
    if request.method == "POST" and not chosen:
        problem = _("Choose the sightings that show another deer.")
    elif request.method == "POST":
        try:
            done = reviewing.split(
                sightings={UUID(one) for one in chosen},
                name=name,
                versions=_versions(request, chosen),
                confirm_new="confirm_new" in request.POST,
                actor=signed_in(request),
            )
        except NearNames as asked:
            problem, near = str(asked), asked.near
        except (ReviewError, ValueError) as error:
            problem = str(error)
        else:
            return back(deer, done)
    context: dict[str, Any] = {
        "deer": deer,
        "sightings": [(one, str(one.sighting.pk) in chosen) for one in pictures.sightings(deer)],
        "most": pictures.SIGHTINGS_AT_MOST,
        "name": name,
        "near": near,
        "problem": problem,
        "name_length": NAME_LENGTH,
    }
    return show(request, "pages/deer/split.html", context, status=409 if problem else 200)


def _versions(request: HttpRequest, sightings: set[str]) -> dict[UUID, int]:
    """The versions of all detections of these sightings, as the page showed them. Raises ValueError."""
    shown = (line.split(":") for line in request.POST.getlist("version"))
    return {
        UUID(detection): int(version)
        for sighting, detection, version in shown
        if sighting in sightings
    }


def _side(deer: Deer, mate: Deer) -> dict[str, Any]:
    """What is shown of one of the two; `taken` says what it takes over from its mate where it stays."""
    return {
        "deer": Deer.objects.with_history().get(pk=deer.pk),
        "portrait": portraits.portraits([deer.pk]).get(deer.pk),
        "pictures": pictures.page(deer).pictures[:8],
        "mate": mate,
        "taken": words.fact_words(reviewing.missing_facts(deer, mate)),
    }
