"""Pages of the review: the queue, what was decided, audits, and names in doubt. Most of their scripts ask the API."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from analysis.recommendation.types import ALPHA_FDP, ALPHAS_FDP
from reid import reviewing
from reid.models import Detection, Operation, Survey
from reid.reviewing import ReviewError, UnknownOperation
from reid.suggesting import past_decisions as past
from thumper.models import Preference
from thumper.pages import histories
from thumper.pages.account.review_keys import REVIEW_KEYS
from thumper.pages.frame import counted
from thumper.pages.permissions import signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def review(request: HttpRequest) -> HttpResponse:
    """The frame of the review page; its script fetches what to review from the API."""
    keys = REVIEW_KEYS | Preference.of(request.user).keys
    context = _keys(request) | {"keys": keys, "keys_json": json.dumps(keys)}
    context["unsorted"] = _unsorted()
    return render(request, "pages/review.html", context)


def _unsorted() -> str:
    """What to do about animals of which nobody has said whether they are deer; empty where there are none."""
    count = counted(Detection.objects.unsorted())
    sentence = ngettext(
        "No deer waits. Of {count} animal nobody has said whether it is a deer: mark its photograph, and choose below what it is.",
        "No deer waits. Of {count} animals nobody has said whether they are deer: mark their photographs, and choose below what they are.",
        1 if count == "1" else 2,
    )
    return count and sentence.format(count=count)


def audit(request: HttpRequest) -> HttpResponse:
    """The frame of the audit, the review page's blind mode; its script asks the API of the audit."""
    shares = [
        {"value": share, "percent": round(100 * share), "is_default": share == ALPHA_FDP}
        for share in ALPHAS_FDP
    ]
    return render(request, "pages/audit.html", _keys(request) | {"shares": shares})


def survey_audit(request: HttpRequest, survey: UUID) -> HttpResponse:
    """The frame of a survey's audit; its script asks the API for it."""
    row = get_object_or_404(Survey.objects.defer("frozen", "result"), pk=survey)
    return render(request, "pages/survey_audit.html", _keys(request) | {"survey": row})


def labels(request: HttpRequest) -> HttpResponse:
    """The frame of the names in doubt; its script asks the API which they are."""
    return render(request, "pages/labels.html", _keys(request))


def decisions(request: HttpRequest) -> HttpResponse:
    """GET: what people decided, the newest first; `mine`: by oneself alone; `before`: older than the last one seen."""
    is_mine = "mine" in request.GET
    rows = past.past_decisions(
        by=signed_in(request) if is_mine else None, before=_place(request.GET.get("before", ""))
    )
    context = {
        "rows": [(row, histories.words_of(row.operation)) for row in rows],
        "is_mine": is_mine,
        "next": _marker(rows[-1].operation) if len(rows) == past.PAGE else "",
    }
    return render(request, "pages/decisions.html", context)


@require_POST
def undo_decision(request: HttpRequest, operation: UUID) -> HttpResponse:
    """POST: one decision taken back as a whole; then what it was about, to be decided anew."""
    place = HttpResponseRedirect(reverse("decisions"))
    try:
        reviewing.undo(operation=operation, actor=signed_in(request))
    except (ReviewError, UnknownOperation) as error:
        messages.error(request, str(error))
        return place
    done = Operation.objects.get(pk=operation)
    messages.success(request, _("Taken back: {what}.").format(what=histories.words_of(done)))
    return place


def _keys(request: HttpRequest) -> dict[str, Any]:
    return {"uses_keys": Preference.of(request.user).uses_keys}


def _marker(operation: Operation) -> str:
    return f"{operation.created_at.isoformat()} {operation.pk}"


def _place(marker: str) -> tuple[datetime, UUID] | None:
    """The time and key of a marker; None where it is none, which shows the newest."""
    moment, _space, key = marker.partition(" ")
    try:
        return datetime.fromisoformat(moment), UUID(key)
    except ValueError:
        return None
