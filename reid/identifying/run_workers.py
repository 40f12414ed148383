"""Workers of runs: the queue in which a kind waits, the worker that has a run, and whether it lives.

A worker that is silent for long is taken for dead, and its run is queued again. The heartbeat decides who may
queue or claim a run: of those who saw the same one, the first to replace it.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import django_rq
from django.db import Error
from django.db.models import Q

from reid.db import outage, shared_clock
from reid.db.disk import DiskRefuses
from reid.models import ReidRun
from reid.storage.photo_store import StoreAway

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from reid.models import Scorer

logger = logging.getLogger(__name__)

SILENCE: Final = timedelta(seconds=180)
"""After this long without a heartbeat a run's worker is taken for dead."""
BEAT: Final = timedelta(seconds=5)
"""Heartbeats of one long step come no closer together than this."""
SECONDS_A_JOB: Final = 5.0
"""A job ends after so long and queues its successor: a run can be cancelled, and other work gets its turn."""
SECONDS_PATIENT: Final = 20.0
"""A job waits so long for a database that is away; less than a worker may be silent."""
GPU: Final = "gpu"
TRAIN: Final = "train"
SCORING: Final = (ReidRun.Kind.IDENTIFY, ReidRun.Kind.BACKFILL)
"""Kinds that write scores."""
LONG_STEP: Final = frozenset({ReidRun.Kind.TRAIN})
"""Kinds that are done in one long step. No cursor keeps two workers apart there, so one has it at a time."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where runs of a kind wait, and the registered function that does them, by name: it may stand above reid.

    It gets the run's id. `timeout` in seconds; None: the queue's own.
    """

    queue: str
    job: str
    timeout: int | None = None


ROUTES: Final = {
    ReidRun.Kind.DETECT: Route(GPU, "reid.jobs.detect"),
    ReidRun.Kind.IDENTIFY: Route(GPU, "reid.jobs.identify"),
    ReidRun.Kind.BACKFILL: Route(GPU, "reid.jobs.backfill"),
    ReidRun.Kind.APPLY: Route(GPU, "reid.jobs.apply_threshold"),
    # A training may take days; silence, not time, is what tells that it is dead.
    ReidRun.Kind.TRAIN: Route(TRAIN, "analysis.jobs.train", timeout=14 * 86_400),
}


class Cancelled(Exception):
    """The run is to be cancelled; str() says why, where nobody asked for it."""


class TakenOver(Exception):
    """Another worker has the run, or it has ended: this one has nothing more to do with it."""


def start(run: ReidRun) -> None:
    """Queue a run that is written down. Raises redis.RedisError while Redis is away; the run waits then."""
    _queue(ROUTES[ReidRun.Kind(run.kind)], str(run.pk))


def resume_silent() -> list[str]:
    """Queue the unfinished runs whose worker is taken for dead; which ones.

    They go on at their cursors, or at what they left on disk. The heartbeat is set so that no two callers queue
    the same run.
    """
    unfinished = ReidRun.objects.filter(kind__in=ROUTES).exclude(state__in=ReidRun.TERMINAL)
    resumed = []
    for run in unfinished.order_by("heartbeat_at"):
        if is_silent(run) and take_over(run):
            start(run)
            resumed.append(str(run.pk))
    return resumed


def work(run_id: UUID, kind: ReidRun.Kind, advance: Callable[[UUID], bool]) -> None:
    """Some steps of a run, then the next job where there is more to do.

    A database that is away is waited for: here for a while, then by the next jobs.
    """
    stop_at = time.monotonic() + SECONDS_A_JOB
    try:
        with waiting_for_disks(run_id):
            while outage.patiently(lambda: advance(run_id), SECONDS_PATIENT):
                if time.monotonic() >= stop_at:
                    _queue(ROUTES[kind], str(run_id))
                    return
    except Error as error:
        if not outage.is_away(error):
            raise
        logger.warning("%s run %s waits for the database", kind, run_id)
        _queue(ROUTES[kind], str(run_id))


