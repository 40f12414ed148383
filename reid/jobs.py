"""Identification, backfill and the application of thresholds in the background, on queue `gpu`.

A job works for some seconds and then queues its successor, so that a run can be cancelled, other work
gets its turn, and a worker that stops loses one chunk. The worker process stays, and with it the loaded
model (`reid.embedding.spaces` keeps it).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from uuid import UUID

import django_rq
from django.db.models import Q
from django.utils import timezone

from reid.flanks import guessing
from reid.identifying import apply_threshold as applying
from reid.identifying import backfill as backfills
from reid.identifying.identify import Scope, advance, create_run
from reid.identifying.run_lifecycle import SILENCE
from reid.identifying.stale_scores import is_due, mark_outdated, stale
from reid.models import EmbeddingSpace, ReidRun

if TYPE_CHECKING:
    from reid.identifying.backfill import Part

Job = Callable[[str], None]

QUEUE: Final = "gpu"
SECONDS_A_JOB: Final = 5.0


def identify(run_id: str) -> None:
    """RQ job: some chunks of a run, then the next job where there is more to do."""
    _work(run_id, identify, advance)


def backfill(run_id: str) -> None:
    """RQ job: some batches of a backfill, then the next job where there is more to do."""
    _work(run_id, backfill, backfills.advance)


def apply_threshold(run_id: str) -> None:
    """RQ job: some chunks of the application of a threshold, then the next job where there is more to do."""
    _work(run_id, apply_threshold, applying.advance)


def resume_silent() -> list[str]:
    """RQ job, every minute: queue the unfinished runs whose worker is taken for dead; which ones.

    They go on at their cursors. The heartbeat is set so that no two rounds queue the same run.
    """
    silent = ReidRun.objects.filter(kind__in=_JOBS).exclude(state__in=ReidRun.TERMINAL)
    resumed = []
    for run in silent.order_by("heartbeat_at"):
        if _is_silent(run) and _take_over(run):
            _enqueue(run)
            resumed.append(str(run.pk))
    return resumed


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
    elif not _is_silent(run) or not _take_over(run):
        return run
    _enqueue(run)
    return run


def start_backfill(space: EmbeddingSpace | None, part: Part) -> ReidRun:
    """The row first, the queue last. Raises redis.ConnectionError while Redis is away; the run waits then."""
    run = backfills.create_run(space, part)
    _enqueue(run)
    return run


def resume_backfill(space: EmbeddingSpace | None) -> ReidRun | None:
    """Queue the latest backfill that did not end by itself, as `backfill.reopen` finds it."""
    run = backfills.reopen(space)
    if run is not None:
        _enqueue(run)
    return run


def start(run: ReidRun) -> None:
    """Queue a run that is written down. Raises redis.ConnectionError while Redis is away; the run waits then."""
    _enqueue(run)


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


def _take_over(run: ReidRun) -> bool:
    """Whether this caller is the one who may queue a silent run: its heartbeat is still the one seen."""
    seen = ReidRun.objects.filter(pk=run.pk, heartbeat_at=run.heartbeat_at)
    return bool(seen.update(heartbeat_at=timezone.now()))


def _work(run_id: str, job: Job, step: Callable[[UUID], bool]) -> None:
    stop_at = time.monotonic() + SECONDS_A_JOB
    while step(UUID(run_id)):
        if time.monotonic() >= stop_at:
            _queue(job, run_id)
            return


def _enqueue(run: ReidRun) -> None:
    _queue(_JOBS[ReidRun.Kind(run.kind)], str(run.pk))


def _queue(job: Job, run_id: str) -> None:
    # The run's own record says what became of it; RQ need not keep the job.
    django_rq.get_queue(QUEUE).enqueue(job, run_id, result_ttl=0, failure_ttl=86_400)


_JOBS: Final[dict[ReidRun.Kind, Job]] = {
    ReidRun.Kind.IDENTIFY: identify,
    ReidRun.Kind.BACKFILL: backfill,
    ReidRun.Kind.APPLY: apply_threshold,
}


def rescore() -> str | None:
    """RQ job, every half minute on queue `gpu`: the id of the run that it started, or found running."""
    space = EmbeddingSpace.objects.active()
    if space is None or not is_due(space):
        return None
    guessing.guess_again(space)
    mark_outdated(space)
    if not stale(space).exists():
        return None
    return str(start_identification(space, Scope(stale=True)).pk)
