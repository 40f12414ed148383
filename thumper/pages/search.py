"""Search page: a deer, a camera or a day, from the field in the frame."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db.models import Count, Q
from django.shortcuts import render
from django.utils import timezone

from reid.models import Camera, Deer

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest, HttpResponse

MOST: Final = 20
"""Deer, and cameras, that are shown."""
_DAYS: Final = ("%Y-%m-%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%m/%d/%Y")
_SPACES: Final = re.compile(r"[\s,]+")


def day_of(text: str) -> date | None:
    """The day that a person wrote, such as 2026-10-03, 3 Oct 2026, 3.10.2026 or 10/3/2026; None where it is none."""
    words = _SPACES.sub(" ", text.strip())
    for form in _DAYS:
        try:
            return (
                datetime.strptime(words, form)
                .replace(tzinfo=timezone.get_current_timezone())
                .date()
            )
        except ValueError:
            continue
    return None


def search(request: HttpRequest) -> HttpResponse:
    """GET, `q`: what is found."""
    typed = request.GET.get("q", "").strip().replace("\0", "")[:100]
    deer = cameras = None
    day = day_of(typed) if typed else None
    if typed:
        deer = list(
            Deer.objects.with_history()
            .filter(merged_into__isnull=True)
            .filter(Q(name__icontains=typed) | Q(former_names__name__icontains=typed))
            .order_by("name")[:MOST]
        )
        cameras = list(
            Camera.objects.filter(Q(name__icontains=typed) | Q(merged__name__icontains=typed))
            .annotate(photographs=Count("images", distinct=True))
            .order_by("name")[:MOST]
        )
    context = {"searched": typed, "deer": deer, "cameras": cameras, "day": day}
    return render(request, "pages/search.html", context)
