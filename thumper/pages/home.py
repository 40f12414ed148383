"""Front page with the state of the store, and the pages of the review queue, the audit and the exports."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, F, Max, Min, Q
from django.shortcuts import render
from django.utils import timezone

from analysis.recommendation.types import ALPHA_FDP, ALPHAS_FDP
from reid.identifying import thresholds
from reid.models import Camera, Deer, Detection, Image, Scorer, Sighting, Threshold
from reid.suggesting import queue

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

NEWEST_DEER = 12
DEFAULT_REPORT_DAYS = 90


@login_required
def home(request: HttpRequest) -> HttpResponse:
    span = Image.objects.aggregate(first=Min("captured_at"), last=Max("captured_at"), n=Count("pk"))
    identities = Detection.objects.identifiable().aggregate(
        n=Count("pk"), named=Count("pk", filter=Q(deer__isnull=False))
    )
    figures = [
        ("cameras", Camera.objects.count()),
        ("photographs", span["n"]),
        ("deer detections", identities["n"]),
        ("sightings", Sighting.objects.count()),
        ("deer with a name", Deer.objects.filter(merged_into__isnull=True).count()),
        ("detections with a deer", identities["named"]),
    ]
    scorer = Scorer.objects.active()
    threshold = Threshold.objects.in_force(scorer) if scorer else None
    context = {
        "ranch": settings.RANCH_NAME,
        "figures": figures,
        "span": span,
        "scorer": scorer,
        "threshold": threshold,
        "validity": thresholds.validity(threshold) if threshold else None,
        "override": thresholds.override_note(),
        "again": thresholds.to_approve_again(scorer) if scorer else "",
        "deer": Deer.objects.with_history()
        .filter(merged_into__isnull=True)
        .order_by(F("last_seen").desc(nulls_last=True), "name")[:NEWEST_DEER],
        "waiting": queue.waiting().count(),
        "commands": ("import_detections", "identify_detections", "test_reid_thresholds"),
    }
    return render(request, "pages/home.html", context)


@login_required
def review(request: HttpRequest) -> HttpResponse:
    """The frame of the review page; its script fetches what to review from the API."""
    return render(request, "pages/review.html", {"ranch": settings.RANCH_NAME})


@login_required
def audit(request: HttpRequest) -> HttpResponse:
    """The frame of the audit, the review page's blind mode; its script asks the API of the audit."""
    shares = [
        {"value": share, "percent": round(100 * share), "is_default": share == ALPHA_FDP}
        for share in ALPHAS_FDP
    ]
    return render(request, "pages/audit.html", {"ranch": settings.RANCH_NAME, "shares": shares})


@login_required
def labels(request: HttpRequest) -> HttpResponse:
    """The frame of the labels in doubt; its script asks the API which they are."""
    return render(request, "pages/labels.html", {"ranch": settings.RANCH_NAME})


@login_required
def exports(request: HttpRequest) -> HttpResponse:
    """The frame of the exports page; its script asks the API, and goes on asking while something runs."""
    today = timezone.localdate()
    context = {
        "ranch": settings.RANCH_NAME,
        "today": today,
        "start": today - timedelta(days=DEFAULT_REPORT_DAYS),
        "has_address": bool(getattr(request.user, "email", "")),
        "keeps_minutes": settings.EXPORT_TTL // 60,
        "rebuild_days": settings.EXPORT_REBUILD_TTL // 86_400,
    }
    return render(request, "pages/exports.html", context)
