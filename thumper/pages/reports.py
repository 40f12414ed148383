"""Page of reports and archives; its script asks the API, and goes on asking while something runs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.shortcuts import render
from django.utils import timezone

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

DEFAULT_REPORT_DAYS: Final = 90


def exports(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "today": today,
        "start": today - timedelta(days=DEFAULT_REPORT_DAYS),
        "has_address": bool(getattr(request.user, "email", "")),
        "keeps_minutes": settings.EXPORT_TTL // 60,
        "rebuild_days": settings.EXPORT_REBUILD_TTL // 86_400,
    }
    return render(request, "pages/exports.html", context)
