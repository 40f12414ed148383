"""Front page: what came in, what waits, and how identification stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, F, Max, Min, Q
from django.shortcuts import render

from reid.identifying import thresholds
from reid.models import Camera, Deer, Detection, Image, Scorer, Sighting, Threshold
from reid.suggesting import queue

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

NEWEST_DEER = 12


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
