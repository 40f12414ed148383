"""The history of performance in the admin, read-only; registers thresholds and trainings too."""

from __future__ import annotations

from django.contrib import admin

from analysis.admin.thresholds import ThresholdAdmin
from analysis.admin.trainings import TrainingAdmin
from reid.admin.logs import LogAdmin
from reid.models import PerformanceSnapshot, Threshold, Training

admin.site.register(Threshold, ThresholdAdmin)
admin.site.register(Training, TrainingAdmin)


@admin.register(PerformanceSnapshot)
class PerformanceSnapshotAdmin(LogAdmin):
    list_display = (
        *("period", "scorer", "eligible", "new_sightings", "assignment_rate", "sample"),
        *("stability", "threshold_state", "verdict", "alerts_on", "starts_baseline"),
    )
    list_select_related = ("scorer",)
    list_filter = ("scorer", "starts_baseline")

    @admin.display(description="assignment rate")
    def assignment_rate(self, snapshot: PerformanceSnapshot) -> str:
        return _percent(snapshot.rate)

    @admin.display(description="sample: limits")
    def sample(self, snapshot: PerformanceSnapshot) -> str:
        if snapshot.rate_centre is None:
            return "-"
        limits = f"{_percent(snapshot.rate_lower)} to {_percent(snapshot.rate_upper)}"
        return f"{_percent(snapshot.sample_rate)}: {limits}"

    @admin.display(description="PSI (chance)")
    def stability(self, snapshot: PerformanceSnapshot) -> str:
        if snapshot.psi is None:
            return "-"
        return f"{snapshot.psi:.2f} ({snapshot.psi_bound:.2f})"

    @admin.display(description="alerts")
    def alerts_on(self, snapshot: PerformanceSnapshot) -> str:
        return ", ".join(alert["kind"] for alert in snapshot.standing) or "-"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
