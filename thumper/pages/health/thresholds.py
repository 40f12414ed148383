"""Threshold page: what is recommended, what is in force, what is proposed, and what a score would do.

Everything that reads the whole log is read by a worker (`analysis.thresholds.queued_answers`); the
page shows it with its time, and loads itself again while it waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import redis
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from analysis.audit import certificates
from analysis.reports.changes import summary
from analysis.thresholds import queued_answers
from analysis.thresholds.queued_answers import State
from reid.identifying import thresholds
from reid.identifying.thresholds import NOT_A_THRESHOLD
from reid.models import Scorer, Threshold
from thumper.pages.health import threshold_acts, verdict_words
from thumper.pages.home import in_words

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

NEWEST: Final = 20
NO_REDIS: Final = "Redis does not answer, so nothing can be computed: see the health page."


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """GET: the page, with `threshold` a what-if. POST: read the report anew."""
    scorer = Scorer.objects.active()
    context: dict[str, Any] = {"scorer": scorer, "standing": in_words.standing(scorer)}
    if scorer is None:
        return render(request, "pages/health/thresholds.html", context)
    typed = request.GET.get("threshold", "").strip()
    try:
        if request.method == "POST":
            queued_answers.report(scorer, anew=True)
            return HttpResponseRedirect(reverse("thresholds"))
        context |= _answers(scorer, typed)
    except redis.RedisError:
        context["problem"] = NO_REDIS
    return render(
        request, "pages/health/thresholds.html", context | _records(scorer) | {"typed": typed}
    )


def _answers(scorer: Scorer, typed: str) -> dict[str, Any]:
    report = queued_answers.report(scorer)
    context: dict[str, Any] = {"report": report, "waits": report.state is State.WAITING}
    if report.result is not None:
        context |= _shown(report.result)
    units = thresholds.units_of(typed) if typed else None
    if typed and units is None:
        context["problem"] = NOT_A_THRESHOLD.format(text=typed)
    elif units is not None:
        answer = queued_answers.what_if(scorer, units)
        context["what_if"] = answer
        context["waits"] |= answer.state is State.WAITING
        context["changes"] = [] if answer.result is None else summary(answer.result)
    return context


def _records(scorer: Scorer) -> dict[str, Any]:
    rows = list(
        Threshold.objects.filter(scorer=scorer).select_related("scorer__space", "approved_by")[
            :NEWEST
        ]
    )
    now = thresholds.Now.read()
    records = [
        (row, str(thresholds.validity(row, now)), threshold_acts.possible(row)) for row in rows
    ]
    approved = Threshold.objects.in_force(scorer)
    return {
        "records": records,
        "in_force": (approved, str(thresholds.validity(approved, now))) if approved else None,
        "override": thresholds.override_note(),
        "again": thresholds.to_approve_again(scorer),
        "batches": certificates.in_words()[:NEWEST],
    }


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    """The report in the words and figures of the page."""
    recommendation = document["recommendation"]
    return {
        "words": verdict_words.in_words(recommendation),
        "verdict": recommendation["verdict"].replace("_", " "),
        "recommendation": recommendation,
        "tried": [
            {
                "threshold": f"{row['threshold']:.4f}",
                "assigned": row["assigned"],
                "rate": _percent(row["assignment_rate"]),
                "fpir": _interval(row, "fpir"),
                "fdp": _interval(row, "fdp"),
            }
            for row in document["thresholds"]
        ],
        "eligible": document["eligible_sightings"],
        "notes": [*recommendation["warnings"], *document["notes"]],
    }


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _interval(row: dict[str, Any], name: str) -> str:
    if row[name] is None:
        return "-"
    ends = f"{100 * row[f'{name}_low']:.1f} to {100 * row[f'{name}_high']:.1f}"
    return f"{_percent(row[name])} ({ends})"
