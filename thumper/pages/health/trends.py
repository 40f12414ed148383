"""Trends page: how identification has been doing, and the alerts that are on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.shortcuts import render
from django.utils.safestring import mark_safe

from analysis.monitoring.snapshot import MIN_BASELINE, MIN_SAMPLE
from analysis.monitoring.trend_figure import TrendPoint, trend_svg
from reid.identifying.thresholds import override_note
from reid.models import PerformanceSnapshot, Scorer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

DRAWN: Final = 400
LISTED: Final = 30


def trends(request: HttpRequest) -> HttpResponse:
    """The history of the active scorer, drawn and as a table: snapshots only, nothing is computed here."""
    scorer = Scorer.objects.active()
    history = list(PerformanceSnapshot.objects.of(scorer)[:DRAWN]) if scorer else []
    context = {
        "scorer": scorer,
        "newest": history[0] if history else None,
        "verdict": history[0].verdict.replace("_", " ").lower() if history else "",
        "history": history[:LISTED],
        "chart": _chart(history) if history else "",
        "is_compared": any(one.sample_trials for one in history),
        "has_baseline": any(one.starts_baseline for one in history),
        "least": MIN_SAMPLE,
        "baseline": MIN_BASELINE,
        "days": settings.REID_WATCH_DAYS,
        "mailed": len(settings.REID_WATCH_MAIL),
        "override": override_note(),
    }
    return render(request, "pages/health/trends.html", context)


def _chart(history: Sequence[PerformanceSnapshot]) -> str:
    points = [_point(snapshot) for snapshot in reversed(history)]
    return mark_safe(trend_svg(points))  # noqa: S308 - days and numbers, escaped by ElementTree


def _point(snapshot: PerformanceSnapshot) -> TrendPoint:
    return TrendPoint(
        day=snapshot.period,
        rate=snapshot.sample_rate,
        trials=snapshot.sample_trials or 0,
        centre=snapshot.rate_centre,
        lower=snapshot.rate_lower,
        upper=snapshot.rate_upper,
        psi=snapshot.psi,
        bound=snapshot.psi_bound,
        all=snapshot.rate,
        starts_baseline=snapshot.starts_baseline,
    )
