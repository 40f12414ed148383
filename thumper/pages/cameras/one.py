"""One camera: its year, its days in the field, the doubts about its clock, the deer it saw, and its history."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reid.cameras import rules
from reid.cameras.days import Span
from reid.cameras.timeline import Timeline, doubts_of, timeline_of
from reid.models import Camera, Deer
from thumper.pages.cameras.drawing import YearWords, year_svg
from thumper.pages.cameras.forms import DeploymentForm, FactsForm, OutageForm
from thumper.pages.cameras.history import history_of, is_fresh
from thumper.pages.cameras.listing import CameraRow, state_today
from thumper.pages.cameras.maps import has_map
from thumper.pages.cameras.words import CLOCKS, days_words, place_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

MOST_DEER: Final = 200
"""Deer that are listed."""


@require_safe
def camera(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET; `year` chooses the year that is drawn. A merged camera's address leads to the one it was merged into."""
    return show(request, key, {})


def show(request: HttpRequest, key: UUID, bound: Mapping[str, Form]) -> HttpResponse:
    """The page; `bound` are forms that could not be done, by name, with what is wrong with them."""
    stored = get_object_or_404(Camera.everything.select_related("merged_into"), pk=key)
    if stored.merged_into is not None:
        return redirect("camera", key=stored.survivor.pk)
    today = timezone.localdate()
    rows = Camera.objects.filter(pk=key).with_photographs().with_deer().with_state(today)
    row = rows.with_place().get()
    timeline = timeline_of(row)
    history = history_of(row)
    user = request.user.get_username()
    fresh = next((act for act in history.acts[:1] if is_fresh(act, user)), None)
    context = {
        "row": CameraRow(row, state_today(row, today)),
        "camera": row,
        **_year(request, timeline),
        "gaps": [(days_words(gap.first, gap.last), gap.days) for gap in reversed(timeline.gaps)],
        "doubts": [(CLOCKS[one.reason], one) for one in doubts_of(row)],
        "deer": Deer.objects.seen_at(row)[:MOST_DEER],
        "history": history,
        "fresh": fresh,
        "has_map": has_map(),
        "others": Camera.objects.exclude(pk=row.pk).exists(),
        **_forms(row, timeline, bound),
    }
    return render(request, "pages/cameras/one.html", context)


def _forms(row: Camera, timeline: Timeline, bound: Mapping[str, Form]) -> dict[str, Any]:
    """The forms of the page: of the camera, of each deployment and outage, and of new ones."""
    facts = FactsForm(initial=_initial(row), auto_id="facts-%s")
    deployments = [
        (
            one,
            days_words(one.started_on, one.ended_on),
            place_words(one.latitude, one.longitude),
            bound.get(str(one.pk)) or DeploymentForm(initial=_initial(one), auto_id=f"{one.pk}-%s"),
        )
        for one in reversed(timeline.deployments)
    ]
    outages = [
        (
            one,
            days_words(one.started_on, one.ended_on),
            bound.get(str(one.pk)) or OutageForm(initial=_initial(one), auto_id=f"{one.pk}-%s"),
        )
        for one in reversed(timeline.outages)
    ]
    return {
        "facts": bound.get("facts") or facts,
        "deployments": deployments,
        "outages": outages,
        "new_deployment": bound.get("new-deployment")
        or DeploymentForm(auto_id="new-deployment-%s"),
        "new_outage": bound.get("new-outage") or OutageForm(auto_id="new-outage-%s"),
    }


def _initial(row: Any) -> dict[str, Any]:
    names = (
        FactsForm.base_fields
        if isinstance(row, Camera)
        else {**DeploymentForm.base_fields, **OutageForm.base_fields}
    )
    values = {name: getattr(row, name) for name in names if hasattr(row, name)}
    return values | {"fingerprint": rules.fingerprint(row)}


def _year(request: HttpRequest, timeline: Timeline) -> dict[str, Any]:
    """The year that is drawn, as a picture and as a table of months."""
    years = timeline.years
    if not years:
        return {"years": []}
    asked = request.GET.get("year", "")
    busy = max(timeline.a_day).year if timeline.a_day else years[-1]
    year = int(asked) if asked in map(str, years) else busy
    runs = [
        Span(one.started_on, one.ended_on or timeline.today)
        for one in timeline.deployments
        if one.started_on <= (one.ended_on or timeline.today)
    ]
    outages = [Span(one.started_on, one.ended_on) for one in timeline.outages]
    words = YearWords(
        label=_(
            "{year}: days in the field and photographs a day; the table below says the same"
        ).format(year=year),
        in_field=_("In the field"),
        a_day=_("Photographs a day"),
        months=[str(MONTHS_3[month]).title() for month in range(1, 13)],
    )
    of_month: Counter[int] = Counter()
    days: Counter[int] = Counter()
    for day, number in timeline.a_day.items():
        if day.year == year:
            of_month[day.month] += number
            days[day.month] += 1
    return {
        "years": years,
        "year": year,
        "drawing": year_svg(year, timeline.a_day, runs, outages, timeline.gaps, words),
        "months": [
            (MONTHS[month], days[month], of_month[month], date(year, month, 1), _end(year, month))
            for month in range(1, 13)
        ],
        "in_year": sum(of_month.values()),
    }


def _end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
