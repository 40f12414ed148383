"""Identification in the background, on queue `gpu`.

A job works for some seconds and then queues its successor, so that a run can be cancelled, other work
gets its turn, and a worker that stops loses one chunk. The worker process stays, and with it the loaded
model (`reid.spaces` keeps it).
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

import django_rq
from django.db.models import Q
from django.utils import timezone

from reid.identify import Scope, advance, create_run
from reid.models import ReidRun

if TYPE_CHECKING:
    from reid.models import EmbeddingSpace

QUEUE: Final = "gpu"
SECONDS_A_JOB: Final = 5.0
SILENCE: Final = timedelta(seconds=180)
"""After this long without a heartbeat a run's worker is taken for dead."""


def identify(run_id: str) -> None:
    """RQ job: some chunks of a run, then the next job where there is more to do."""
    stop_at = time.monotonic() + SECONDS_A_JOB
    while advance(UUID(run_id)):
        if time.monotonic() >= stop_at:
            _enqueue(run_id)
            return


def start_identification(
    space: EmbeddingSpace | None = None, scope: Scope | None = None
) -> ReidRun:
    """The row first, the queue last. A run of the space that has not ended is returned instead.

    Such a run is queued again where its worker has been silent: it goes on at its cursor. Raises
    redis.ConnectionError while Redis is away; the run then waits for the next call.
    """
    run = unfinished_run(space)
    if run is None:
        run = create_run(space, scope)
    elif not _is_silent(run):
        return run
    _enqueue(str(run.pk))
    return run


def unfinished_run(space: EmbeddingSpace | None) -> ReidRun | None:
    """The oldest identification of `space` (without one: of the active space) that has not ended."""
    of_space = Q(space=space) if space else Q(space__isnull=True) | Q(space__is_active=True)
    runs = ReidRun.objects.filter(of_space, kind=ReidRun.Kind.IDENTIFY)
    return runs.exclude(state__in=ReidRun.TERMINAL).order_by("heartbeat_at").first()


def silent_run(space: EmbeddingSpace | None) -> ReidRun | None:
    """An unfinished run whose worker is taken for dead: whoever calls may go on with it."""
    run = unfinished_run(space)
    return run if run is not None and _is_silent(run) else None


def _is_silent(run: ReidRun) -> bool:
    return run.heartbeat_at is None or run.heartbeat_at <= timezone.now() - SILENCE


def _enqueue(run_id: str) -> None:
    # The run's own record says what became of it; RQ need not keep the job.
    django_rq.get_queue(QUEUE).enqueue(identify, run_id, result_ttl=0, failure_ttl=86_400)
