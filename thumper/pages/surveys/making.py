"""Page of a new survey: what it is of, then what its cameras did, and only then the survey itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.db.models import Max
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from analysis.surveys import services
from analysis.surveys.collect import SurveyProblem
from analysis.surveys.estimating.resights import counted
from analysis.surveys.material import Basis
from reid.models import Camera, Image
from thumper.pages.permissions import signed_in
from thumper.pages.surveys.effort import rows_of, warnings_of
from thumper.pages.surveys.forms import NewForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

FIRST_DAYS: Final = 28
"""Length of the period that the form begins with."""


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """GET: the form. POST, `do`: look at the effort, or make the survey."""
    if request.method != "POST":
        return _shown(request, NewForm(initial=_first_values()))
    form = NewForm(request.POST)
    if not form.is_valid():
        return _shown(request, form)
    given = dict(form.cleaned_data)
    given["basis"] = Basis(given["basis"])
    try:
        if request.POST.get("do") != "make":
            return _shown(request, form, **_preview(given))
        survey = services.make(**given, by=signed_in(request))
    except SurveyProblem as problem:
        form.add_error(None, str(problem))
        return _shown(request, form)
    messages.success(request, _("The survey {name} is made.").format(name=survey.name))
    return redirect("survey", key=survey.pk)


def _preview(given: dict[str, Any]) -> dict[str, Any]:
    """What the survey would rest on. Raises SurveyProblem."""
    names = ("start", "end", "occasion_days", "basis", "cameras", "one_side")
    material = services.gather(**{name: given[name] for name in names})
    cut = material.cut(given["occasion_days"])
    stored: Any = Camera.objects.filter(name__in=[one.name for one in material.cameras])
    rows = rows_of(material, {camera.name: camera for camera in stored.with_photographs()})
    return {
        "preview": True,
        "material": material,
        "rows": rows,
        "warnings": warnings_of(rows),
        "running": sum(bool(row.days) for row in rows),
        "doubted": sum(row.doubted for row in rows),
        "dead_days": sum(
            (item.last - item.first).days + 1 for one in material.cameras for item in one.left_out
        ),
        "captures": cut.captured,
        "days_seen": cut.days_seen,
        "deer": len(cut.deer),
        "occasions": len(cut.starts),
        "left_out": cut.left_out,
        "sightings": counted(material, cut),
    }


def _first_values() -> dict[str, Any]:
    """Four weeks that end with the newest photograph."""
    newest = Image.objects.aggregate(last=Max("captured_at"))["last"]
    end = timezone.localdate(newest) if newest else timezone.localdate()
    return {"start": end - timedelta(days=FIRST_DAYS - 1), "end": end}


def _shown(request: HttpRequest, form: NewForm, **more: Any) -> HttpResponse:
    return render(request, "pages/surveys/new.html", {"form": form} | more)
