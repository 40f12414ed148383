"""Pages of the review: the queue, the audit, and labels in doubt. Their scripts ask the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from analysis.recommendation.types import ALPHA_FDP, ALPHAS_FDP

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def review(request: HttpRequest) -> HttpResponse:
    """The frame of the review page; its script fetches what to review from the API."""
    return render(request, "pages/review.html")


def audit(request: HttpRequest) -> HttpResponse:
    """The frame of the audit, the review page's blind mode; its script asks the API of the audit."""
    shares = [
        {"value": share, "percent": round(100 * share), "is_default": share == ALPHA_FDP}
        for share in ALPHAS_FDP
    ]
    return render(request, "pages/audit.html", {"shares": shares})


def labels(request: HttpRequest) -> HttpResponse:
    """The frame of the labels in doubt; its script asks the API which they are."""
    return render(request, "pages/labels.html")
