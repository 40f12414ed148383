"""List of surveys, the newest period first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import Case, Q, When
from django.db.models.fields.json import KT
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from reid.models import Survey
from thumper.pages.cameras.words import days_words

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

PER_PAGE: Final = 30


@require_safe
def surveys(request: HttpRequest) -> HttpResponse:
    """GET; `before` and `after` are first day and name of the last survey of the page before."""
    found = rows(request.GET.get("before", ""), request.GET.get("after", ""))
    page: list[Any] = list(found[: PER_PAGE + 1])
    last = page[PER_PAGE - 1] if len(page) > PER_PAGE else None
    context = {
        "rows": [(row, days_words(row.start, row.end)) for row in page[:PER_PAGE]],
        "next": last and {"before": last.start.isoformat(), "after": last.name},
        "can_compare": sum(row.estimated_at is not None for row in page) > 1,
    }
    return render(request, "pages/surveys/list.html", context)


def rows(before: str = "", after: str = "") -> QuerySet[Survey]:
    """Surveys after a place of the list, without their documents, but with the few words of these that a list shows."""
    found = Survey.objects.select_related("made_by").defer("frozen", "result")
    found = found.annotate(
        camera_days=KT("result__camera_days"),
        deer=KT("result__deer"),
        sentence=KT("result__sentences__0"),
        has_number=Case(When(result__refused=None, then=True), default=False),
    )
    if (day := _day(before)) is not None:
        found = found.filter(Q(start__lt=day) | Q(start=day, name__gt=after))
    return found.order_by("-start", "name")


def _day(text: str) -> Any:
    """The day; None for what is none."""
    try:
        return parse_date(text)
    except ValueError:
        return None
