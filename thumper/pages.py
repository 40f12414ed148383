"""The front page: what the store holds, what state identification is in, and where to go next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, F, Max, Min, Q
from django.shortcuts import render

from reid.models import Camera, Deer, Detection, EmbeddingSpace, Image, Sighting, Threshold

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

NEWEST_DEER = 12


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
    context = {
        "ranch": settings.RANCH_NAME,
        "figures": figures,
        "span": span,
        "space": EmbeddingSpace.objects.filter(is_active=True).first(),
        "threshold": Threshold.objects.filter(is_active=True, space__is_active=True).first(),
        "deer": Deer.objects.with_history()
        .filter(merged_into__isnull=True)
        .order_by(F("last_seen").desc(nulls_last=True), "name")[:NEWEST_DEER],
        "commands": ("import_detections", "identify_detections", "test_reid_thresholds"),
    }
    return render(request, "pages/home.html", context)
