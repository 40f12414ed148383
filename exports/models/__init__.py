"""What is stored of exports: requests, schedules of reports, links that need no account."""

from __future__ import annotations

from exports.models.links import FrozenReport, SharedLink, SharedLinkQuerySet
from exports.models.requests import ExportRequest
from exports.models.schedules import ReportSchedule, ScheduledRun

__all__ = [
    "ExportRequest",
    "FrozenReport",
    "ReportSchedule",
    "ScheduledRun",
    "SharedLink",
    "SharedLinkQuerySet",
]
