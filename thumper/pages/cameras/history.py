"""History of one camera: changes, merges and clock corrections, the newest first, each with its undo."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from reid.models import Camera, CameraChange, CameraMerge, ClockCorrection
from thumper.accounts.roles import Permission, is_granted
from thumper.pages import histories
from thumper.pages.cameras.words import change_lines, kind_words
from thumper.pages.histories import Act, History

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

JUST_NOW: Final = timedelta(hours=1)


def is_fresh(act: Act, user: str) -> bool:
    """Whether this user did it just now, so that its undo is offered at the top of the page."""
    return act.by == user and not act.is_undone and timezone.now() - act.at < JUST_NOW


@require_safe
def history(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: what was done to the camera; `before` is the time of the last act that was seen."""
    camera = get_object_or_404(Camera, pk=key)
    before = histories.before_of(request)
    return histories.show(
        request,
        camera.name,
        reverse("camera", args=(key,)),
        history_of(camera, before),
        may_undo=is_granted(request.user, Permission.MANAGE),
        is_later=before is not None,
    )


def history_of(camera: Camera, before: datetime | None = None) -> History:
    """The acts before that time, or the newest ones. Three queries, however long it is."""
    acts = [act for rows in (_changes, _merges, _corrections) for act in rows(camera, before)]
    acts.sort(key=lambda act: act.at, reverse=True)
    shown = tuple(acts[: histories.PAGE])
    if len(acts) == len(shown):
        return History(shown)
    place = urlencode({"before": shown[-1].at.isoformat()})
    return History(shown, f"{reverse('camera-history', args=(camera.pk,))}?{place}")


def _newest(rows: QuerySet[Any], before: datetime | None) -> QuerySet[Any]:
    if before is not None:
        rows = rows.filter(created_at__lt=before)
    return rows.select_related("actor", "undone_by").order_by("-created_at")[: histories.PAGE + 1]


def _changes(camera: Camera, before: datetime | None) -> Iterator[Act]:
    for row in _newest(CameraChange.objects.filter(camera=camera), before):
        yield _act(row, kind_words(row), "camera-undo-change", camera, change_lines(row))


def _merges(camera: Camera, before: datetime | None) -> Iterator[Act]:
    rows = CameraMerge.objects.filter(into=camera).select_related("camera")
    text = _("{camera} was merged into this camera")
    for row in _newest(rows, before):
        yield _act(row, text.format(camera=row.camera), "camera-undo-merge", camera)


def _corrections(camera: Camera, before: datetime | None) -> Iterator[Act]:
    for row in _newest(ClockCorrection.objects.filter(camera=camera), before):
        text = _("Clock corrected by {shift}").format(shift=shift_words(row.seconds))
        yield _act(row, text, "camera-undo-correction", camera)


def _act(row: Any, text: str, undo: str, camera: Camera, lines: Iterable[str] = ()) -> Act:
    is_undone = row.undone_at is not None
    return Act(
        text=text,
        by=row.actor.get_username(),
        at=row.created_at,
        lines=tuple(lines),
        undo="" if is_undone else reverse(undo, args=(camera.pk, row.pk)),
        reason=getattr(row, "reason", ""),
        is_undone=is_undone,
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
