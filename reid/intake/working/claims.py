"""Claims: the one worker that has a request, the news that it lives, and how it lets go of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import F, Q
from django.utils import timezone

from reid.db import shared_clock
from reid.importing.rows import SourceProblem
from reid.models import SILENT_AFTER, ImportRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

MOST_ATTEMPTS: Final = 3
CANCELLED: Final = "It was cancelled. What was imported until then is kept, and can be undone."
KILLED: Final = "Its worker was killed {count} times: look whether the server has enough memory, and start it again."

State = ImportRequest.State


class Stopped(SourceProblem):
    """Somebody has cancelled it."""


class TakenOver(Exception):
    """Another worker has the request, or it is at another step."""


def claim(request: ImportRequest) -> bool:
    """Whether this worker has the request now."""
    now = shared_clock.now()
    free = ImportRequest.objects.filter(
        Q(at_work=False) | Q(heartbeat_at__lt=now - SILENT_AFTER),
        pk=request.pk,
        state__in=ImportRequest.WORKING,
    )
    if free.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=State.FAILED,
        at_work=False,
        error=KILLED.format(count=MOST_ATTEMPTS),
        finished_at=timezone.now(),
    ):
        return False
    claimed = free.update(at_work=True, heartbeat_at=now, attempts=F("attempts") + 1)
    request.refresh_from_db()
    return bool(claimed)


def beats(request: ImportRequest) -> Callable[[int, int | None], None]:
    """What notes after each batch that the worker lives, and how far it is. It raises Stopped and TakenOver."""

    def beat(done: int, total: int | None) -> None:
        now = shared_clock.now()
        mine = _mine(request)
        if not mine.update(heartbeat_at=now, done=done, total=total):
            raise TakenOver
        request.heartbeat_at = now
        request.refresh_from_db(fields=["cancel_requested"])
        if request.cancel_requested:
            raise Stopped(CANCELLED)

    return beat


def _mine(request: ImportRequest) -> QuerySet[ImportRequest]:
    """The request, while this worker has it."""
    return ImportRequest.objects.filter(
        pk=request.pk,
        state=request.state,
        at_work=True,
        attempts=request.attempts,
    )


def end(request: ImportRequest, state: ImportRequest.State, **fields: Any) -> None:
    if state in ImportRequest.ENDED:
        fields |= {"finished_at": timezone.now()}
    _mine_or_free(request).update(state=state, at_work=False, **fields)


def _mine_or_free(request: ImportRequest) -> QuerySet[ImportRequest]:
    return ImportRequest.objects.filter(
        pk=request.pk, state=request.state, attempts=request.attempts
    )
