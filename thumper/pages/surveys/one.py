"""Page of one survey: what its cameras did, how many deer that makes, how sure that is, and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import redis
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from analysis.surveys import services
from analysis.surveys.audit.reading import newest_closed
from analysis.surveys.collect import SurveyProblem
from reid.models import Camera, Survey
from thumper.pages.cameras.maps import background
from thumper.pages.cameras.words import days_words
from thumper.pages.reports.exports import AWAY
from thumper.pages.surveys import estimates, words
from thumper.pages.surveys.effort import rows_of, warnings_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest


@require_safe
def survey(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: the page."""
    row = get_object_or_404(Survey.objects.select_related("made_by"), pk=key)
    try:
        material = services.thaw(row)
    except SurveyProblem as problem:
        messages.error(request, str(problem))
        return redirect("surveys")
    stored = _stored([camera.name for camera in material.cameras])
    rows = rows_of(material, stored)
    context = {
        "survey": row,
        "when": days_words(row.start, row.end),
        "basis": words.BASES[row.basis],
        "material": material,
        "rows": rows,
        "warnings": warnings_of(rows),
        "running": sum(bool(one.days) for one in rows),
        "area": words.area(row.habitat_km2),
        "placed": any(one.is_placed for one in rows),
        **standing(row),
    }
    if row.result is not None:
        context |= estimates.shown(row.result) | {"is_checked_since": _is_checked_since(row)}
    return render(request, "pages/surveys/one.html", context)


def _is_checked_since(row: Survey) -> bool:
    """Whether an audit was closed whose answers its numbers do not count yet."""
    audit = newest_closed(row)
    if audit is None or audit.closed_at is None or row.estimated_at is None:
        return False
    return row.estimated_at < audit.closed_at


@require_safe
def progress(request: HttpRequest, key: UUID) -> HttpResponse:
    """How far the estimate is; the page is loaded anew once it has ended."""
    row = get_object_or_404(Survey.objects.defer("frozen", "result"), pk=key)
    context = standing(row)
    if not context["is_waiting"]:
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    return render(request, "pages/surveys/progress.html", {"survey": row} | context)


@require_safe
def places(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: the cameras where they stood then, each as large as its effort, and what lies under the map, as JSON."""
    try:
        material = services.thaw(get_object_or_404(Survey, pk=key))
    except SurveyProblem as problem:
        raise Http404(str(problem)) from problem
    stored = _stored([camera.name for camera in material.cameras])
    length = (material.end - material.start).days + 1
    most = max((len(camera.days) for camera in material.cameras), default=0) or 1
    return JsonResponse(
        {
            "cameras": [
                {
                    "id": camera.name,
                    "name": camera.name,
                    "address": _address(stored.get(camera.name)),
                    "latitude": camera.place[0],
                    "longitude": camera.place[1],
                    "state": "running" if camera.days else "out",
                    "words": _("{n} of {all} days").format(n=len(camera.days), all=length),
                    "share": len(camera.days) / most,
                    "facts": [],
                }
                for camera in material.cameras
                if camera.place is not None
            ],
            "background": background(),
        }
    )


def standing(row: Survey) -> dict[str, Any]:
    """How far the estimate is, and what it failed of."""
    try:
        state, problem = services.state_of(row)
    except redis.RedisError:
        return {"is_waiting": False, "problem": row.problem, "away": AWAY}
    return {"is_waiting": state is services.State.WAITING, "problem": problem}


def _stored(names: list[str]) -> dict[str, Camera]:
    return {camera.name: camera for camera in Camera.objects.filter(name__in=names)}


def _address(camera: Camera | None) -> str:
    return reverse("camera", args=(camera.pk,)) if camera else ""