@contextmanager
def waiting_for_disks(run_id: UUID) -> Iterator[None]:
    """What does a run in a worker: it is left while the photographs are away or a disk is full, and `resume_silent` queues it again."""
    try:
        yield
    except (StoreAway, DiskRefuses) as away:
        logger.error("the run %s waits, and goes on by itself: %s", run_id, away)


def is_silent(run: ReidRun) -> bool:
    """Whether the run's worker is taken for dead."""
    return run.heartbeat_at is None or run.heartbeat_at <= shared_clock.now() - SILENCE


def is_being_scored(scorer: Scorer, now: datetime) -> bool:
    """Whether a run writes scores just now: half of them would be a picture of nothing."""
    runs = ReidRun.objects.filter(Q(scorer=scorer) | Q(scorer__isnull=True), kind__in=SCORING)
    alive = runs.filter(heartbeat_at__gt=now - SILENCE)
    return alive.exclude(state__in=ReidRun.TERMINAL).exists()


def take_over(run: ReidRun) -> bool:
    """Whether this caller is the one who may queue a silent run."""
    fields: dict[str, Any] = {"heartbeat_at": shared_clock.now()}
    if run.kind in LONG_STEP:
        fields["state"] = ReidRun.State.PENDING  # it waits for a worker that claims it
    return bool(in_hand(run).update(**fields))


def claim(run: ReidRun) -> None:
    """Begin a long step, or go on with one whose worker is silent. Raises TakenOver where another worker has it."""
    if run.state == ReidRun.State.RUNNING and not is_silent(run):
        raise TakenOver
    now = shared_clock.now()
    fields = {
        "state": ReidRun.State.RUNNING,
        "started_at": run.started_at or now,
        "heartbeat_at": now,
    }
    if not in_hand(run).update(**fields):
        raise TakenOver
    for name, value in fields.items():
        setattr(run, name, value)


def beat(run: ReidRun, doing: Mapping[str, Any], *, at_once: bool = False) -> None:
    """Note that the worker of a long step lives, and what it is doing: every BEAT, however often this is called.

    Raises Cancelled where somebody asked for that, and TakenOver where the run is in other hands by now.
    """
    now = shared_clock.now()
    if not at_once and run.heartbeat_at is not None and now - run.heartbeat_at < BEAT:
        return
    if not in_hand(run).update(heartbeat_at=now, counts=dict(doing)):
        raise TakenOver
    run.heartbeat_at = now
    run.refresh_from_db(fields=["cancel_requested"])
    stop_if_cancelled(run)


def beats(run: ReidRun) -> Callable[[int], None]:
    """What notes every BEAT, while a step goes on, that its worker lives; it is given how much was done.

    It raises Cancelled where somebody asked for that, and TakenOver where the run has ended.
    """
    last = shared_clock.now()

    def note(_done: int) -> None:
        nonlocal last
        now = shared_clock.now()
        if now - last < BEAT:
            return
        last = now
        unfinished = ReidRun.objects.filter(pk=run.pk).exclude(state__in=ReidRun.TERMINAL)
        if not unfinished.update(heartbeat_at=now):
            raise TakenOver
        run.refresh_from_db(fields=["cancel_requested"])
        stop_if_cancelled(run)

    return note


def in_hand(run: ReidRun) -> QuerySet[ReidRun]:
    """The run, while its state and heartbeat are those that the caller has read, or written."""
    return ReidRun.objects.filter(pk=run.pk, state=run.state, heartbeat_at=run.heartbeat_at)


def request_cancel(runs: QuerySet[ReidRun]) -> int:
    """Have the unfinished ones of these stop at their next step or heartbeat; how many."""
    return runs.exclude(state__in=ReidRun.TERMINAL).update(cancel_requested=True)


def stop_if_cancelled(run: ReidRun) -> None:
    """Raises Cancelled where somebody asked for it."""
    if run.cancel_requested:
        raise Cancelled


def _queue(route: Route, run_id: str) -> None:
    # The run's own record says what became of it; RQ need not keep the job.
    django_rq.get_queue(route.queue).enqueue(
        route.job, run_id, job_timeout=route.timeout, result_ttl=0, failure_ttl=86_400
    )
