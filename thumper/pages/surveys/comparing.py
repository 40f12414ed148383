"""Page of two surveys beside each other: how many more or fewer, and whether that is more than chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from analysis.surveys import comparison
from reid.models import Survey
from thumper.pages.cameras.words import days_words
from thumper.pages.surveys import words

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MOST_OFFERED: Final = 200


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """GET; `a` and `b` are two surveys with estimates, the newest ones where they are not given. The earlier one stands first, in the selects too."""
    done = Survey.objects.filter(estimated_at__isnull=False)
    offered = list(done.defer("frozen", "result")[:MOST_OFFERED])
    asked = _asked(request, offered)
    chosen = sorted(
        done.filter(pk__in=[key for key in asked if key]).defer("frozen"),
        key=lambda survey: (survey.start, survey.name),
    )
    keys = [survey.pk for survey in chosen] if len(chosen) == 2 else asked
    context: dict[str, Any] = {
        "offered": offered,
        "choices": list(zip(("a", "b"), (_("Survey"), _("and")), keys, strict=True)),
        "is_same": None not in asked and asked[0] == asked[1],
    }
    if len(chosen) == 2:
        context |= _compared(*chosen)
    return render(request, "pages/surveys/compare.html", context)


def _asked(request: HttpRequest, offered: list[Survey]) -> list[UUID | None]:
    """Keys of both; each that is not given is the newest one that is not the other."""
    asked = [_key(request.GET.get(name, "")) for name in ("a", "b")]
    newest = [row.pk for row in offered if row.pk not in asked]
    return [key or (newest.pop(0) if newest else None) for key in asked]


def _compared(before: Any, after: Any) -> dict[str, Any]:
    """What the page shows of two surveys that have documents."""
    first, second = before.result, after.result
    pairs = comparison.pairs(first, second)
    grouped = {
        label: [_row(pair) for pair in pairs if pair.of == name]
        for name, label in words.CLASSES.items()
    }
    return {
        "sides": [
            (survey, days_words(survey.start, survey.end), survey.result)
            for survey in (before, after)
        ],
        "groups": {label: rows for label, rows in grouped.items() if rows},
        "unchecked": [
            survey.name for survey in (before, after) if survey.result["identification"] is None
        ],
        "shared_days": comparison.shared_days(first, second),
        "unlike": [words.UNLIKE[name] for name in comparison.unlike(first, second)],
    }


def _row(pair: comparison.Pair) -> dict[str, Any]:
    sides = [
        (
            words.number(side.n, pair.unit),
            words.interval((side.low, side.high), pair.unit),
            side.is_honest,
        )
        for side in (pair.before, pair.after)
    ]
    name, explained = words.ESTIMATORS.get(pair.estimator, (pair.estimator, ""))
    return {
        "name": name,
        "explained": explained,
        "unit": words.UNITS.get(pair.unit, pair.unit),
        "sides": sides,
        "says": words.difference(pair),
        "relation": pair.relation.value,
    }


def _key(text: str) -> UUID | None:
    """The key; None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
