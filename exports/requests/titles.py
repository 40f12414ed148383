"""Titles of exports that were given none: what is in them, and of which days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exports.requests import naming, targets
from exports.requests.serializers import MAX_TITLE
from exports.requests.specs import ArchiveFormat
from reid.wording import counted

if TYPE_CHECKING:
    from datetime import date

    from exports.requests.specs import DetectionSelection, ReportPeriod


def of_report(periods: tuple[ReportPeriod, ...], *, is_comparison: bool) -> str:
    if is_comparison:
        return f"Comparison of {', '.join(period.label for period in periods)}"[:MAX_TITLE]
    return f"Seasonal activity {periods[0].label}"


def of_survey(name: str) -> str:
    return f"Survey {name}"[:MAX_TITLE]


def kind_of(archive_format: str, *, has_crops: bool) -> str:
    if archive_format == ArchiveFormat.CAMTRAP_DP:
        return "Camtrap DP"
    return "Crops" if has_crops else "Table"


def of_ids(kind: str, count: int) -> str:
    """Of an archive whose detections were named one by one."""
    return f"{kind} of {counted(count, 'detection')}"


def of_filter(
    kind: str, selection: DetectionSelection, start: date | None, end: date | None
) -> str:
    """Of an archive: its kind; classes, deer and cameras, where they were chosen; its days, all where none were."""
    parts = (
        naming.listed([naming.class_name(name) for name in selection.classifications], most=3),
        targets.named_deer(selection.deer),
        targets.named_cameras(selection.cameras),
        naming.days(start, end) if start and end else "all days",
    )
    return f"{kind}: {', '.join(part for part in parts if part)}"[:MAX_TITLE]
