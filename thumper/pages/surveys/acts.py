"""Acts on a survey: its estimate is asked for, or it is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import redis
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from analysis.surveys import services
from reid.models import Survey
from thumper.pages.cameras.words import days_words
from thumper.pages.reports.exports import AWAY

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@require_POST
def estimate(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST: a worker estimates; the page shows how far it is."""
    row = get_object_or_404(Survey, pk=key)
    try:
        services.request_estimate(row)
    except redis.RedisError:
        messages.error(request, str(AWAY))
    return redirect("survey", key=key)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: what would go. POST: the survey goes; photographs, deer and cameras stay as they are."""
    row = get_object_or_404(Survey.objects.defer("frozen"), pk=key)
    if request.method != "POST":
        context = {
            "survey": row,
            "when": days_words(row.start, row.end),
            "audits": row.audits.count(),
        }
        return render(request, "pages/surveys/delete.html", context)
    services.delete(row)
    messages.success(request, _("The survey {name} is deleted.").format(name=row.name))
    return redirect("surveys")
