"""History of one camera: changes, merges and clock corrections, the newest first, each with its undo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reid.models import CameraChange, CameraMerge, ClockCorrection
from thumper.pages.cameras.words import change_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from reid.models import Camera

MOST: Final = 50
"""Acts that are listed."""
JUST_NOW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody did to a camera."""

    text: str
    by: str
    at: datetime
    undo: str
    """Where it is undone, by POST."""
    reason: str = ""
    undone_at: datetime | None = None
    undone_by: str = ""

    def is_fresh(self, user: str) -> bool:
        """Whether this user did it just now, so that its undo is offered at the top of the page."""
        is_own = self.by == user and self.undone_at is None
        return is_own and timezone.now() - self.at < JUST_NOW


def history_of(camera: Camera) -> list[Act]:
    """Three queries, however long it is."""
    acts = [*_changes(camera), *_merges(camera), *_corrections(camera)]
    return sorted(acts, key=lambda act: act.at, reverse=True)[:MOST]


def _changes(camera: Camera) -> Iterator[Act]:
    rows = CameraChange.objects.filter(camera=camera).select_related("actor", "undone_by")
    for row in rows.order_by("-created_at")[:MOST]:
        yield _act(row, change_words(row), "camera-undo-change", camera)


def _merges(camera: Camera) -> Iterator[Act]:
    rows = CameraMerge.objects.filter(into=camera).select_related("actor", "undone_by", "camera")
    text = _("{camera} was merged into this camera")
    for row in rows.order_by("-created_at")[:MOST]:
        yield _act(row, text.format(camera=row.camera), "camera-undo-merge", camera)


def _corrections(camera: Camera) -> Iterator[Act]:
    rows = ClockCorrection.objects.filter(camera=camera).select_related("actor", "undone_by")
    for row in rows.order_by("-created_at")[:MOST]:
        text = _("Clock corrected by {shift}").format(shift=shift_words(row.seconds))
        yield _act(row, text, "camera-undo-correction", camera)


def _act(row: Any, text: str, undo: str, camera: Camera) -> Act:
    return Act(
        text=text,
        by=row.actor.get_username(),
        at=row.created_at,
        undo=reverse(undo, args=(camera.pk, row.pk)),
        reason=getattr(row, "reason", ""),
        undone_at=row.undone_at,
        undone_by=row.undone_by.get_username() if row.undone_by else "",
    )


def shift_words(seconds: float) -> str:
    """A shift of time, such as "+1 hour 30 minutes"."""
    whole = abs(round(seconds))
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    parts = [
        ngettext("{n} day", "{n} days", days).format(n=days) if days else "",
        ngettext("{n} hour", "{n} hours", hours).format(n=hours) if hours else "",
        ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes) if minutes else "",
        ngettext("{n} second", "{n} seconds", left).format(n=left) if left or not whole else "",
    ]
    return ("-" if seconds < 0 else "+") + " ".join(part for part in parts if part)
